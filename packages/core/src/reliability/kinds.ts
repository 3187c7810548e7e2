import { betaQuantile } from './beta.ts'
import { checkOpenProbability, checkWhole } from './check.ts'
import { digamma, logGamma, tetragamma, trigamma } from './gamma.ts'
import { type CompoundPosterior, pearsonQuantile } from './posterior.ts'

/** Subtasks of one kind, which share one unknown rate, and what was seen of that kind. */
export interface KindCounts {
  /** How many subtasks of the kind the plan has, whole, 1 or more. */
  readonly subtasks: number
  /** How many of the kind were seen to be right, in this plan or elsewhere; 0 or more. */
  readonly successes: number
  readonly failures: number
}

/**
 * Compound success of a plan whose subtasks fall into kinds with one rate each, from what was seen of each kind,
 * with an interval of posterior probability `confidence` (in (0, 1), default 0.95, equal tails). A kind with n of
 * the plan's N subtasks has the prior Beta(n + ½ − b/2, b) with b = n/N: −ln of its n-th power is, but for terms of
 * order 1/n², a gamma variable of shape b, and the sum of these over all kinds is exponential. So the compound
 * success is uniform beforehand, exactly for one kind, and one clean run of everything gives Beta(2, 1).
 *
 * The mean is exact; the quantiles are exact for one kind, and for several take −ln of the product as a shifted
 * gamma variable with its first three cumulants. Throws RangeError for counts that are not whole or no kinds.
 */
export function kindsPosterior(kinds: readonly KindCounts[], confidence: number = 0.95): CompoundPosterior {
  checkOpenProbability('confidence', confidence)
  let total = 0
  for (const { subtasks, successes, failures } of kinds) {
    checkWhole('subtasks', subtasks, 1)
    checkWhole('successes', successes, 0)
    checkWhole('failures', failures, 0)
    total += subtasks
  }
  if (total === 0) throw new RangeError('kinds is empty; give the counts of one or more.')
  const tail = (1 - confidence) / 2
  let logMean = 0
  const cumulants: [number, number, number] = [0, 0, 0]
  const [first] = kinds
  for (const kind of kinds) {
    const n = kind.subtasks
    const { a, b } = posterior(kind, total)
    logMean += logGamma(a + n) - logGamma(a) + logGamma(a + b) - logGamma(a + b + n)
    cumulants[0] += n * (digamma(a + b) - digamma(a))
    cumulants[1] += n * n * (trigamma(a) - trigamma(a + b))
    cumulants[2] += n * n * n * (tetragamma(a + b) - tetragamma(a))
  }
  const at = (probability: number): number => {
    if (kinds.length === 1 && first !== undefined) {
      const { a, b } = posterior(first, total)
      return betaQuantile(probability, a, b) ** first.subtasks
    }
    return Math.min(1, Math.exp(-pearsonQuantile(cumulants, 1 - probability)))
  }
  return { mean: Math.min(1, Math.exp(logMean)), median: at(0.5), low: at(tail), high: at(1 - tail) }
}

function posterior({ subtasks, successes, failures }: KindCounts, total: number): { a: number; b: number } {
  const share = subtasks / total
  return { a: subtasks + (1 - share) / 2 + successes, b: share + failures }
}
