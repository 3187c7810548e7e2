import { betaCdf } from './beta.ts'
import { checkCounts, checkOpenProbability } from './check.ts'
import { logGamma } from './gamma.ts'
import type { Counts, Interval } from './interval.ts'
import { checkDesign, type GateDesign, type Verdict } from './sequential.ts'

/*
 * Tests that hold at any time, however often somebody looks and whatever made them stop. An e-value is money won
 * by betting against a hypothesis at fair odds: if the hypothesis is true, it exceeds 1/α at any time with
 * probability α at most (Ville's inequality). Source: Ramdas, Grünwald, Vovk, Shafer, "Game-theoretic statistics
 * and safe anytime-valid inference" (2023); the mixtures go back to Robbins (1970).
 */

const logBeta = (a: number, b: number) => logGamma(a) + logGamma(b) - logGamma(a + b)

/** ln of the e-value against "the rate is at most `bound`": the likelihood ratio, averaged over rates above it. */
export function logAgainstAtMost(successes: number, failures: number, bound: number): number {
  // ∫ over (bound, 1) of p^s q^f dp, uniform prior there, over bound^s (1 − bound)^f.
  const mass = betaCdf(1 - bound, failures + 1, successes + 1)
  if (mass === 0) return -Infinity
  const integral = Math.log(mass) + logBeta(successes + 1, failures + 1) - Math.log1p(-bound)
  return integral - successes * Math.log(bound) - failures * Math.log1p(-bound)
}

/**
 * E-values after so many trials: `againstBad` is evidence that the rate is above `bad`, `againstGood` that it is
 * below `good`; 1 is none, 20 is what an α of 0.05 asks for. Infinity where it is beyond any number.
 */
export function eValues(
  counts: Counts,
  design: GateDesign,
): { readonly againstBad: number; readonly againstGood: number } {
  const { successes, trials } = counts
  checkCounts('counts', successes, trials)
  const { bad, good } = checkDesign(design)
  return {
    againstBad: Math.exp(logAgainstAtMost(successes, trials - successes, bad)),
    // "At least good" is "at most 1 − good" with the outcomes swapped.
    againstGood: Math.exp(logAgainstAtMost(trials - successes, successes, 1 - good)),
  }
}

/**
 * The verdict of the always-valid test: pass once the rate is shown to be above `bad` (wrong with probability
 * `alpha` at most), fail once it is shown to be below `good` (`beta`). It takes more trials than Wald's test, and
 * in exchange may be looked at, stopped and taken up again at will. Where both are shown (a rate between them),
 * the stronger evidence decides. The first verdict counts: stop there.
 */
export function alwaysValidVerdict(counts: Counts, design: GateDesign): Verdict {
  const { alpha, beta } = checkDesign(design)
  const { againstBad, againstGood } = eValues(counts, design)
  const passes = againstBad * alpha
  const fails = againstGood * beta
  if (passes < 1 && fails < 1) return 'undecided'
  return passes >= fails ? 'pass' : 'fail'
}

/**
 * Confidence sequence: intervals that all hold at once, over all numbers of trials, with `confidence` in (0, 1),
 * default 0.95. The rates p that a uniform mixture does not beat by 1/α: B(s + 1, f + 1) / (p^s q^f) < 1/α. Wider
 * than Clopper–Pearson, which holds only at a number of trials fixed beforehand. No trials give [0, 1].
 */
export function confidenceSequence(counts: Counts, confidence: number = 0.95): Interval {
  const { successes, trials } = counts
  checkCounts('counts', successes, trials)
  checkOpenProbability('confidence', confidence)
  if (trials === 0) return { low: 0, high: 1 }
  const failures = trials - successes
  const limit = logBeta(successes + 1, failures + 1) + Math.log1p(-confidence)
  const excluded = (p: number) => {
    const gain = (successes && successes * Math.log(p)) + (failures && failures * Math.log1p(-p))
    return gain <= limit
  }
  const rate = successes / trials
  const edge = (outside: number) => {
    if (!excluded(outside)) return outside
    let [out, inside] = [outside, rate]
    for (let i = 0; i < 100; i++) {
      const middle = (out + inside) / 2
      if (excluded(middle)) out = middle
      else inside = middle
    }
    return out
  }
  return { low: edge(0), high: edge(1) }
}
