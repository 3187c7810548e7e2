import { edgeKind } from '../plan/graph.ts'
import { makeMoot } from './abreast.ts'
import { abandonBallot } from './ballot.ts'
import { lookAtCondition } from './condition.ts'
import { type Heap, pop, remove, top } from './ready.ts'
import { isFinal, makeReady, type RunState, setStatus, status } from './state.ts'

/** A node is final: counts it, tells what added it, and clears what waited for its end. */
export function end(state: RunState, node: number, as: number, at: number): void {
  if (state.ballots.size > 0) {
    const unsettled = as !== status.cancelled && state.failures.get(node)?.kind === 'wrong'
    abandonBallot(state, node, unsettled)
  }
  if (state.searches.size > 0 || state.candidates.size > 0) forgetCandidates(state, node)
  if (state.held.size > 0) state.held.delete(node)
  if (state.unmet.size > 0) state.unmet.delete(node)
  makeMoot(state, node)
  setStatus(state, node, as)
  state.ended[node] = at
  const parent = state.graph.parent[node] as number
  if (parent !== -1 && !isFinal(state, parent)) {
    const left = (state.pending[parent] as number) - 1
    state.pending[parent] = left
    if (left === 0) state.todo.push(parent)
  }
  while (state.todoHead < state.todo.length && isFinal(state, state.todo[state.todoHead] as number))
    state.todoHead++
  if (state.todoHead === state.todo.length && state.todoHead > 0) {
    state.todo = []
    state.todoHead = 0
  }
  const worker = state.graph.worker[node] as number
  dropEnded(state, state.ready[worker] as Heap, state.rank)
  dropEnded(state, state.waiting[worker] as Heap, state.due)
}

/** What has ended has no candidates; a combination of one fewer is another, which its check has not rejected. */
function forgetCandidates(state: RunState, node: number): void {
  state.searches.delete(node)
  if (state.candidates.delete(node)) state.searches.get(state.graph.check[node] as number)?.rejected.clear()
}

/** What was to be followed up about the node has been, though it has not ended. */
export function done(state: RunState, node: number): void {
  if (state.todo[state.todoHead] !== node)
    throw new Error(`Corrupt journal: node ${node} was not to be decided on.`)
  state.todoHead++
}

/** Takes the node off its heap, where it is first, and behind it those that ended while they were in there. */
export function take(state: RunState, node: number, waited: boolean): void {
  const heap = (waited ? state.waiting : state.ready)[state.graph.worker[node] as number] as Heap
  const rank = waited ? state.due : state.rank
  if (top(heap) === node) pop(heap, rank)
  // Journals of before retries came back by priority have another order.
  else if (!remove(heap, node, rank)) throw new Error(`node ${node} was not to start`)
  dropEnded(state, heap, rank)
}

/** Takes the node off the heap that it waits in, wherever in it it is. */
export function unqueue(state: RunState, node: number): void {
  const now = state.status[node]
  if (now !== status.ready && now !== status.waiting) return
  const [heaps, rank] = now === status.ready ? [state.ready, state.rank] : [state.waiting, state.due]
  const heap = heaps[state.graph.worker[node] as number] as Heap
  remove(heap, node, rank)
  dropEnded(state, heap, rank)
}

/** What waited for its time and is due stands in line with all that is ready, by priority. */
export function ripen(state: RunState, at: number): void {
  const { due, waiting } = state
  if (state.subtaskCounts[status.waiting] === 0 && state.checkCounts[status.waiting] === 0) return
  for (const heap of waiting) {
    for (let node = top(heap); node !== -1 && (due[node] as number) <= at; node = top(heap)) {
      pop(heap, due)
      if (!isFinal(state, node)) makeReady(state, node)
    }
    // One that has ended and is not due yet would hide when the next may start.
    dropEnded(state, heap, due)
  }
}

function dropEnded(state: RunState, heap: Heap, rank: Float64Array): void {
  for (let node = top(heap); node !== -1 && isFinal(state, node); node = top(heap)) pop(heap, rank)
}

/** One thing fewer to wait for: ready when it was the last. */
export function release(state: RunState, node: number, by: number): void {
  const left = (state.pending[node] as number) - 1
  state.pending[node] = left
  if (left !== 0 || state.status[node] !== status.blocked || state.cause[node] !== -1) return
  state.lastNeed[node] = by
  makeReady(state, node)
  lookAtCondition(state, node)
}

/** What needs an answer that will never come is to be skipped; what only uses it if there is one goes on. */
export function doomDependants(state: RunState, node: number, byCondition = false): void {
  const { graph } = state
  for (let edge = graph.firstEdge[node] as number; edge !== -1; edge = graph.nextEdge[edge] as number) {
    const dependant = graph.edgeTo[edge] as number
    const kind = graph.edgeKinds[edge]
    if (kind === edgeKind.soft || (kind === edgeKind.cover && byCondition)) release(state, dependant, node)
    else if (state.cause[dependant] === -1 && !isFinal(state, dependant)) {
      state.cause[dependant] = node
      state.todo.push(dependant)
    }
  }
}
