import type { KnownMix } from '../reliability/stopping.ts'
import { verifiedRetry } from '../reliability/verify.ts'
import { voteOutcome } from '../reliability/vote.ts'

/** What a policy does for one subtask drawn from a mix. */
export interface Outcome {
  /** ln of the probability that its answer is right, 0 or less. */
  readonly logSuccess: number
  /** Expected answers, before those that throw or are flagged. */
  readonly attempts: number
  /** Of those, how many a stronger worker gives. */
  readonly stronger: number
}

/** How a verifier treats right and wrong answers; undefined for none. */
export interface Judge {
  readonly acceptRight: number
  readonly acceptWrong: number
}

/**
 * One attempt each. The verifier, where there is one, is not asked: this is the naive figure.
 */
export function once(rate: number): Outcome {
  return { logSuccess: Math.log(rate), attempts: 1, stronger: 0 }
}

/** Voting with `margin`, each vote having passed the verifier where there is one. Margin 1 is retry until accepted. */
export function voted(mix: KnownMix, margin: number, judge: Judge | undefined): Outcome {
  let all = 0
  let error = 0
  let attempts = 0
  for (const { rate, weight } of mix) {
    const passed = judge === undefined ? { success: rate, attempts: 1 } : verifiedRetry({ rate, ...judge })
    // A rate of 1, as behind a perfect verifier, is no gamble: every vote is for the same answer.
    const vote = passed.success < 1 ? voteOutcome(passed.success, margin) : { error: 0, votes: margin }
    all += weight
    error += weight * vote.error
    attempts += weight * vote.votes * passed.attempts
  }
  return { logSuccess: Math.log1p(-error / all), attempts: attempts / all, stronger: 0 }
}

/** Retry until a verifier accepts, `limit` attempts at most; a subtask that none is accepted of fails. */
export function verified(mix: KnownMix, judge: Judge, limit: number): Outcome {
  let all = 0
  let right = 0
  let attempts = 0
  for (const { rate, weight } of mix) {
    const { success, attempts: each } = verifiedRetry({ rate, ...judge })
    const never = (1 - 1 / each) ** limit
    all += weight
    right += weight * success * (1 - never)
    attempts += weight * each * (1 - never)
  }
  return { logSuccess: Math.log(right / all), attempts: attempts / all, stronger: 0 }
}

/** Attempts after which a verifier has accepted one of each of `subtasks` but for a chance of `miss`. 1 or more. */
export function attemptsNeeded(mix: KnownMix, judge: Judge, subtasks: number, miss: number): number {
  const most = 10_000
  for (let limit = 1; limit < most; limit = limit < 20 ? limit + 1 : Math.ceil(limit * 1.25)) {
    let all = 0
    let never = 0
    for (const { rate, weight } of mix) {
      all += weight
      never += weight * (1 - 1 / verifiedRetry({ rate, ...judge }).attempts) ** limit
    }
    if ((never / all) * subtasks <= miss) return limit
  }
  return most
}
