import PQueue from 'p-queue'
import type { Clock } from './clock.ts'

/** One attempt that is about to run. Never rejects. */
export interface Job {
  /** Runs it; a promise until its slot is free again, nothing where it is so at once. */
  run(): Promise<void> | undefined
}

/** Gives slots to attempts. What is ready waits in the plan, not here, so the next one is chosen when there is room. */
export interface Dispatcher {
  /** How many attempts may run at once. */
  readonly concurrency: number
  /** How many slots are taken. */
  readonly busy: number
  /** Says where attempts come from: undefined when there is none for now. Called once, by the engine. */
  attach(pull: () => Job | undefined): void
  /** There may be up to that many attempts to pull. */
  wake(count: number): void
  /** Resolves when no slot is taken. */
  idle(): Promise<void>
}

/** How long attempts may follow one another before timers, signals and input get their turn, in ms. */
const turnMs = 8

/** Slots in this process, as long-lived jobs of a p-queue: each takes one attempt after another while there are any. */
export function localDispatcher(concurrency: number, clock: Clock): Dispatcher {
  const queue = new PQueue({ concurrency })
  let pull: () => Job | undefined = () => undefined
  let slots = 0
  let lastTurn = clock.now()
  let turn: Promise<void> | undefined

  const slot = async (): Promise<void> => {
    try {
      for (let job = pull(); job !== undefined; job = pull()) {
        const running = job.run()
        if (running !== undefined) await running
        if (clock.now() - lastTurn >= turnMs) {
          turn ??= clock.turn().then(() => {
            lastTurn = clock.now()
            turn = undefined
          })
          await turn
        }
      }
    } finally {
      slots--
    }
  }
  return {
    concurrency,
    get busy() {
      return slots
    },
    attach(source) {
      pull = source
    },
    wake(count) {
      if (slots === 0) lastTurn = clock.now()
      for (let left = Math.min(count, concurrency - slots); left > 0; left--) {
        slots++
        void queue.add(slot)
      }
    },
    idle: () => queue.onIdle(),
  }
}
