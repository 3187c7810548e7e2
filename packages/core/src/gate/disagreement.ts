import type { TrialResult } from './trial-result.ts'

/**
 * The probability that two trials of the same input end differently, estimated without bias over all pairs of equal
 * trials: what is left of failure when the inputs that always fail are taken away. Trials differ where one passed and
 * the other did not, or where both say what they answered and it is not the same.
 */
export function disagreementOf(results: readonly TrialResult[]): {
  readonly disagreement: number | null
  readonly pairs: number
} {
  const groups = new Map<number, Map<string, number>>()
  for (const { input = -1, passed, answer } of results) {
    const kinds = groups.get(input) ?? new Map<string, number>()
    groups.set(input, kinds)
    const kind = `${passed ? 'passed' : 'failed'}\n${answer ?? ''}`
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  let [pairs, differ] = [0, 0]
  for (const kinds of groups.values()) {
    const sizes = [...kinds.values()]
    const n = sizes.reduce((sum, size) => sum + size, 0)
    const same = sizes.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0)
    pairs += (n * (n - 1)) / 2
    differ += (n * (n - 1)) / 2 - same
  }
  return { disagreement: pairs === 0 ? null : differ / pairs, pairs }
}
