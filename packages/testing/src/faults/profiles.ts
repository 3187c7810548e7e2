import { didYouMean, type Fault, KilostepError, quote } from '@kilostep/core'

/**
 * How often attempts go wrong, and how. Each number is a share of the attempts, 0 to 1; an attempt has one fault at
 * most, so together they are 1 at most. What is left out is 0.
 */
export interface FaultProfile {
  /** The worker cannot be reached: nothing was done. A transport failure. */
  readonly unreachable?: number
  /** The worker did its work, and its answer was lost on the way. A transport failure. */
  readonly answerLost?: number
  /** The worker's process died, before its work was done or after. A transport failure. */
  readonly crashed?: number
  /** Turned away with 429 and a `Retry-After` of `retryAfterMs`. A transport failure. */
  readonly rateLimited?: number
  /** The least and the most that a `Retry-After` asks for, in ms. Default 10 to 200. */
  readonly retryAfterMs?: readonly [number, number]
  /** Answers late, by `slowMs`. */
  readonly slow?: number
  /** The least and the most that a slow answer takes longer, in ms, small ones more often. Default 20 to 2,000. */
  readonly slowMs?: readonly [number, number]
  /** Never ends, but when it is told to stop: only the policy's time limit helps. */
  readonly hung?: number
  /** The answer has the right form and is wrong: only a verifier or a vote can tell. */
  readonly wrong?: number
  /** The answer is cut off in its middle: a text where data was asked for. Flagged where the worker has a schema. */
  readonly garbled?: number
}

export type FaultProfileName = 'flaky-network' | 'rate-limited' | 'slow-tail' | 'wrong-answers' | 'crash'

const profiles: Readonly<Record<FaultProfileName, FaultProfile>> = {
  'flaky-network': { unreachable: 0.1, answerLost: 0.05, slow: 0.05, slowMs: [20, 200] },
  'rate-limited': { rateLimited: 0.3, retryAfterMs: [10, 200] },
  'slow-tail': { slow: 0.1, slowMs: [50, 2_000] },
  'wrong-answers': { wrong: 0.15, garbled: 0.05 },
  crash: { crashed: 0.1 },
}

/** The names of all profiles. */
export const faultProfileNames = Object.keys(profiles) as readonly FaultProfileName[]

/**
 * A profile by its name; change it with `{ ...faultProfile('crash'), hung: 0.01 }`.
 *
 * | name | of all attempts |
 * | --- | --- |
 * | `flaky-network` | 10 % do not reach the worker, 5 % lose its answer, 5 % answer 20 to 200 ms late |
 * | `rate-limited` | 30 % are turned away with a `Retry-After` of 10 to 200 ms |
 * | `slow-tail` | 10 % answer 50 to 2,000 ms late |
 * | `wrong-answers` | 15 % are wrong, 5 % cut off |
 * | `crash` | 10 % end with their process, before their work is done or after |
 *
 * @throws KilostepError `invalid-faults` where there is none of that name.
 */
export function faultProfile(name: FaultProfileName): FaultProfile {
  if (Object.hasOwn(profiles, name)) return profiles[name]
  const hint = didYouMean(String(name), faultProfileNames)
  const known = faultProfileNames.map(quote).join(', ')
  throw new KilostepError(
    'invalid-faults',
    `There is no fault profile ${quote(String(name))}.${hint} There are ${known}.`,
  )
}

export const shares = [
  'unreachable',
  'answerLost',
  'crashed',
  'rateLimited',
  'slow',
  'hung',
  'wrong',
  'garbled',
] as const
const ranges = ['retryAfterMs', 'slowMs'] as const

/** The profile meant by a name or given as one, once it is known to make sense. */
export function requireProfile(given: FaultProfile | FaultProfileName): FaultProfile {
  if (typeof given === 'string') return faultProfile(given)
  const faults: Fault[] = []
  const say = (where: string, message: string): void => void faults.push({ code: 'faults', where, message })
  if (given === null || typeof given !== 'object') {
    throw new KilostepError(
      'invalid-faults',
      'A fault profile is a name or an object with shares of attempts.',
    )
  }
  let sum = 0
  for (const key of shares) {
    const share = given[key]
    if (share === undefined) continue
    if (typeof share === 'number' && share >= 0 && share <= 1) sum += share
    else say(key, `"${key}" is ${String(share)}; give a share of attempts, from 0 to 1.`)
  }
  if (sum > 1 + 1e-9) say('', `The shares add up to ${sum}, and an attempt has one fault at most: 1 is all.`)
  for (const key of ranges) {
    const range = given[key]
    if (range === undefined) continue
    const [least = Number.NaN, most = Number.NaN] = Array.isArray(range) ? range : []
    if (!(Number.isFinite(most) && least >= 0 && least <= most && range.length === 2))
      say(key, `"${key}" must be the least and the most, in ms, like [10, 200].`)
  }
  const known: readonly string[] = [...shares, ...ranges]
  for (const key of Object.keys(given)) {
    if (!known.includes(key)) say(key, `${quote(key)} is not a fault.${didYouMean(key, known)}`)
  }
  if (faults.length > 0)
    throw new KilostepError('invalid-faults', 'The fault profile cannot be used:', faults)
  return given
}
