import { edgeKind, idOf, type PlanGraph } from './graph.ts'
import { forEachAfter, longestRoads, topologicalOrder } from './order.ts'

/** What a plan looks like before it is run. Maps count as one subtask: nobody knows yet how long their lists are. */
export interface PlanShape {
  readonly subtasks: number
  readonly checks: number
  /** From what is needed to what needs it, without those from a check to what it covers. */
  readonly edges: number
  /** Subtasks that add others while the plan runs. */
  readonly maps: number
  /** The most subtasks one after another. */
  readonly longestRoad: number
  /** The most subtasks that are equally far from the start: about as many can run at once. */
  readonly width: number
  /** How many subtasks and checks each worker performs, in the order of the plan. */
  readonly workers: readonly { readonly worker: string; readonly subtasks: number; readonly checks: number }[]
}

/** An edge of a plan, by ids. `covers` leads from a subtask to the check that judges it. */
export interface PlanEdge {
  readonly from: string
  readonly to: string
  readonly kind: 'needs' | 'uses' | 'covers'
}

/** Measures the graph of a plan without faults. */
export function planShape(graph: PlanGraph): PlanShape {
  const order = topologicalOrder(graph)
  const roads = new Int32Array(graph.size)
  longestRoads(graph, order, roads)
  const level = new Int32Array(graph.size)
  const widths: number[] = []
  const workers = graph.workers.map((worker) => ({ worker, subtasks: 0, checks: 0 }))
  let checks = 0
  let maps = 0
  let longestRoad = 0
  for (const node of order) {
    const isCheck = graph.isCheck[node] === 1
    const users = workers[graph.worker[node] as number] as { subtasks: number; checks: number }
    const at = level[node] as number
    if (isCheck) {
      checks++
      users.checks++
    } else {
      users.subtasks++
      widths[at] = (widths[at] ?? 0) + 1
      if ('map' in (graph.specs[node] as object)) maps++
    }
    longestRoad = Math.max(longestRoad, roads[node] as number)
    forEachAfter(graph, node, (after) => {
      level[after] = Math.max(level[after] as number, at + (isCheck ? 0 : 1))
    })
  }
  return {
    subtasks: graph.size - checks,
    checks,
    edges: countEdges(graph),
    maps,
    longestRoad,
    width: widths.reduce((most, width) => Math.max(most, width), 0),
    workers,
  }
}

/** Every edge of a plan's graph, in the order of what they lead from. */
export function planEdges(graph: PlanGraph): PlanEdge[] {
  const edges: PlanEdge[] = []
  const names = { [edgeKind.hard]: 'needs', [edgeKind.soft]: 'uses', [edgeKind.cover]: 'covers' } as const
  for (let node = 0; node < graph.size; node++) {
    forEachEdge(graph, node, (edge) => {
      edges.push({
        from: idOf(graph, node),
        to: idOf(graph, graph.edgeTo[edge] as number),
        kind: names[graph.edgeKinds[edge] as 0 | 1 | 2],
      })
    })
  }
  return edges
}

function countEdges(graph: PlanGraph): number {
  let edges = 0
  for (let node = 0; node < graph.size; node++) {
    forEachEdge(graph, node, (edge) => {
      if (graph.edgeKinds[edge] !== edgeKind.cover) edges++
    })
  }
  return edges
}

function forEachEdge(graph: PlanGraph, node: number, visit: (edge: number) => void): void {
  for (let edge = graph.firstEdge[node] as number; edge !== -1; edge = graph.nextEdge[edge] as number)
    visit(edge)
}
