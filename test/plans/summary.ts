import type { Fault } from '@kilostep/core'
import type { Verdict } from './written-plan.ts'

export interface Summary {
  readonly accepted: number
  readonly mended: number
  readonly rejected: number
  /** Of each kind of fault, what was mended included: how many plans have it. Most frequent first. */
  readonly faults: Readonly<Record<string, number>>
  /** The same for what is no fault, and yet worth to be looked at; absent where there is nothing. */
  readonly remarks?: Readonly<Record<string, number>>
}

export function summary(verdicts: readonly Verdict[]): Summary {
  const counts = { accepted: 0, mended: 0, rejected: 0 }
  for (const { verdict } of verdicts) counts[verdict]++
  const faults = kindsOf(verdicts.map(({ mended, faults }) => [...mended, ...faults]))
  const remarks = kindsOf(verdicts.map((verdict) => verdict.remarks))
  return { ...counts, faults, ...(Object.keys(remarks).length === 0 ? undefined : { remarks }) }
}

function kindsOf(lists: readonly (readonly Fault[])[]): Record<string, number> {
  const kinds = new Map<string, number>()
  for (const list of lists) {
    for (const code of new Set(list.map((fault) => fault.code))) kinds.set(code, (kinds.get(code) ?? 0) + 1)
  }
  return Object.fromEntries([...kinds].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)))
}
