import { checkWhole } from './check.ts'

/** n trials of one case, c of them correct, and the k that is asked about; whole numbers, 1 ≤ k ≤ n, c ≤ n. */
export interface TrialCounts {
  readonly trials: number
  readonly correct: number
  readonly k: number
}

function check({ trials, correct, k }: TrialCounts): void {
  checkWhole('trials', trials, 1)
  checkWhole('correct', correct, 0)
  checkWhole('k', k, 1)
  if (correct > trials)
    throw new RangeError(
      `correct is ${correct}, more than the ${trials} trials. Count the correct among them.`,
    )
  if (k > trials)
    throw new RangeError(`k is ${k}, but only ${trials} trials were made. Ask for a k up to ${trials}.`)
}

/** C(m, k) / C(n, k) for m ≤ n as a product, which neither overflows nor cancels. */
function chooseRatio(m: number, n: number, k: number): number {
  if (k > m) return 0
  let ratio = 1
  // The shorter of two equal products: over k, or over the n − m that are left out.
  if (k <= n - m) for (let i = 0; i < k; i++) ratio *= (m - i) / (n - i)
  else for (let i = 0; i < n - m; i++) ratio *= (n - k - i) / (n - i)
  return ratio
}

/**
 * pass@k: the probability that at least one of k trials passes, estimated without bias from n trials with c
 * correct: 1 − C(n−c, k)/C(n, k). Source: Chen et al., "Evaluating Large Language Models Trained on Code"
 * (arXiv 2107.03374). Average it over the cases. Throws RangeError.
 */
export function passAtK(counts: TrialCounts): number {
  check(counts)
  return 1 - chooseRatio(counts.trials - counts.correct, counts.trials, counts.k)
}

/**
 * pass^k: the probability that all of k trials pass, estimated without bias: C(c, k)/C(n, k). Source: Yao et
 * al., "τ-bench" (arXiv 2406.12045). Average it over the cases. Throws RangeError.
 */
export function passHatK(counts: TrialCounts): number {
  check(counts)
  return chooseRatio(counts.correct, counts.trials, counts.k)
}
