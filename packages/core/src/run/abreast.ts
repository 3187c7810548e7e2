import type { FlyingAttempt, RepeatedSample } from './flying.ts'
import { type Heap, push } from './ready.ts'
import { flightKey, isFinal, makeReady, type RunState, setStatus, status } from './state.ts'

/*
 * Several attempts of one subtask in flight: votes that are taken together. Most subtasks have one at a time, and for
 * those nothing here is made or looked up.
 */

/** How many attempts of the node are in flight whose outcome still matters. */
export function liveCount(state: RunState, node: number): number {
  const abreast = state.abreast.size === 0 ? undefined : state.abreast.get(node)
  if (abreast === undefined) return state.status[node] === status.running ? 1 : 0
  let live = 0
  for (const { moot } of abreast.flying) if (!moot) live++
  return live
}

/** What is known of an attempt in flight, where its subtask has several. */
export function flyingOf(state: RunState, node: number, attempt: number): FlyingAttempt | undefined {
  if (state.abreast.size === 0) return undefined
  return state.abreast.get(node)?.flying.find((flying) => flying.attempt === attempt)
}

/** Whether nothing waits for the attempt any more: its subtask has ended, or its vote is over. */
export function isMoot(state: RunState, node: number, attempt: number): boolean {
  return isFinal(state, node) || flyingOf(state, node, attempt)?.moot === true
}

/** Whether the node waits to start, for a slot or for its time. */
export function isQueued(state: RunState, node: number): boolean {
  const now = state.status[node]
  return now === status.ready || now === status.waiting
}

/** The sample that is to be asked for again first among those whose time has come. */
export function dueRepeat(state: RunState, node: number, at: number): RepeatedSample | undefined {
  let first: RepeatedSample | undefined
  for (const repeat of state.abreast.get(node)?.again ?? []) {
    if (repeat.dueAt <= at && (first === undefined || repeat.dueAt < first.dueAt)) first = repeat
  }
  return first
}

/** An attempt has started beside which there are others, or will be. */
export function joinAbreast(
  state: RunState,
  event: { readonly node: number; readonly attempt: number; readonly sample: number },
): void {
  const { node, attempt, sample } = event
  let abreast = state.abreast.get(node)
  if (abreast === undefined) {
    abreast = { flying: [], again: [] }
    state.abreast.set(node, abreast)
  }
  const place = abreast.again.findIndex((repeat) => repeat.sample === sample)
  const failures = place === -1 ? 0 : (abreast.again[place] as RepeatedSample).failures
  if (place !== -1) abreast.again.splice(place, 1)
  const worker = state.graph.worker[node] as number
  abreast.flying.push({ attempt, sample, worker, failures, hedged: undefined, moot: false })
}

/** A late duplicate has started beside an attempt at the same sample. Its key, by which it might get another. */
export function joinTwin(
  state: RunState,
  event: { readonly node: number; readonly attempt: number; readonly sample: number },
): number {
  const { node, attempt, sample } = event
  let abreast = state.abreast.get(node)
  if (abreast === undefined) {
    // The one attempt in flight is the last one.
    const worker = state.graph.worker[node] as number
    const failures = state.transport[node] as number
    const last = state.attempts[node] as number
    const first = { attempt: last, sample, worker, failures, hedged: undefined, moot: false }
    abreast = { flying: [first], again: [] }
    state.abreast.set(node, abreast)
  }
  const original = abreast.flying.find((flying) => flying.sample === sample && !flying.moot)
  if (original === undefined) throw new Error(`no attempt of node ${node} at sample ${sample} is in flight`)
  original.hedged = 'original'
  abreast.flying.push({ ...original, attempt, hedged: 'duplicate' })
  return flightKey(node, original.attempt)
}

/** A sample has its answer: nothing waits for other attempts at it. */
export function settleSample(state: RunState, node: number, sample: number): void {
  for (const flying of state.abreast.get(node)?.flying ?? []) if (flying.sample === sample) flying.moot = true
}

/** An attempt at a sample has failed, and another is in flight: whether so. */
export function leftToTwin(state: RunState, node: number, { sample }: FlyingAttempt): boolean {
  const twin = state.abreast.get(node)?.flying.find((flying) => flying.sample === sample && !flying.moot)
  if (twin === undefined) return false
  twin.failures++
  return true
}

/** Where a node goes one attempt of which has started: on to the next, to wait for a repetition, or nowhere. */
export function queueMore(state: RunState, node: number, more: boolean): void {
  if (more) makeReady(state, node)
  else if (!waitForRepeat(state, node)) setStatus(state, node, status.running)
}

function waitForRepeat(state: RunState, node: number): boolean {
  let dueAt = Number.POSITIVE_INFINITY
  for (const repeat of state.abreast.get(node)?.again ?? []) dueAt = Math.min(dueAt, repeat.dueAt)
  if (dueAt === Number.POSITIVE_INFINITY) return false
  setStatus(state, node, status.waiting)
  state.due[node] = dueAt
  push(state.waiting[state.graph.worker[node] as number] as Heap, node, state.due)
  return true
}

/** An attempt has ended: what was known of it, where its subtask has several. */
export function leaveAbreast(state: RunState, node: number, attempt: number): FlyingAttempt | undefined {
  if (state.abreast.size === 0) return undefined
  const abreast = state.abreast.get(node)
  const place = abreast?.flying.findIndex((flying) => flying.attempt === attempt) ?? -1
  if (abreast === undefined || place === -1) return undefined
  const [flown] = abreast.flying.splice(place, 1)
  forgetEmpty(state, node)
  return flown
}

/** The sample of a failed attempt is to be asked for again, once it is decided when. */
export function repeatSample(state: RunState, node: number, { sample, failures }: FlyingAttempt): void {
  let abreast = state.abreast.get(node)
  if (abreast === undefined) {
    abreast = { flying: [], again: [] }
    state.abreast.set(node, abreast)
  }
  abreast.again.push({ sample, failures: failures + 1, dueAt: Number.POSITIVE_INFINITY })
}

/** It is decided when the sample that failed last is asked for again. */
export function scheduleRepeat(state: RunState, node: number, dueAt: number): void {
  if (state.abreast.size === 0) return
  const repeat = state.abreast.get(node)?.again.find((one) => one.dueAt === Number.POSITIVE_INFINITY)
  if (repeat !== undefined) repeat.dueAt = dueAt
}

/** The node is settled, or another worker takes it over: nothing waits for its attempts in flight any more. */
export function makeMoot(state: RunState, node: number): void {
  if (state.abreast.size === 0) return
  const abreast = state.abreast.get(node)
  if (abreast === undefined) return
  for (const flying of abreast.flying) flying.moot = true
  abreast.again = []
  forgetEmpty(state, node)
}

function forgetEmpty(state: RunState, node: number): void {
  const abreast = state.abreast.get(node)
  if (abreast?.flying.length === 0 && abreast.again.length === 0) state.abreast.delete(node)
}
