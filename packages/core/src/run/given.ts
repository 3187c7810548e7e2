import { end, release } from './ending.ts'
import type { JournalEvent } from './events.ts'
import { type Heap, remove } from './ready.ts'
import { type RunState, setStatus, status } from './state.ts'

/** What a run has an answer for though no attempt of its own gave it. */
export function answerKept(state: RunState, event: Extract<JournalEvent, { type: 'answer-kept' }>): void {
  const { node, answer, at } = event
  const { graph } = state
  if (graph.isCheck[node] === 0) state.answers[node] = answer
  if (event.candidate) {
    leaveReady(state, node)
    state.given.add(node)
    setStatus(state, node, status.candidate)
    release(state, graph.check[node] as number, node)
    return
  }
  end(state, node, status.succeeded, at)
  for (let edge = graph.firstEdge[node] as number; edge !== -1; edge = graph.nextEdge[edge] as number) {
    release(state, graph.edgeTo[edge] as number, node)
  }
}

/** It is not to start, though it could. */
export function leaveReady(state: RunState, node: number): void {
  if (state.status[node] !== status.ready) return
  remove(state.ready[state.graph.worker[node] as number] as Heap, node, state.rank)
  setStatus(state, node, status.blocked)
}
