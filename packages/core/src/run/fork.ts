import { idOf, nodeOf } from '../plan/graph.ts'
import type { JournalEvent } from './events.ts'
import { evolve } from './evolve.ts'
import { emptyState, isFinal, type RunState, status } from './state.ts'

/** What becomes of a node of the run that is forked. */
const fate = { keep: 0, again: 1, reopen: 2 } as const

/**
 * The first events of a run that goes on from the middle of another: every answer is kept that neither `from` nor
 * anything else that is still to do could have changed. What had failed, been cancelled or not been reached is done
 * anew too, and so is all that depends on it. Of a map, or of a subtask that returned a plan, only those parts are
 * done anew that have to be.
 */
export function forkEvents(
  source: RunState,
  from: number,
  started: Extract<JournalEvent, { type: 'run-started' }>,
): { readonly events: readonly JournalEvent[]; readonly state: RunState } {
  const fates = fatesOf(source, from)
  const state = emptyState()
  const events: JournalEvent[] = []
  const add = (event: JournalEvent): void => {
    events.push(event)
    evolve(state, event)
  }
  add(started)
  const { size } = source.graph
  const planned = source.plan.subtasks.length + (source.plan.checks?.length ?? 0)
  // Nodes that were added together: first what is kept, because that is what the others wait for.
  const groups: [first: number, end: number][] = [[0, Math.min(planned, size)]]
  for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
    const [first, end] = group
    for (let node = first; node < end; node++) {
      if (fates[node] === fate.keep) keep(source, state, node, fates, started.at, add)
    }
    for (let node = first; node < end; node++) {
      const children = source.children.get(node)
      if (fates[node] !== fate.reopen || children === undefined) continue
      const { plan, items } = children
      const what = plan === undefined ? { items: items ?? [] } : { plan }
      add({ type: 'subtask-expanded', at: started.at, node: same(source, state, node), ...what, again: true })
      groups.push([children.first, children.first + children.count])
    }
  }
  return { events, state }
}

function keep(
  source: RunState,
  state: RunState,
  node: number,
  fates: Uint8Array,
  at: number,
  add: (event: JournalEvent) => void,
): void {
  const place = same(source, state, node)
  if (source.status[node] === status.succeeded) {
    const check = source.graph.check[node] as number
    const judged = check === -1 || fates[check] === fate.keep
    const answer = source.answers[node] ?? null
    add({ type: 'answer-kept', at, node: place, answer, ...(judged ? undefined : { candidate: true }) })
    return
  }
  const cause = source.cause[node] as number
  if (cause === -1) add({ type: 'subtask-skipped', at, node: place, reason: 'condition' })
  else
    add({ type: 'subtask-skipped', at, node: place, reason: 'dependency', cause: same(source, state, cause) })
}

/** The node of that id in the other run, whose nodes were added in another order. */
function same(source: RunState, state: RunState, node: number): number {
  return nodeOf(state.graph, idOf(source.graph, node)) as number
}

function fatesOf(source: RunState, from: number): Uint8Array {
  const { graph, children } = source
  const fates = new Uint8Array(graph.size)
  const todo: number[] = []
  const set = (node: number, to: number): void => {
    if (fates[node] !== fate.keep) {
      // What is done anew altogether needs its old parts no more.
      if (to === fate.again) fates[node] = to
      return
    }
    fates[node] = to
    todo.push(node)
  }
  for (let node = 0; node < graph.size; node++) {
    if (node === from || hasNoAnswer(source, node))
      set(node, partsLeft(source, node, from) ? fate.reopen : fate.again)
  }
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    afterOf(source, node, (after) => set(after, fate.again))
    const parent = graph.parent[node] as number
    if (parent !== -1 && children.has(parent)) set(parent, fate.reopen)
  }
  return fates
}

/** Whether it has added subtasks, and not it but some of those are to be done anew. */
function partsLeft(source: RunState, node: number, from: number): boolean {
  return node !== from && source.children.has(node)
}

/** Failed, cancelled, or not ended: what was skipped is skipped again, as far as it has to be. */
function hasNoAnswer(source: RunState, node: number): boolean {
  const at = source.status[node]
  if (!isFinal(source, node)) return true
  // What a planner had put in its place is not in the plan: the new run starts from the plan as it was.
  return at === status.failed || at === status.cancelled || at === status.superseded
}

/** What may come out otherwise when this node does. */
function afterOf({ graph }: RunState, node: number, visit: (after: number) => void): void {
  const dependants = (of: number): void => {
    for (let edge = graph.firstEdge[of] as number; edge !== -1; edge = graph.nextEdge[edge] as number) {
      visit(graph.edgeTo[edge] as number)
    }
  }
  dependants(node)
  if (graph.isCheck[node] === 0) return
  // A check that judges anew may reject what it accepted: whatever was made of that waits for it.
  for (const id of (graph.specs[node] as { readonly covers: readonly string[] }).covers) {
    const scope = graph.scope[node] as number
    const covered = nodeOf(graph, scope === -1 ? id : `${idOf(graph, scope)}/${id}`)
    if (covered !== undefined && graph.check[covered] === node) dependants(covered)
  }
}
