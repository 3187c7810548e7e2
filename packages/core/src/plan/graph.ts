import { IdTable } from './id-table.ts'
import type { Check, Subtask } from './plan.ts'
import { readTemplate } from './reference.ts'

/** What an edge means: an answer is needed, is used if there is one, or is judged. */
export const edgeKind = { hard: 0, soft: 1, cover: 2 } as const

/**
 * The plan as flat arrays: a node is a number, an edge costs nine bytes. Subtasks and checks are both nodes.
 * It only ever grows, because a plan may grow while it runs.
 */
export interface PlanGraph {
  /** How many nodes there are. */
  size: number
  /** What each node is, as the plan says it. */
  specs: (Subtask | Check)[]
  /** The ids of the nodes that have one of their own; empty for what a map added: ask `idOf`. */
  ownIds: string[]
  /** Nodes by their own id: ask `nodeOf`, or `ownNode` where maps have added nothing. */
  readonly ownNodes: IdTable
  /** The first node that each map has added. */
  readonly maps: Map<number, number>
  /** Nodes whose id an earlier one has: a fault of the plan. */
  readonly duplicates: Set<number>
  /** The node that was looked up last: lists name their parts in order, so the next one is likely to be next. */
  lookedUp: number
  readonly workers: string[]
  /** Index of the node's worker in `workers`. */
  worker: Uint16Array
  isCheck: Uint8Array
  /** How many edges end at the node. */
  needs: Int32Array
  /** The check that covers the node, or -1. */
  check: Int32Array
  /** The node that added this one, or -1. */
  parent: Int32Array
  /** The node whose added subtasks this one's references name, or -1 for the plan itself. */
  scope: Int32Array
  /** First edge from the node to what depends on it, or -1. */
  firstEdge: Int32Array
  edges: number
  nextEdge: Int32Array
  edgeTo: Int32Array
  edgeKinds: Uint8Array
}

/** Nodes to add: those of a plan, or of a plan that a running subtask returned. */
export interface Growth {
  readonly subtasks: readonly Subtask[]
  readonly checks?: readonly Check[]
  /** The node that adds them, or -1. */
  readonly parent: number
  readonly scope: number
  /** Starts each new id. */
  readonly prefix: string
}

export function emptyGraph(): PlanGraph {
  return {
    size: 0,
    specs: [],
    ownIds: [],
    ownNodes: new IdTable(),
    maps: new Map(),
    duplicates: new Set(),
    lookedUp: -1,
    workers: [],
    worker: new Uint16Array(0),
    isCheck: new Uint8Array(0),
    needs: new Int32Array(0),
    check: new Int32Array(0),
    parent: new Int32Array(0),
    scope: new Int32Array(0),
    firstEdge: new Int32Array(0),
    edges: 0,
    nextEdge: new Int32Array(0),
    edgeTo: new Int32Array(0),
    edgeKinds: new Uint8Array(0),
  }
}

/** How a fault in the edges is told; where it is not given, the plan has been checked before. */
export type DanglingReport = (node: number, reference: string) => void

/** Adds nodes with their edges and returns the first new index. References to nothing are reported and left out. */
export function growGraph(graph: PlanGraph, growth: Growth, dangling?: DanglingReport): number {
  const first = graph.size
  const checks = growth.checks ?? []
  reserveNodes(graph, first + growth.subtasks.length + checks.length)
  graph.ownNodes.reserve(graph.ownIds, first + growth.subtasks.length + checks.length)
  const workerIndex = new Map(graph.workers.map((name, index) => [name, index]))
  let workerName: string | undefined
  let worker = -1
  const add = (spec: Subtask | Check, isCheck: boolean): void => {
    const node = graph.size++
    const id = growth.prefix + spec.id
    graph.specs.push(spec)
    graph.ownIds.push(id)
    if (!graph.ownNodes.add(graph.ownIds, node)) graph.duplicates.add(node)
    if (spec.worker !== workerName) {
      workerName = spec.worker
      const known = workerIndex.get(workerName)
      worker = known ?? graph.workers.push(workerName) - 1
      if (known === undefined) workerIndex.set(workerName, worker)
    }
    graph.worker[node] = worker
    graph.isCheck[node] = isCheck ? 1 : 0
    graph.check[node] = -1
    graph.parent[node] = growth.parent
    graph.scope[node] = growth.scope
    graph.firstEdge[node] = -1
  }
  for (const subtask of growth.subtasks) add(subtask, false)
  for (const check of checks) add(check, true)
  // Last node first, so that each node's edges come out in the order of its dependants.
  // Edges rarely leave what is added together, so a small addition to a large plan stays cheap.
  const seen: Seen = { first, by: new Int32Array(graph.size - first).fill(-1), before: new Map() }
  for (let node = graph.size - 1; node >= first; node--) connect(graph, node, seen, dangling)
  return first
}

/**
 * Adds what a map asks for: `count` nodes that are alike but for their item, and returns the first. They have no edges,
 * because the map itself has waited for all that they refer to, and no ids of their own, because those follow from
 * their places.
 */
export function growMap(graph: PlanGraph, map: number, count: number): number {
  const first = graph.size
  const end = first + count
  const { map: _, when: __, needs: ___, ...each } = graph.specs[map] as Subtask
  reserveNodes(graph, end)
  graph.size = end
  graph.maps.set(map, first)
  graph.specs = extended(graph.specs, count, each)
  graph.ownIds = extended(graph.ownIds, count, '')
  graph.worker.fill(graph.worker[map] as number, first, end)
  graph.check.fill(-1, first, end)
  graph.parent.fill(map, first, end)
  graph.scope.fill(graph.scope[map] as number, first, end)
  graph.firstEdge.fill(-1, first, end)
  return first
}

/** By which node each of those added was last reached. */
interface Seen {
  readonly first: number
  readonly by: Int32Array
  /** The same for nodes that were there before: of a plan that takes the place of a part. */
  readonly before: Map<number, number>
}

function connect(graph: PlanGraph, node: number, seen: Seen, dangling?: DanglingReport): void {
  const spec = graph.specs[node] as Subtask | Check
  if ('covers' in spec) {
    for (const id of spec.covers) {
      const covered = lookUp(graph, node, id)
      if (covered === undefined) dangling?.(node, id)
      else if (isNew(seen, covered, node)) {
        if (graph.check[covered] === -1) graph.check[covered] = node
        addEdge(graph, covered, node, edgeKind.cover)
      }
    }
    return
  }
  const edge = (id: string, soft: boolean): void => {
    const from = lookUp(graph, node, id)
    if (from === undefined) dangling?.(node, id)
    else if (isNew(seen, from, node)) {
      addEdge(graph, from, node, soft ? edgeKind.soft : edgeKind.hard)
    } else if (!soft) harden(graph, from, node)
  }
  for (const id of spec.needs ?? []) edge(id, false)
  for (const template of [spec.input, spec.when?.value, spec.map?.over]) {
    if (template === null || typeof template !== 'object') continue
    for (const reference of readTemplate(template).references) edge(reference.from, reference.soft)
  }
}

/** Whether this is the first edge from there to the node; notes that there is one. */
function isNew({ first, by, before }: Seen, from: number, node: number): boolean {
  const last = from < first ? before.get(from) : by[from - first]
  if (from < first) before.set(from, node)
  else by[from - first] = node
  return last !== node
}

/** The node's whole id; that of a subtask which `a` has added starts with `a/` or `a[`. */
export function idOf(graph: PlanGraph, node: number): string {
  const own = graph.ownIds[node] as string
  if (own !== '') return own
  const map = graph.parent[node] as number
  return `${idOf(graph, map)}[${node - (graph.maps.get(map) as number)}]`
}

/** The node that has that whole id of its own. */
export function ownNode(graph: PlanGraph, id: string): number | undefined {
  return graph.ownNodes.get(graph.ownIds, id)
}

/** The node that has that whole id. */
export function nodeOf(graph: PlanGraph, id: string): number | undefined {
  const own = ownNode(graph, id)
  if (own !== undefined || graph.maps.size === 0) return own
  const [, name, place] = /^(.*)\[(0|[1-9]\d*)\]$/s.exec(id) ?? []
  const map = name === undefined ? undefined : nodeOf(graph, name)
  const first = map === undefined ? undefined : graph.maps.get(map)
  if (first === undefined) return undefined
  const node = first + Number(place)
  return graph.parent[node] === map && graph.ownIds[node] === '' ? node : undefined
}

/** The node that `id` means in `node`'s scope. */
export function lookUp(graph: PlanGraph, node: number, id: string): number | undefined {
  const scope = graph.scope[node] as number
  if (scope !== -1) return ownNode(graph, `${idOf(graph, scope)}/${id}`)
  const next = graph.lookedUp + 1
  const found = graph.ownIds[next] === id && graph.duplicates.size === 0 ? next : nodeOf(graph, id)
  if (found !== undefined) graph.lookedUp = found
  return found
}

function harden(graph: PlanGraph, from: number, to: number): void {
  for (let edge = graph.firstEdge[from] as number; edge !== -1; edge = graph.nextEdge[edge] as number) {
    if (graph.edgeTo[edge] === to && graph.edgeKinds[edge] === edgeKind.soft)
      graph.edgeKinds[edge] = edgeKind.hard
  }
}

function addEdge(graph: PlanGraph, from: number, to: number, kind: number): void {
  const edge = graph.edges++
  if (edge >= graph.edgeTo.length) {
    const capacity = Math.max(16, edge * 2)
    graph.edgeTo = resized(graph.edgeTo, capacity)
    graph.nextEdge = resized(graph.nextEdge, capacity)
    graph.edgeKinds = resized(graph.edgeKinds, capacity)
  }
  graph.edgeTo[edge] = to
  graph.edgeKinds[edge] = kind
  graph.nextEdge[edge] = graph.firstEdge[from] as number
  graph.firstEdge[from] = edge
  graph.needs[to] = (graph.needs[to] as number) + 1
}

function reserveNodes(graph: PlanGraph, size: number): void {
  if (size <= graph.worker.length) return
  // A first plan gets what it needs; what grows afterwards grows by half, so that adding stays cheap.
  const capacity = graph.size === 0 ? size : Math.max(size, Math.ceil(graph.worker.length * 1.5))
  graph.worker = resized(graph.worker, capacity)
  graph.isCheck = resized(graph.isCheck, capacity)
  graph.needs = resized(graph.needs, capacity)
  graph.check = resized(graph.check, capacity)
  graph.parent = resized(graph.parent, capacity)
  graph.scope = resized(graph.scope, capacity)
  graph.firstEdge = resized(graph.firstEdge, capacity)
}

/** The list with `count` times the same at its end; the list itself where those are few, so that adding stays cheap. */
function extended<T>(list: T[], count: number, value: T): T[] {
  if (count > list.length) return list.concat(new Array<T>(count).fill(value))
  for (let i = 0; i < count; i++) list.push(value)
  return list
}

/** A typed array of another length with the same beginning. */
export function resized<T extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(
  array: T,
  length: number,
): T {
  const next = new (array.constructor as new (length: number) => T)(length)
  next.set(array.length > length ? array.subarray(0, length) : array)
  return next
}

const kept = new WeakMap<object, PlanGraph>()

/** Keeps a graph that was built to check a plan, for the run that follows. */
export function keepGraph(plan: object, graph: PlanGraph): void {
  kept.set(plan, graph)
}

/** The plan's graph: the kept one, once, because a run changes its graph; else a new one. */
export function takeGraph(plan: {
  readonly subtasks: readonly Subtask[]
  readonly checks?: readonly Check[] | undefined
}): PlanGraph {
  const graph = kept.get(plan)
  if (graph !== undefined) {
    kept.delete(plan)
    return graph
  }
  const fresh = emptyGraph()
  growGraph(fresh, { subtasks: plan.subtasks, checks: plan.checks ?? [], parent: -1, scope: -1, prefix: '' })
  return fresh
}
