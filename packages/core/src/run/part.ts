import { coveredBy } from './fail.ts'
import { isFinal, type RunState, status } from './state.ts'

/**
 * What would go with these nodes if they were replaced: everything open that needs their answers, or needs what needs
 * them, and what is judged together with any of it. In the order of the plan.
 */
export function partOf(state: RunState, nodes: readonly number[]): readonly number[] {
  const { graph } = state
  const part = new Set(nodes)
  const open = [...nodes]
  const visit = (node: number): void => {
    if (part.has(node) || isFinal(state, node)) return
    part.add(node)
    open.push(node)
  }
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (let edge = graph.firstEdge[node] as number; edge !== -1; edge = graph.nextEdge[edge] as number)
      visit(graph.edgeTo[edge] as number)
    if (graph.isCheck[node] === 1) for (const covered of coveredBy(state, node)) visit(covered)
  }
  return [...part].sort((a, b) => a - b)
}

/** With what those nodes have added and did not succeed, but for the node that asked the planner. */
export function withParts(state: RunState, part: readonly number[], asking: number): readonly number[] {
  const { graph } = state
  const all = new Set(part)
  const added: number[] = []
  for (let node = 0; node < graph.size; node++) {
    const parent = graph.parent[node] as number
    if (parent === -1 || node === asking || !all.has(parent)) continue
    // What has added others and is done stays, and so do those.
    if (state.status[node] === status.succeeded) continue
    all.add(node)
    added.push(node)
  }
  return [...part, ...added]
}
