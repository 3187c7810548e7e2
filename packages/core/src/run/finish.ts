import { idOf } from '../plan/graph.ts'
import { quote } from '../suggest.ts'
import { elect, mayResume } from './elect.ts'
import type { Failure, JournalEvent } from './events.ts'
import { failForGood } from './fail.ts'
import { askPlanner, giveUp } from './replan.ts'
import { isFinal, openCount, type RunState, status } from './state.ts'

const nothing: readonly JournalEvent[] = []
const cancelledAtOnce = 1_024

/**
 * What follows from what has happened without any further news: dependants of what failed are skipped, what added
 * subtasks ends when they have, what is open when the run stops is cancelled, and the run ends. One step a call;
 * empty when there is nothing left to follow.
 */
export function finish(state: RunState, at: number): readonly JournalEvent[] {
  if (state.phase === 'stopping') {
    if (state.inFlight.size > 0) return nothing
    const open = cancelOpen(state, at)
    return open.length > 0 ? open : [runFinished(state, at)]
  }
  if (state.unmet.size > 0) return skipUnmet(state, at)
  const node = state.todo[state.todoHead]
  if (node !== undefined) return followUp(state, node, at)
  if (state.replans.waiting.length > 0 && state.replans.open === undefined) {
    const asked = askPlanner(state, at)
    if (asked.length > 0) return asked
  }
  if (state.aside.length > 0 && mayResume(state)) return [{ type: 'votes-resumed', at }]
  return openCount(state) === 0 && state.inFlight.size === 0 ? [runFinished(state, at)] : nothing
}

/** A subtask whose condition is not met is skipped. */
export function skipUnmet({ unmet }: RunState, at: number): readonly JournalEvent[] {
  for (const node of unmet) return [{ type: 'subtask-skipped', at, node, reason: 'condition' }]
  return nothing
}

function followUp(state: RunState, node: number, at: number): readonly JournalEvent[] {
  const ballot = state.ballots.get(node)
  if (ballot !== undefined) return elect(state, node, ballot, at)
  const cause = state.cause[node] as number
  if (cause === -1) return partsEnded(state, node, at)
  if (state.graph.isCheck[node] === 0)
    return [{ type: 'subtask-skipped', at, node, reason: 'dependency', cause }]
  const failure = state.failures.get(cause)
  const message = `${quote(idOf(state.graph, cause))} has no answer to check.`
  return failForGood(
    state,
    node,
    { kind: failure?.kind ?? 'transport', code: 'nothing-to-check', message },
    at,
  )
}

/** All subtasks that the node added have ended. */
function partsEnded(state: RunState, node: number, at: number): readonly JournalEvent[] {
  // What it added was the question to the planner, and no plan came of it.
  if (state.replans.open?.nodes[0] === node) return giveUp(state, state.replans.open.nodes, at)
  const children = state.children.get(node)
  let bad = 0
  let first = -1
  for (let i = 0; i < (children?.count ?? 0); i++) {
    const child = (children?.first ?? 0) + i
    // As for a whole run: what was skipped for its condition, or for want of such, has not failed.
    if (state.status[child] !== status.failed || state.graph.isCheck[child] === 1) continue
    bad++
    if (first === -1) first = child
  }
  if (bad === 0) return [{ type: 'subtask-succeeded', at, node }]
  const failure = state.failures.get(first) as Failure | undefined
  const message = `${bad} of its ${children?.count} subtasks failed; the first is ${quote(idOf(state.graph, first))}: ${failure?.message ?? 'skipped'}`
  return failForGood(state, node, { kind: failure?.kind ?? 'transport', code: 'part-failed', message }, at)
}

function cancelOpen(state: RunState, at: number): JournalEvent[] {
  const events: JournalEvent[] = []
  for (let node = state.cancelled; node < state.graph.size && events.length < cancelledAtOnce; node++) {
    if (isFinal(state, node)) continue
    // It waits for another plan, and there will be none.
    const failure = waitsForPlan(state, node) ? state.failures.get(node) : undefined
    if (failure !== undefined) {
      events.push({ type: 'subtask-failed', at, node, failure })
      continue
    }
    events.push({ type: state.graph.isCheck[node] === 1 ? 'check-cancelled' : 'subtask-cancelled', at, node })
  }
  return events
}

function waitsForPlan({ replans }: RunState, node: number): boolean {
  return replans.waiting.includes(node) || (replans.open?.nodes.includes(node) ?? false)
}

function runFinished(state: RunState, at: number): JournalEvent {
  const counts = state.subtaskCounts
  const failed = counts[status.failed] as number
  const cancelled = counts[status.cancelled] as number
  if (state.stop?.reason === 'cancelled') {
    return { type: 'run-finished', at, status: 'cancelled', message: state.stop.message }
  }
  if (state.stop !== undefined)
    return { type: 'run-finished', at, status: 'failed', message: state.stop.message }
  if (failed + cancelled > 0) {
    const skipped = counts[status.skipped] as number
    const behind = skipped > 0 ? `, ${skipped} skipped` : ''
    return {
      type: 'run-finished',
      at,
      status: 'failed',
      message: `${failed} of ${sum(counts)} subtasks failed${behind}.`,
    }
  }
  return {
    type: 'run-finished',
    at,
    status: 'succeeded',
    message: `All ${sum(counts) - (counts[status.superseded] as number)} subtasks ended well.`,
  }
}

function sum(counts: Int32Array): number {
  return counts.reduce((total, count) => total + count, 0)
}
