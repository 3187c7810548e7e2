import { edgeKind, idOf, ownNode, type PlanGraph } from './graph.ts'

/**
 * What must have happened before what, checks included: a covered subtask counts only when its check accepts, so
 * whatever depends on it comes after the check.
 */
export function forEachAfter(graph: PlanGraph, node: number, visit: (after: number) => void): void {
  if (graph.isCheck[node] === 1) {
    const spec = graph.specs[node] as { covers: readonly string[] }
    const prefix = graph.scope[node] === -1 ? '' : `${idOf(graph, graph.scope[node] as number)}/`
    for (const id of spec.covers) {
      const covered = ownNode(graph, prefix + id)
      if (covered !== undefined && graph.check[covered] === node) forEachDependant(graph, covered, visit)
    }
    return
  }
  const check = graph.check[node] as number
  if (check === -1) forEachDependant(graph, node, visit)
  else visit(check)
}

function forEachDependant(graph: PlanGraph, node: number, visit: (dependant: number) => void): void {
  for (let edge = graph.firstEdge[node] as number; edge !== -1; edge = graph.nextEdge[edge] as number) {
    if (graph.edgeKinds[edge] !== edgeKind.cover) visit(graph.edgeTo[edge] as number)
  }
}

/** The nodes from `first` on, each after everything it waits for. Nodes on or behind a cycle are left out. */
export function topologicalOrder(graph: PlanGraph, first = 0): Int32Array {
  const waits = new Int32Array(graph.size - first)
  for (let node = first; node < graph.size; node++) {
    forEachAfter(graph, node, (after) => {
      if (after >= first) waits[after - first] = (waits[after - first] as number) + 1
    })
  }
  const order = new Int32Array(graph.size - first)
  let end = 0
  for (let node = first; node < graph.size; node++) if (waits[node - first] === 0) order[end++] = node
  for (let at = 0; at < end; at++) {
    forEachAfter(graph, order[at] as number, (after) => {
      if (after < first) return
      const left = (waits[after - first] as number) - 1
      waits[after - first] = left
      if (left === 0) order[end++] = after
    })
  }
  return order.subarray(0, end)
}

const longestRoad = 2 ** 31 - 1

/**
 * The length of the longest road from each node to the end, itself included: in subtasks, or with what one subtask or
 * check of each of the graph's workers counts for.
 */
export function longestRoads(
  graph: PlanGraph,
  order: Int32Array,
  roads: Int32Array,
  lengths?: readonly number[],
): void {
  for (let at = order.length - 1; at >= 0; at--) {
    const node = order[at] as number
    let longest = 0
    forEachAfter(graph, node, (after) => {
      longest = Math.max(longest, roads[after] as number)
    })
    const own =
      lengths === undefined
        ? 1 - (graph.isCheck[node] as number)
        : (lengths[graph.worker[node] as number] as number)
    roads[node] = Math.min(longestRoad, longest + own)
  }
}

/** Cycles, each as the nodes along it, at most `limit` of them; `order` is all that lies on or behind none. */
export function findCycles(graph: PlanGraph, order: Int32Array, limit: number): number[][] {
  const open = 1
  const done = 2
  const mark = new Uint8Array(graph.size)
  for (const node of order) mark[node] = done
  const cycles: number[][] = []
  for (let root = 0; root < graph.size && cycles.length < limit; root++) {
    if (mark[root] !== 0) continue
    const path: number[] = [root]
    const pending: number[][] = [nextOf(graph, root)]
    mark[root] = open
    while (path.length > 0 && cycles.length < limit) {
      const next = pending.at(-1)?.pop()
      if (next === undefined) {
        mark[path.pop() as number] = done
        pending.pop()
      } else if (mark[next] === open) cycles.push(path.slice(path.indexOf(next)))
      else if (mark[next] === 0) {
        mark[next] = open
        path.push(next)
        pending.push(nextOf(graph, next))
      }
    }
  }
  return cycles
}

function nextOf(graph: PlanGraph, node: number): number[] {
  const list: number[] = []
  forEachAfter(graph, node, (after) => list.push(after))
  return list.reverse()
}
