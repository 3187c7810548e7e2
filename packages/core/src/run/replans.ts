import type { Plan } from '../plan/plan.ts'

/** What became of failures that a planner may mend by another plan. */
export interface Replans {
  /** How often a planner was asked. */
  asked: number
  /** Nodes that failed for good since it was last asked. */
  waiting: number[]
  /** What it is asked about now. */
  open: { readonly nodes: readonly number[]; readonly child: number } | undefined
  /** What the run answers, where that was said anew. */
  output: unknown
  /** Parts of parts whose answers come of another plan, and not of their worker. */
  readonly within: Set<number>
  /** The plans that took the place of parts, with their first nodes. */
  readonly plans: { readonly first: number; readonly plan: Plan }[]
}

export function noReplans(): Replans {
  return { asked: 0, waiting: [], open: undefined, output: undefined, within: new Set(), plans: [] }
}
