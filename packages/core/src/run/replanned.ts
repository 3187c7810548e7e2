import { idOf } from '../plan/graph.ts'
import { enrolVoters } from './ballot.ts'
import { end, release, take } from './ending.ts'
import type { JournalEvent } from './events.ts'
import { growState } from './growth.ts'
import { isFinal, type RunState, setStatus, status } from './state.ts'

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>

export function replanRequested(state: RunState, event: EventOf<'replan-requested'>): void {
  const { node } = event
  // On the list where what it added, or its votes, led here; not on it where an attempt did.
  if (state.todo[state.todoHead] === node) state.todoHead++
  // A map whose list is none has failed before it began.
  if (state.status[node] === status.ready) take(state, node, false)
  state.failures.set(node, event.failure)
  if (!isFinal(state, node)) setStatus(state, node, status.blocked)
  state.replans.waiting.push(node)
}

export function replanStarted(state: RunState, event: EventOf<'replan-started'>): void {
  const { node, nodes, id, worker, input } = event
  const child = state.graph.size
  growState(state, {
    subtasks: [{ id, worker, input: { $literal: input } }],
    parent: node,
    scope: node,
    prefix: `${idOf(state.graph, node)}/`,
  })
  enrolVoters(state, child)
  setStatus(state, node, status.expanded)
  state.pending[node] = 1
  state.replans.asked++
  state.replans.open = { nodes, child }
  state.replans.waiting = state.replans.waiting.filter((waiting) => !nodes.includes(waiting))
}

/** One that a planner was to replace has failed all the same; those it was asked about together wait for another turn. */
export function failedUnreplaced({ replans }: RunState, node: number): void {
  if (replans.waiting.length > 0) replans.waiting = replans.waiting.filter((waiting) => waiting !== node)
  if (replans.open?.nodes[0] !== node) return
  replans.waiting.push(...replans.open.nodes.slice(1))
  replans.open = undefined
}

export function subtaskReplanned(state: RunState, event: EventOf<'subtask-replanned'>): void {
  const { plan, superseded, kept, at } = event
  const { graph } = state
  for (const node of superseded) {
    if (isFinal(state, node)) setStatus(state, node, status.superseded)
    else end(state, node, status.superseded, at)
  }
  if (graph.parent[event.node] !== -1) {
    replacedWithin(state, event)
    return
  }
  const first = graph.size
  const firstEdge = graph.edges
  growState(state, {
    subtasks: plan.subtasks,
    checks: plan.checks ?? [],
    parent: -1,
    scope: -1,
    prefix: '',
  })
  enrolVoters(state, first)
  // Those that are done already let what needs them start; the others will when they are.
  for (const node of kept) {
    if (state.status[node] !== status.succeeded) continue
    for (let edge = graph.firstEdge[node] as number; edge >= firstEdge; edge = graph.nextEdge[edge] as number)
      release(state, graph.edgeTo[edge] as number, node)
  }
  if (plan.output !== undefined) state.replans.output = plan.output
  state.replans.open = undefined
  state.replans.plans.push({ first, plan })
}

/** The part itself stays, and what the plan answers is its answer. */
function replacedWithin(state: RunState, { node, plan }: EventOf<'subtask-replanned'>): void {
  const first = state.graph.size
  growState(state, {
    subtasks: plan.subtasks,
    checks: plan.checks ?? [],
    parent: node,
    scope: node,
    prefix: `${idOf(state.graph, node)}/`,
  })
  enrolVoters(state, first)
  const count = state.graph.size - first
  state.children.set(node, { first, count, plan, items: undefined })
  // The question that it asked ends next, and counts among what it waits for.
  state.pending[node] = count + 1
  state.replans.within.add(node)
  state.replans.open = undefined
}
