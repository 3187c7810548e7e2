import { logAgainstAtMost } from './always-valid.ts'
import { checkCounts, checkWhole } from './check.ts'
import { logGamma } from './gamma.ts'
import type { Counts } from './interval.ts'

/** Pairs of which exactly one passed: what tells two systems apart that were tried on the same inputs. */
export interface DiscordantPairs {
  /** Failed before and passes now. */
  readonly better: number
  /** Passed before and fails now. */
  readonly worse: number
}

/**
 * McNemar's exact test, two-sided: how probable so uneven a split of the discordant pairs is where nothing has changed.
 * Only for a number of pairs that was fixed beforehand. Source: Q. McNemar, Psychometrika 12 (1947).
 */
export function mcnemar({ better, worse }: DiscordantPairs): number {
  checkWhole('better', better, 0)
  checkWhole('worse', worse, 0)
  const n = better + worse
  let tail = 0
  for (let k = Math.max(better, worse); k <= n; k++) tail += Math.exp(logChoose(n, k) - n * Math.LN2)
  return Math.min(1, 2 * tail)
}

/**
 * The same for pairs that came in one by one and stopped for whatever reason: e-values for a change for the better and
 * for the worse. Each exceeds 1/α at any time with probability α at most where there is none.
 */
export function pairedEValues({ better, worse }: DiscordantPairs): {
  readonly better: number
  readonly worse: number
} {
  checkWhole('better', better, 0)
  checkWhole('worse', worse, 0)
  return {
    better: Math.exp(logAgainstAtMost(better, worse, 0.5)),
    worse: Math.exp(logAgainstAtMost(worse, better, 0.5)),
  }
}

/**
 * Fisher's exact test, one-sided: how probable it is that `after` succeeds so seldom where its rate is that of
 * `before`. Source: R. A. Fisher, "Statistical Methods for Research Workers" (1934).
 */
export function fisherFell(before: Counts, after: Counts): number {
  checkCounts('before', before.successes, before.trials)
  checkCounts('after', after.successes, after.trials)
  const successes = before.successes + after.successes
  const all = logChoose(before.trials + after.trials, successes)
  const least = Math.max(0, successes - before.trials)
  let sum = 0
  for (let k = least; k <= after.successes; k++)
    sum += Math.exp(logChoose(after.trials, k) + logChoose(before.trials, successes - k) - all)
  return Math.min(1, sum)
}

/**
 * Holm's correction: probabilities of many tests, so that all that stay below α are wrong together with probability α
 * at most. Source: S. Holm, Scandinavian Journal of Statistics 6 (1979).
 */
export function holm(probabilities: readonly number[]): number[] {
  const order = probabilities.map((_, index) => index)
  order.sort((a, b) => (probabilities[a] as number) - (probabilities[b] as number))
  const adjusted = [...probabilities]
  let least = 0
  order.forEach((index, rank) => {
    least = Math.max(least, Math.min(1, (probabilities[index] as number) * (order.length - rank)))
    adjusted[index] = least
  })
  return adjusted
}

function logChoose(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
}
