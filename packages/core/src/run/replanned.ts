import { idOf } from '../plan/graph.ts'
import { enrolVoters } from './ballot.ts'
import { end, release } from './ending.ts'
import type { JournalEvent } from './events.ts'
import { growState } from './growth.ts'
import { isFinal, type RunState, setStatus, status } from './state.ts'

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>

export function replanRequested(state: RunState, event: EventOf<'replan-requested'>): void {
  const { node } = event
  // On the list where what it added, or its votes, led here; not on it where an attempt did.
  if (state.todo[state.todoHead] === node) state.todoHead++
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

export function subtaskReplanned(state: RunState, event: EventOf<'subtask-replanned'>): void {
  const { plan, superseded, kept, at } = event
  const { graph } = state
  for (const node of superseded) {
    if (isFinal(state, node)) setStatus(state, node, status.superseded)
    else end(state, node, status.superseded, at)
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
