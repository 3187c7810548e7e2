import { type Growth, growGraph, growMap, resized } from '../plan/graph.ts'
import { longestRoads, topologicalOrder } from '../plan/order.ts'
import type { Subtask } from '../plan/plan.ts'
import { type Policy, resolvePolicy } from '../policy/policy.ts'
import { lookAtCondition } from './condition.ts'
import { emptyHeap } from './ready.ts'
import { countsOf, factsOf, makeReady, type RunState, status } from './state.ts'
import { emptyTally } from './tally.ts'

/** Adds nodes to the graph and a cell for each to every column; those that wait for nothing are ready. */
export function growState(state: RunState, growth: Growth): void {
  addCells(state, growGraph(state.graph, growth), growth.parent)
}

/** Adds a node for each item of a map, alike in everything else; all are ready at once. */
export function growStateByMap(state: RunState, map: number, count: number): void {
  const { graph } = state
  const first = growMap(graph, map, count)
  const end = graph.size
  growColumns(state, end)
  const road = (state.road[map] as number) + (lengthsOf(state)?.[state.graph.worker[map] as number] ?? 1)
  const spec = graph.specs[map] as Subtask
  state.road.fill(road, first, end)
  state.rank.fill(rankOf(state, spec, road), first, end)
  state.pending.fill(0, first, end)
  state.cause.fill(-1, first, end)
  state.lastNeed.fill(-1, first, end)
  state.depth.fill((state.depth[map] as number) + 1, first, end)
  const own = spec.policy === undefined ? undefined : ownPolicy(state, map, spec)
  state.subtaskCounts[status.blocked]! += count
  for (let node = first; node < end; node++) {
    if (own !== undefined) state.ownPolicy.set(node, own)
    makeReady(state, node)
  }
}

/** What one attempt of the average worker counts for, so that a hundredth of one still tells. */
const averageLength = 256
const longestLength = 65_536

/**
 * How long an attempt of each worker takes beside the others', as far as their record tells; one without a record is
 * taken for an average one. Undefined where nothing is known of any: then roads are counted in subtasks.
 */
function lengthsOf(state: RunState): readonly number[] | undefined {
  const { record } = state.options
  if (record === undefined) return undefined
  const times = state.graph.workers.map((name) =>
    Object.hasOwn(record, name) ? record[name]?.attempts?.meanMs : undefined,
  )
  const known = times.filter((ms) => ms !== undefined)
  const mean = known.reduce((sum, ms) => sum + ms, 0) / known.length
  if (!(mean > 0)) return undefined
  return times.map((ms = mean) =>
    Math.min(longestLength, Math.max(1, Math.round((averageLength * ms) / mean))),
  )
}

/** Less starts first. Priorities are whole numbers to 1,000 and roads are shorter than 2^32, so the sum is exact. */
function rankOf(state: RunState, spec: Subtask, road: number): number {
  return -((spec.priority ?? 0) * 4_294_967_296 + (state.options.order === 'plan' ? 0 : road))
}

/** A cell in every column for each node from `first` on. */
export function addCells(state: RunState, first: number, parent: number): void {
  const { size } = state.graph
  growColumns(state, size)
  addWorkers(state)
  const order = topologicalOrder(state.graph, first)
  const lengths = lengthsOf(state)
  longestRoads(state.graph, order, state.road, lengths)
  const parentRoad = parent === -1 ? 0 : (state.road[parent] as number)
  const depth = parent === -1 ? 0 : (state.depth[parent] as number) + 1
  for (let node = first; node < size; node++) {
    const spec = state.graph.specs[node] as Subtask
    const road = (state.road[node] as number) + parentRoad
    state.road[node] = road
    state.rank[node] = rankOf(state, spec, road)
    state.pending[node] = state.graph.needs[node] as number
    state.cause[node] = -1
    state.lastNeed[node] = -1
    state.depth[node] = depth
    if (spec.policy !== undefined) state.ownPolicy.set(node, ownPolicy(state, node, spec))
    countsOf(state, node)[status.blocked]!++
  }
  for (let node = first; node < size; node++) {
    if (state.pending[node] !== 0) continue
    makeReady(state, node)
    lookAtCondition(state, node)
  }
}

function growColumns(state: RunState, size: number): void {
  if (size <= state.status.length) return
  const capacity = state.status.length === 0 ? size : Math.max(size, Math.ceil(state.status.length * 1.5))
  state.status = resized(state.status, capacity)
  const answers = new Array<unknown>(capacity)
  for (let node = 0; node < state.answers.length; node++) answers[node] = state.answers[node]
  state.answers = answers
  state.pending = resized(state.pending, capacity)
  state.attempts = resized(state.attempts, capacity)
  state.samples = resized(state.samples, capacity)
  state.transport = resized(state.transport, capacity)
  state.flagged = resized(state.flagged, capacity)
  state.wrong = resized(state.wrong, capacity)
  state.road = resized(state.road, capacity)
  state.rank = resized(state.rank, capacity)
  state.due = resized(state.due, capacity)
  state.firstStart = resized(state.firstStart, capacity)
  state.ended = resized(state.ended, capacity)
  state.cause = resized(state.cause, capacity)
  state.again = resized(state.again, capacity)
  state.lastNeed = resized(state.lastNeed, capacity)
  state.depth = resized(state.depth, capacity)
}

/** Columns for workers that are new, those that they escalate to among them. */
function addWorkers(state: RunState): void {
  const { workers } = state.graph
  for (let worker = state.tallies.length; worker < workers.length; worker++) {
    addWorker(state, worker)
    placeOf(state, state.policies[worker]?.escalate?.to)
  }
}

/** The worker's place in the graph, made if it has none yet; -1 for none. */
function placeOf(state: RunState, name: string | undefined): number {
  if (name === undefined) return -1
  const known = state.graph.workers.indexOf(name)
  return known === -1 ? state.graph.workers.push(name) - 1 : known
}

/** A stronger worker takes the node over, under its own policy. */
export function promote(state: RunState, node: number, to: string): void {
  const place = placeOf(state, to)
  addWorkers(state)
  state.graph.worker[node] = place
  state.ownPolicy.delete(node)
  state.transport[node] = 0
  state.flagged[node] = 0
  state.wrong[node] = 0
  state.again[node] = 0
}

function addWorker(state: RunState, worker: number): void {
  state.tallies.push(emptyTally())
  state.ready.push(emptyHeap())
  state.waiting.push(emptyHeap())
  const name = state.graph.workers[worker]
  const facts = state.workers.find((known) => known.name === name)
  state.facts.push(facts)
  const policy = resolvePolicy(facts?.policy, state.options.policy)
  // A policy for the whole run is laid over the strongest worker too, and leads it nowhere.
  state.policies.push(policy.escalate?.to === name ? { ...policy, escalate: null } : policy)
}

function ownPolicy(state: RunState, node: number, spec: Subtask): Policy {
  return resolvePolicy(factsOf(state, node)?.policy, state.options.policy, spec.policy)
}
