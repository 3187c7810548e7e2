import type { Hedge } from '../policy/hedge.ts'
import { flyingOf, isMoot } from './abreast.ts'
import { latencyQuantile } from './latency.ts'
import { attemptOfFlight, factsOf, nodeOfFlight, policyOf, type RunState } from './state.ts'
import type { WorkerTally } from './tally.ts'

/*
 * A hedge is a second attempt at the same sample while the first is still in flight. It has the same idempotency key:
 * a service that honours keys does nothing twice, and whichever answers first answers the same question. So it is never
 * a vote of its own, and never made of a worker with effects "once".
 */

/** Whether an attempt of the node may get a late duplicate. */
export function mayBeHedged(state: RunState, node: number): boolean {
  return policyOf(state, node).hedge !== null && factsOf(state, node)?.effects !== 'once'
}

/** The attempt in flight at the same sample, whose outcome still matters, but for those that are given. */
export function hasTwin(
  state: RunState,
  node: number,
  attempt: number,
  gone?: (attempt: number) => boolean,
): boolean {
  const flying = flyingOf(state, node, attempt)
  if (flying === undefined) return false
  const others = state.abreast.get(node)?.flying ?? []
  return others.some(
    (other) =>
      other !== flying && other.sample === flying.sample && !other.moot && gone?.(other.attempt) !== true,
  )
}

/** The attempt that a duplicate is to start of now, first by the order of `before`; undefined where none is late. */
export function lateAttempt(
  state: RunState,
  at: number,
  closed: ReadonlySet<number> | undefined,
  before: (node: number, other: number) => boolean,
): { readonly node: number; readonly sample: number } | undefined {
  const delayMs = delays(state)
  let best: number | undefined
  for (const key of state.hedgeable) {
    const node = nodeOfFlight(key)
    if (isMoot(state, node, attemptOfFlight(key)) || closed?.has(state.graph.worker[node] as number)) continue
    if ((state.inFlight.get(key) as number) + delayMs(node) > at) continue
    if (best === undefined || before(node, nodeOfFlight(best))) best = key
  }
  if (best === undefined) return undefined
  const node = nodeOfFlight(best)
  // With one attempt in flight, as is usual, the last sample is its own.
  const sample = flyingOf(state, node, attemptOfFlight(best))?.sample ?? (state.samples[node] as number)
  return { node, sample }
}

/** How many duplicates could start now. */
export function lateCount(state: RunState, at: number): number {
  if (state.hedgeable.size === 0) return 0
  const delayMs = delays(state)
  let late = 0
  for (const key of state.hedgeable) {
    const node = nodeOfFlight(key)
    if (
      !isMoot(state, node, attemptOfFlight(key)) &&
      (state.inFlight.get(key) as number) + delayMs(node) <= at
    )
      late++
  }
  return late
}

/** The next time after `at` when an attempt in flight is late, in ms since 1970; Infinity where that is not known. */
export function nextLateAt(state: RunState, at: number): number {
  if (state.hedgeable.size === 0) return Number.POSITIVE_INFINITY
  const delayMs = delays(state)
  let next = Number.POSITIVE_INFINITY
  for (const key of state.hedgeable) {
    const due = (state.inFlight.get(key) as number) + delayMs(nodeOfFlight(key))
    if (due > at && due < next) next = due
  }
  return next
}

/** After how many ms an attempt of a node is late, worked out once for each worker and policy. */
function delays(state: RunState): (node: number) => number {
  const known = new Map<Hedge, number>()
  return (node) => {
    const { hedge } = policyOf(state, node)
    if (hedge === null) return Number.POSITIVE_INFINITY
    let delayMs = known.get(hedge)
    if (delayMs === undefined) {
      delayMs = delayOf(state, state.graph.worker[node] as number, hedge)
      known.set(hedge, delayMs)
    }
    return delayMs
  }
}

function delayOf(state: RunState, place: number, { quantile, afterMs, share }: Hedge): number {
  const tally = state.tallies[place] as WorkerTally
  if (tally.hedged >= Math.max(1, Math.floor(share * tally.started))) return Number.POSITIVE_INFINITY
  if (quantile === null) return afterMs as number
  const record = state.options.record?.[state.graph.workers[place] as string]
  return Math.ceil(latencyQuantile(quantile, tally.answered, record?.latencies))
}
