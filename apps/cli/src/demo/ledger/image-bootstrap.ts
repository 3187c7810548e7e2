import { upperBound } from '@kilostep/core/reliability'
import type { FailedRow } from './failed-row.ts'
import { createRandom } from './random.ts'

/** How often the images and the rows are drawn anew. */
const RESAMPLES = 2_000

/**
 * Where the share of ledgers of so many rows that are right throughout lies, 95 %, over other images and other ledgers
 * of the same kind. A few images fail many rows, so rows alone would say too much: each resample draws the images anew
 * as well (bootstrap over both, Efron 1979; multiplicities as Poisson counts of mean 1), and a failed row weighs as
 * often as all of its misread images were drawn. Where no row failed, the interval is that of the rows alone.
 *
 * @param measured rows that were read, right or not.
 */
export const ledgerInterval = (options: {
  readonly failed: readonly FailedRow[]
  readonly measured: number
  /** Rows of a ledger. */
  readonly rows: number
  readonly seed?: number
}): { readonly low: number; readonly high: number } => {
  const { failed, measured, rows, seed = 1 } = options
  if (failed.length === 0) {
    const most = upperBound({ successes: 0, trials: measured }, 0.975)
    return { low: (1 - most) ** rows, high: 1 }
  }
  const random = createRandom(seed)
  const shares = Array.from({ length: RESAMPLES }, () => {
    const drawn = new Map<number, number>()
    const weigh = (image: number) => {
      const known = drawn.get(image) ?? poisson(random)
      drawn.set(image, known)
      return known
    }
    const fails = failed.reduce(
      (sum, { images }) => sum + images.reduce((times, image) => times * weigh(image), poisson(random)),
      0,
    )
    return Math.max(0, 1 - fails / measured) ** rows
  }).toSorted((a, b) => a - b)
  const at = (share: number) => shares[Math.round(share * (RESAMPLES - 1))] as number
  return { low: at(0.025), high: at(0.975) }
}

/** A Poisson count of mean 1 (Knuth's product method). */
const poisson = (random: () => number): number => {
  const limit = Math.exp(-1)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count++
  return count
}
