import type { Clock } from 'kilostep'
import type { VirtualClock } from '../clock/virtual-clock.ts'

/**
 * A machine that runs an engine. All that reaches the engine comes through here (timers, answers, the disk), so a
 * host that is paused stands still, and one that is down hears nothing ever again.
 */
export class SimulatedHost implements Clock {
  readonly name: string
  readonly #world: VirtualClock
  /** How far its clock is off, in ms. */
  readonly #skewMs: number
  #state: 'up' | 'paused' | 'down' = 'up'
  #held: (() => void)[] = []

  constructor(name: string, world: VirtualClock, skewMs: number) {
    this.name = name
    this.#world = world
    this.#skewMs = skewMs
  }

  get state(): 'up' | 'paused' | 'down' {
    return this.#state
  }

  now(): number {
    return this.#world.now() + this.#skewMs
  }

  after(ms: number, call: () => void): () => void {
    let forgotten = false
    const forget = this.#world.after(ms, () =>
      this.#deliver(() => {
        if (!forgotten) call()
      }),
    )
    return () => {
      forgotten = true
      forget()
    }
  }

  turn(): Promise<void> {
    return Promise.resolve()
  }

  pause(): void {
    if (this.#state === 'up') this.#state = 'paused'
  }

  /** What it missed reaches it at once, in its order. */
  wake(): void {
    if (this.#state !== 'paused') return
    this.#state = 'up'
    const held = this.#held
    this.#held = []
    for (const call of held) this.#deliver(call)
  }

  die(): void {
    this.#state = 'down'
    this.#held = []
  }

  #deliver(call: () => void): void {
    if (this.#state === 'up') call()
    else if (this.#state === 'paused') this.#held.push(call)
  }
}
