import { betaQuantile } from './beta.ts'
import { checkCounts, checkOpenProbability } from './check.ts'
import { normalQuantile } from './normal.ts'

/** How often something succeeded: `successes` of `trials`, whole numbers, 0 ≤ successes ≤ trials. */
export interface Counts {
  readonly successes: number
  readonly trials: number
}

/** Bounds of a probability, 0 ≤ low ≤ high ≤ 1. */
export interface Interval {
  readonly low: number
  readonly high: number
}

const CONFIDENCE = 0.95

/**
 * Wilson's score interval: the one to *show*, since its coverage is about `confidence` (in (0, 1), default
 * 0.95) on average, if not for every rate. No trials give [0, 1]. Throws RangeError for counts that cannot be.
 * Source: E. B. Wilson, JASA 22 (1927).
 */
export function wilson(counts: Counts, confidence: number = CONFIDENCE): Interval {
  const { successes, trials } = counts
  checkCounts('counts', successes, trials)
  checkOpenProbability('confidence', confidence)
  if (trials === 0) return { low: 0, high: 1 }
  const z = normalQuantile((1 + confidence) / 2)
  const rate = successes / trials
  const denominator = 1 + (z * z) / trials
  const centre = (rate + (z * z) / (2 * trials)) / denominator
  const half = (z / denominator) * Math.sqrt((rate * (1 - rate)) / trials + ((z / trials) * z) / (4 * trials))
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === trials ? 1 : Math.min(1, centre + half),
  }
}

/**
 * Clopper and Pearson's exact interval: the one to *claim*, since its coverage is at least `confidence` (in
 * (0, 1), default 0.95) for every rate. No trials give [0, 1]. Throws RangeError for counts that cannot be.
 * Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934), in its beta form.
 */
export function clopperPearson(counts: Counts, confidence: number = CONFIDENCE): Interval {
  checkOpenProbability('confidence', confidence)
  const oneSided = (1 + confidence) / 2
  return { low: lowerBound(counts, oneSided), high: upperBound(counts, oneSided) }
}

/**
 * One-sided Clopper–Pearson lower bound: the rate is at least this, with `confidence` in (0, 1), default 0.95.
 * 29 of 29 give 0.902. No trials give 0.
 */
export function lowerBound(counts: Counts, confidence: number = CONFIDENCE): number {
  const { successes, trials } = counts
  checkCounts('counts', successes, trials)
  checkOpenProbability('confidence', confidence)
  if (successes === 0) return 0
  if (successes === trials) return Math.exp(Math.log1p(-confidence) / trials)
  return betaQuantile(1 - confidence, successes, trials - successes + 1)
}

/** One-sided Clopper–Pearson upper bound, as `lowerBound`. 0 of n give about 3/n: the rule of three. */
export function upperBound(counts: Counts, confidence: number = CONFIDENCE): number {
  const { successes, trials } = counts
  checkCounts('counts', successes, trials)
  checkOpenProbability('confidence', confidence)
  if (successes === trials) return 1
  if (successes === 0) return -Math.expm1(Math.log1p(-confidence) / trials)
  return betaQuantile(confidence, successes + 1, trials - successes)
}

/**
 * How many trials without one failure show that the rate is at least `rate`, in (0, 1), with `confidence` in
 * (0, 1), default 0.95: the smallest n with rate^n ≤ 1 − confidence. 29 for 0.9, 59 for 0.95, 299 for 0.99.
 */
export function cleanTrialsNeeded(rate: number, confidence: number = CONFIDENCE): number {
  checkOpenProbability('rate', rate)
  checkOpenProbability('confidence', confidence)
  const exact = Math.log1p(-confidence) / Math.log(rate)
  // A hair of slack: 0.5 at 0.75 is exactly 2 trials, whatever the last bit of the logarithms says.
  return Math.max(1, Math.ceil(exact * (1 - 1e-12)))
}

/**
 * How many clean audits bound the errors that no vote can see, so that a plan of `subtasks` holds `target` with
 * `confidence` (default 0.95): 28,433 for 1,000 subtasks at 0.9. Each audit is an independent check of one
 * accepted answer, drawn at random. `subtasks` is whole and at least 1, the others lie in (0, 1).
 */
export function cleanAuditsNeeded(options: {
  readonly subtasks: number
  readonly target: number
  readonly confidence?: number
}): number {
  const { subtasks, target, confidence = CONFIDENCE } = options
  checkOpenProbability('target', target)
  checkOpenProbability('confidence', confidence)
  if (!Number.isSafeInteger(subtasks) || subtasks < 1)
    throw new RangeError(`subtasks is ${subtasks}; give a whole number, 1 or more.`)
  // rate^n with rate = target^(1/subtasks) is target^(n/subtasks): no root, so no rounding near 1.
  return Math.max(1, Math.ceil(((subtasks * Math.log1p(-confidence)) / Math.log(target)) * (1 - 1e-12)))
}
