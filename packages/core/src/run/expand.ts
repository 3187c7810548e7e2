import type { Fault } from '../errors.ts'
import { checkPlan, defaultMaxSubtasks } from '../plan/check.ts'
import { quote } from '../suggest.ts'
import { itemsOf } from './answers.ts'
import type { JournalEvent } from './events.ts'
import { attemptFailed, failForGood, name } from './fail.ts'
import type { Outcome } from './input.ts'
import type { RunState } from './state.ts'

/** A map whose list is there: one subtask an item. */
export function expandMap(state: RunState, node: number, at: number): readonly JournalEvent[] {
  const { input: items, missed } = itemsOf(state, node)
  const refuse = (code: string, message: string): readonly JournalEvent[] =>
    failForGood(state, node, { kind: 'flagged', code, message }, at)
  if (missed.length > 0) return refuse('missing-input', missedMessage(state, node, missed))
  if (!Array.isArray(items)) {
    const is = items === null ? 'null' : typeof items === 'object' ? 'an object' : `a ${typeof items}`
    return refuse('map-not-a-list', `Subtask ${name(state, node)} maps over ${is}, and it takes a list.`)
  }
  const limit = growthFault(state, node, items.length)
  return limit === undefined ? [{ type: 'subtask-expanded', at, node, items }] : refuse('limit', limit)
}

/** What a reference that leads nowhere is told as. */
export function missedMessage(state: RunState, node: number, missed: readonly string[]): string {
  return `Subtask ${name(state, node)} refers to ${missed.map(quote).join(' and ')}, which is not in that answer. Add an "else" to the reference, or a schema to the worker that gives the answer.`
}

export function growthFault(state: RunState, node: number, more: number): string | undefined {
  const limit = state.options.maxSubtasks ?? defaultMaxSubtasks
  if (state.graph.size + more > limit) {
    return `Subtask ${name(state, node)} adds ${more} subtasks to ${state.graph.size}, and the limit is ${limit}. Raise "maxSubtasks".`
  }
  const depth = state.options.maxDepth ?? 10
  if ((state.depth[node] as number) >= depth) {
    return `Subtask ${name(state, node)} adds subtasks at depth ${depth}, and that is the limit. Raise "maxDepth".`
  }
  return undefined
}

/** A worker has returned subtasks instead of an answer. */
export function expand(
  state: RunState,
  node: number,
  attempt: number,
  outcome: Extract<Outcome, { type: 'plan' }>,
  at: number,
): readonly JournalEvent[] {
  const refuse = (message: string, retryable = true): readonly JournalEvent[] =>
    attemptFailed(
      state,
      node,
      attempt,
      { ...outcome, type: 'failure', retryable, failure: { kind: 'flagged', code: 'invalid-plan', message } },
      at,
    )
  if (state.graph.isCheck[node] === 1 || state.graph.check[node] !== -1) {
    return refuse(
      `${name(state, node)} returned subtasks, which neither a check nor a subtask under one can do.`,
      false,
    )
  }
  const known = new Map(state.workers.map((worker) => [worker.name, { name: worker.name }]))
  const { plan, faults } = checkPlan(outcome.plan, { workers: known, maxSubtasks: state.options.maxSubtasks })
  if (plan === undefined)
    return refuse(`Subtask ${name(state, node)} returned a plan with faults: ${faultText(faults)}`)
  const limit = growthFault(state, node, plan.subtasks.length + (plan.checks?.length ?? 0))
  if (limit !== undefined) return refuse(limit, false)
  const spent = outcome.spent === undefined ? undefined : { spent: outcome.spent }
  return [
    { type: 'attempt-succeeded', at, node, attempt, answer: null, ...spent },
    { type: 'subtask-expanded', at, node, plan },
  ]
}

export function faultText(faults: readonly Fault[]): string {
  const shown = faults.slice(0, 10).map((fault) => fault.message)
  return shown.join(' ') + (faults.length > 10 ? ` … and ${faults.length - 10} more.` : '')
}
