import { checkCounts, checkProbability } from './check.ts'
import type { Counts } from './interval.ts'
import { normalCdf } from './normal.ts'

/** A prediction beside what was measured. */
export interface Calibration {
  /** Share of trials that succeeded, 0 to 1. */
  readonly measured: number
  /** Measured − predicted: below 0 the prediction was too bold, above 0 too modest. */
  readonly difference: number
  /** The difference in standard errors of the prediction; below −3 is too bold. */
  readonly z: number
  /** Two-sided probability of a |z| as large by chance. */
  readonly probability: number
}

/**
 * How a predicted success (0 to 1, or the mean of the predictions of the trials) stands to the measured one:
 * z = (measured − predicted) / √(predicted·(1 − predicted)/n). A prediction of 0 or 1 that fails once is off by
 * infinitely many standard errors. null without trials. Throws RangeError.
 */
export function calibrate(predicted: number, counts: Counts): Calibration | null {
  const { successes, trials } = counts
  checkProbability('predicted', predicted)
  checkCounts('counts', successes, trials)
  if (trials === 0) return null
  const measured = successes / trials
  const difference = measured - predicted
  const z = difference === 0 ? 0 : difference / Math.sqrt((predicted * (1 - predicted)) / trials)
  const probability = Number.isFinite(z) ? 2 * normalCdf(-Math.abs(z)) : 0
  return { measured, difference, z, probability }
}
