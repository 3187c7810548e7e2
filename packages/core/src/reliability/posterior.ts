import { betaQuantile } from './beta.ts'
import { checkOpenProbability, checkWhole } from './check.ts'
import { digamma, gammaQuantile, tetragamma, trigamma } from './gamma.ts'
import type { Interval } from './interval.ts'
import { normalQuantile } from './normal.ts'

/** Subtasks with the same record: `subtasks` of them, each right `successes` times and wrong `failures` times. */
export interface CountGroup {
  /** How many subtasks have these counts, a whole number, 0 or more. Default 1. */
  readonly subtasks?: number
  readonly successes: number
  readonly failures: number
}

/** What the counts say of the compound success: its mean and an interval, all from 0 to 1. */
export interface CompoundPosterior extends Interval {
  readonly mean: number
  readonly median: number
}

/** Mean, variance and third cumulant of −ln(compound success). */
export type Cumulants = readonly [mean: number, variance: number, third: number]

// Gauss–Legendre on [0, 1], eight nodes (Abramowitz & Stegun 25.4.30), by their distance from the middle.
const NODES = [
  [0.09171732124782495, 0.181341891689181],
  [0.2627662049581645, 0.1568533229389436],
  [0.3983332387068134, 0.1111905172266872],
  [0.4801449282487681, 0.0506142681451881],
] as const

/** Mean over the positions x = 0, 1/n, … (n−1)/n of a smooth function: summed for few, integrated for many. */
function meanOverPositions(n: number, f: (x: number) => number): number {
  let sum = 0
  if (n <= 256) {
    for (let i = 0; i < n; i++) sum += f(i / n)
    return sum / n
  }
  // The positions are the midpoints of [−1/2n, 1 − 1/2n], so the midpoint rule is off by no more than f″/24n².
  const middle = 0.5 - 0.5 / n
  for (const [distance, weight] of NODES) sum += weight * (f(middle - distance) + f(middle + distance))
  return sum
}

/**
 * Compound success from counts per subtask, with an interval of posterior probability `confidence` (in (0, 1),
 * default 0.95, equal tails). Subtask i of N has the prior Beta(1 + (i−1)/N, 1/N): the product of these is
 * uniform, so that n clean passes of every subtask give Beta(n + 1, 1) whatever N is. A flat prior per subtask
 * would say below 0.1 for 100 subtasks at 20 of 20. Which subtask comes first must not matter, so every group
 * takes the mean over all positions.
 *
 * The mean is exact; the quantiles take −ln of the product as a shifted gamma variable with its first three
 * cumulants (Pearson's type III), which is exact for clean counts and for one subtask is replaced by the beta
 * distribution itself. Costs time per group, not per subtask. Throws RangeError for counts that are not whole
 * or where there are no subtasks.
 */
export function compoundPosterior(
  groups: readonly CountGroup[],
  confidence: number = 0.95,
): CompoundPosterior {
  checkOpenProbability('confidence', confidence)
  let total = 0
  for (const { subtasks = 1, successes, failures } of groups) {
    checkWhole('subtasks', subtasks, 0)
    checkWhole('successes', successes, 0)
    checkWhole('failures', failures, 0)
    total += subtasks
  }
  if (total === 0) throw new RangeError('groups has no subtasks; give the counts of one or more.')
  const tail = (1 - confidence) / 2
  const only = groups.find((group) => group.subtasks !== 0)
  if (total === 1 && only !== undefined) {
    const [a, b] = [1 + only.successes, 1 + only.failures]
    const at = (probability: number) => betaQuantile(probability, a, b)
    return { mean: a / (a + b), median: at(0.5), low: at(tail), high: at(1 - tail) }
  }
  let logMean = 0
  const cumulants: [number, number, number] = [0, 0, 0]
  for (const { subtasks = 1, successes, failures } of groups) {
    const b = 1 / total + failures
    const over = (f: (a: number) => number) =>
      subtasks * meanOverPositions(total, (x) => f(1 + x + successes))
    logMean -= over((a) => Math.log1p(b / a))
    cumulants[0] += over((a) => digamma(a + b) - digamma(a))
    cumulants[1] += over((a) => trigamma(a) - trigamma(a + b))
    cumulants[2] += over((a) => tetragamma(a + b) - tetragamma(a))
  }
  const at = (probability: number) => Math.min(1, Math.exp(-pearsonQuantile(cumulants, 1 - probability)))
  return { mean: Math.exp(logMean), median: at(0.5), low: at(tail), high: at(1 - tail) }
}

/** @internal Quantile of the shifted gamma variable with these cumulants; near the normal, by Cornish and Fisher. */
export function pearsonQuantile([mean, variance, third]: Cumulants, probability: number): number {
  const skew = third / variance ** 1.5
  const shape = 4 / (skew * skew)
  if (shape > 10_000) {
    const z = normalQuantile(probability)
    const bend = (skew / 6) * (z * z - 1) - ((skew * skew) / 36) * (2 * z ** 3 - 5 * z)
    // The fourth cumulant of a gamma variable is 3/2 skew²; its term is (z³ − 3z)/24 of that.
    return mean + Math.sqrt(variance) * (z + bend + ((skew * skew) / 16) * (z ** 3 - 3 * z))
  }
  const scale = third / (2 * variance)
  return mean + scale * (gammaQuantile(shape, probability) - shape)
}
