import type { Verdict } from './written-plan.ts'

export interface Summary {
  readonly accepted: number
  readonly mended: number
  readonly rejected: number
  /** Of each kind of fault, what was mended included: how many plans have it. Most frequent first. */
  readonly faults: Readonly<Record<string, number>>
}

export function summary(verdicts: readonly Verdict[]): Summary {
  const counts = { accepted: 0, mended: 0, rejected: 0 }
  const kinds = new Map<string, number>()
  for (const { verdict, mended, faults } of verdicts) {
    counts[verdict]++
    for (const code of new Set([...mended, ...faults].map((fault) => fault.code)))
      kinds.set(code, (kinds.get(code) ?? 0) + 1)
  }
  const faults = Object.fromEntries([...kinds].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)))
  return { ...counts, faults }
}
