import { canonicalJson } from '../json.ts'
import type { Condition, Subtask } from '../plan/plan.ts'
import { resolve } from './answers.ts'
import type { RunState } from './state.ts'

/**
 * All that the subtask waited for is there, so its condition can be decided: where it is not met, the subtask is to be
 * skipped, without waiting for a slot that it would not use.
 */
export function lookAtCondition(state: RunState, node: number): void {
  const { when } = state.graph.specs[node] as Subtask
  if (when !== undefined && !holds(state, node, when)) state.unmet.add(node)
}

function holds(state: RunState, node: number, when: Condition): boolean {
  const { input: value, missed } = resolve(state, node, when.value)
  const there = missed.length === 0
  let met: boolean
  if (when.equals !== undefined) met = there && same(value, when.equals)
  else if (when.in !== undefined) met = there && when.in.some((item) => same(value, item))
  else met = there && Boolean(value)
  return when.not === true ? !met : met
}

function same(a: unknown, b: unknown): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b)
}
