import { betaQuantile } from '../reliability/beta.ts'
import type { Interval } from '../reliability/interval.ts'

/**
 * The mean over cases and its 95 % interval for cases like these. Trials of one case are not independent of one
 * another, so the interval counts as many independent ones as would give the same variance between cases, fewer for
 * few cases, and takes Clopper and Pearson's for them. One case says nothing of others: [0, 1]. Source: E. L. Korn and
 * B. I. Graubard, Survey Methodology 24 (1998).
 *
 * @param values one in [0, 1] a case.
 * @param trials how many trials they stand on, together.
 */
export function meanOfCases(values: readonly number[], trials: number): Interval & { readonly rate: number } {
  const n = values.length
  const rate = Math.min(1, values.reduce((sum, value) => sum + value, 0) / n)
  if (n < 2) return { rate, low: 0, high: 1 }
  const variance = values.reduce((sum, value) => sum + (value - rate) ** 2, 0) / (n - 1) / n
  const independent = variance > 0 ? Math.min(trials, (rate * (1 - rate)) / variance) : n
  const effective = Math.max(1, independent * (1.959963984540054 / studentQuantile(n - 1)) ** 2)
  const successes = rate * effective
  return {
    rate,
    low: successes <= 0 ? 0 : betaQuantile(0.025, successes, effective - successes + 1),
    high: successes >= effective ? 1 : betaQuantile(0.975, successes + 1, effective - successes),
  }
}

/** Student's t that is exceeded, either way, with probability 0.05. */
function studentQuantile(freedom: number): number {
  return Math.sqrt(freedom * (1 / betaQuantile(0.05, freedom / 2, 0.5) - 1))
}
