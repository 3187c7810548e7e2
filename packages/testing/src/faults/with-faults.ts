import { hashUniform, type Seed } from '@kilostep/core'
import {
  type AttemptContext,
  AttemptError,
  type Clock,
  DefinedPlan,
  systemClock,
  type Worker,
} from 'kilostep'
import { type FaultProfile, type FaultProfileName, requireProfile, shares } from './profiles.ts'
import { wrongAnswer } from './wrong-answer.ts'

export interface FaultOptions {
  /** The same seed gives the same faults. Default 0. */
  readonly seed?: Seed
  /** What slow answers are measured by. Default: the machine's; give the engine's where that has another. */
  readonly clock?: Clock
  /** Makes an answer wrong; `draw` is a number in [0, 1). Default: one number, text or truth value in it is another. */
  readonly wrong?: (answer: unknown, draw: number) => unknown
}

/**
 * The worker, but some of its attempts go wrong. Which, and how, depends on the seed, the worker's name, the subtask
 * and the number of the attempt alone, so it is the same in every order in which they run; in a second run with the
 * same worker other attempts go wrong, and again the same ones next time. Verifier, schemas and policy are the
 * worker's own: they see what it would have seen.
 *
 * @throws KilostepError `invalid-faults`.
 * @example withFaults(read, 'flaky-network', { seed: 7 })
 */
export function withFaults<Input, Output>(
  worker: Worker<Input, Output>,
  profile: FaultProfile | FaultProfileName,
  { seed = 0, clock = systemClock(), wrong = wrongAnswer }: FaultOptions = {},
): Worker<Input, Output> {
  const faults = requireProfile(profile)
  // Ids of runs are drawn anew each time, their order is not.
  const runs = new Map<string, number>()
  const run = (input: Input, context: AttemptContext): unknown => {
    const { run, subtask, attempt } = context
    if (!runs.has(run)) runs.set(run, runs.size)
    const who = `${worker.name}/${runs.get(run)}/${subtask}`
    const how = hashUniform(seed, who, `${attempt} how`)
    const perform = (): unknown => worker.run(input, context)
    switch (faultAt(faults, hashUniform(seed, who, attempt))) {
      case 'unreachable':
        throw new AttemptError(`${worker.name} could not be reached.`, { code: 'unreachable' })
      case 'rateLimited':
        throw new AttemptError(`${worker.name} was asked too often.`, {
          code: '429',
          retryAfterMs: Math.round(between(faults.retryAfterMs ?? [10, 200], how)),
        })
      case 'crashed':
        if (how < 0.5) throw crashed(worker.name)
        return after(perform(), () => {
          throw crashed(worker.name)
        })
      case 'answerLost':
        return after(perform(), () => {
          throw new AttemptError(`The answer of ${worker.name} was lost.`, { code: 'answer-lost' })
        })
      case 'slow':
        return late(between(faults.slowMs ?? [20, 2_000], how), clock, context, perform)
      case 'hung':
        return late(Number.POSITIVE_INFINITY, clock, context, perform)
      case 'wrong':
        return after(perform(), (answer) => (isPlan(answer) ? answer : wrong(answer, how)))
      case 'garbled':
        return after(perform(), (answer) => (isPlan(answer) ? answer : cutOff(answer, how)))
      default:
        return perform()
    }
  }
  return { ...worker, run }
}

/** The fault that an attempt has whose draw is `at`, if any: the shares laid end to end. */
function faultAt(faults: FaultProfile, at: number): (typeof shares)[number] | undefined {
  let upTo = 0
  for (const key of shares) {
    upTo += faults[key] ?? 0
    if (at < upTo) return key
  }
  return undefined
}

/** Between the two, small ones more often: every doubling is as likely as the one before. */
function between([least, most]: readonly [number, number], draw: number): number {
  return (least + 1) * ((most + 1) / (least + 1)) ** draw - 1
}

function crashed(name: string): AttemptError {
  return new AttemptError(`The process of ${name} died.`, { code: 'crashed' })
}

function isPlan(answer: unknown): boolean {
  return answer instanceof DefinedPlan
}

export function cutOff(answer: unknown, draw: number): string {
  const text = typeof answer === 'string' ? answer : (JSON.stringify(answer) ?? '')
  return text.slice(0, Math.floor(draw * text.length))
}

/** Goes on with what may be a promise, without making one of what is none. */
function after(value: unknown, next: (value: unknown) => unknown): unknown {
  const { then } = (value ?? {}) as Partial<PromiseLike<unknown>>
  return typeof then === 'function' ? Promise.resolve(value).then(next) : next(value)
}

function late(
  ms: number,
  clock: Clock,
  { signal }: AttemptContext,
  perform: () => unknown,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => {
      forget?.()
      reject(signal.reason)
    }
    const forget =
      ms === Number.POSITIVE_INFINITY
        ? undefined
        : clock.after(ms, () => {
            signal.removeEventListener('abort', stopped)
            try {
              resolve(perform())
            } catch (error) {
              reject(error)
            }
          })
    if (signal.aborted) stopped()
    else signal.addEventListener('abort', stopped, { once: true })
  })
}
