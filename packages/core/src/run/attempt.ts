import { canonicalJson } from '../json.ts'
import {
  isQueued,
  joinAbreast,
  joinTwin,
  leaveAbreast,
  leftToTwin,
  liveCount,
  queueMore,
  repeatSample,
  scheduleRepeat,
  settleSample,
} from './abreast.ts'
import { castVote } from './ballot.ts'
import { addCandidates, giveCandidate, isCombined } from './candidates.ts'
import { release, ripen, take } from './ending.ts'
import type { JournalEvent, Spend } from './events.ts'
import type { FlyingAttempt } from './flying.ts'
import { mayBeHedged } from './hedge.ts'
import { bucketOf } from './latency.ts'
import { type Heap, push } from './ready.ts'
import {
  factsOf,
  firstAttempt,
  flightKey,
  isFinal,
  makeReady,
  noSpend,
  policyOf,
  type RunState,
  setStatus,
  status,
} from './state.ts'
import type { WorkerTally } from './tally.ts'

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>

export function attemptStarted(state: RunState, event: EventOf<'attempt-started'>): void {
  const { node, attempt, at } = event
  const worker = state.graph.worker[node] as number
  ripen(state, at)
  if (event.hedge === true) state.hedgeable.delete(joinTwin(state, event))
  else {
    take(state, node, state.status[node] === status.waiting)
    begin(state, event)
  }
  if (attempt === 1) state.firstStart[node] = at
  state.attempts[node] = attempt
  if (event.sample > (state.samples[node] as number)) state.samples[node] = event.sample
  state.again[node] = 0
  state.inFlight.set(flightKey(node, attempt), at)
  const tally = state.tallies[worker] as WorkerTally
  tally.started++
  if (event.hedge === true) tally.hedged++
  if (attempt === firstAttempt(state, node)) tally.attempted++
  const cost = factsOf(state, node)?.cost
  if (cost !== undefined) {
    state.reserved.usd += cost.usd
    state.reserved.tokens += cost.tokens
  }
}

/** The node has one attempt more in flight, and perhaps another to start. */
function begin(state: RunState, event: EventOf<'attempt-started'>): void {
  const { node, attempt } = event
  if (event.more === true || (state.abreast.size > 0 && state.abreast.has(node))) {
    joinAbreast(state, event)
    queueMore(state, node, event.more === true)
  } else setStatus(state, node, status.running)
  if (mayBeHedged(state, node)) state.hedgeable.add(flightKey(node, attempt))
}

/** An attempt is over: frees its place and its reservation, and counts its time and what it cost. */
export function land(
  state: RunState,
  event: { readonly node: number; readonly attempt: number; readonly at: number; readonly spent?: Spend },
  as: 'succeeded' | 'transport' | 'flagged' | 'wrong' | 'cancelled',
): FlyingAttempt | undefined {
  const flown = leaveAbreast(state, event.node, event.attempt)
  const worker = flown?.worker ?? (state.graph.worker[event.node] as number)
  const tally = state.tallies[worker] as WorkerTally
  const key = flightKey(event.node, event.attempt)
  const startedAt = state.inFlight.get(key)
  if (startedAt === undefined)
    throw new Error(`attempt ${event.attempt} of node ${event.node} was not in flight`)
  const tookMs = Math.max(0, event.at - startedAt)
  state.inFlight.delete(key)
  tally[as]++
  tally.totalMs += tookMs
  if (tookMs > tally.longestMs) tally.longestMs = tookMs
  const bucket = bucketOf(tookMs)
  tally.durations[bucket] = (tally.durations[bucket] as number) + 1
  // Left out, those that a duplicate was faster than would make it look as if nothing ever took long.
  const answered = as === 'succeeded' || as === 'wrong' || as === 'flagged'
  if (answered || (as === 'cancelled' && flown?.hedged === 'original'))
    tally.answered[bucket] = (tally.answered[bucket] as number) + 1
  if (state.hedgeable.size > 0) state.hedgeable.delete(key)
  const cost = state.facts[worker]?.cost
  if (cost !== undefined) {
    state.reserved.usd -= cost.usd
    state.reserved.tokens -= cost.tokens
  }
  const spent = event.spent ?? cost ?? noSpend
  state.spent.usd += spent.usd
  state.spent.tokens += spent.tokens
  tally.usd += spent.usd
  tally.tokens += spent.tokens
  return flown
}

export function attemptSucceeded(state: RunState, event: EventOf<'attempt-succeeded'>): void {
  const flown = land(state, event, 'succeeded')
  if (flown?.hedged !== undefined) settleSample(state, event.node, flown.sample)
  if (state.graph.isCheck[event.node] === 1) return
  const check = state.graph.check[event.node] as number
  const combined = check !== -1 && isCombined(state, event.node)
  if (combined) addCandidates(state, event.node, event.attempt, event.answer, event)
  if (event.doubted === true) {
    if (!isQueued(state, event.node)) setStatus(state, event.node, status.blocked)
    return
  }
  if (event.key !== undefined && policyOf(state, event.node).vote !== null) {
    // Where another vote waits for a slot it goes on waiting.
    if (!isQueued(state, event.node)) setStatus(state, event.node, status.candidate)
    castVote(state, event.node, event.attempt, event.key, event.answer, event)
    return
  }
  state.answers[event.node] = event.answer
  if (check === -1) return
  if (combined) giveCandidate(state, event.node, event.key ?? canonicalJson(event.answer))
  setStatus(state, event.node, status.candidate)
  release(state, check, event.node)
}

export function attemptFailed(state: RunState, event: EventOf<'attempt-failed'>): void {
  const { kind } = event.failure
  const { node } = event
  const flown = land(state, event, kind)
  if (event.stuck) state.stuck.add(flightKey(node, event.attempt))
  if (kind === 'transport') {
    if (flown === undefined) state.again[node] = 1
    else if (!isFinal(state, node) && !leftToTwin(state, node, flown)) repeatSample(state, node, flown)
  }
  state[kind][node] = (state[kind][node] as number) + 1
  state.failures.set(node, event.failure)
  leftBehind(state, node)
  const ballot = event.last === true && !isFinal(state, node) ? state.ballots.get(node) : undefined
  if (ballot === undefined) return
  ballot.last = true
  if (!isQueued(state, node)) setStatus(state, node, status.candidate)
  state.todo.push(node)
}

/** An attempt has ended without an answer: the others of its subtask go on, if there are any. */
export function leftBehind(state: RunState, node: number): void {
  if (isFinal(state, node) || isQueued(state, node)) return
  const live = state.abreast.size > 0 && liveCount(state, node) > 0
  setStatus(state, node, live ? status.running : status.blocked)
}

export function retryScheduled(state: RunState, event: EventOf<'retry-scheduled'>): void {
  const { node } = event
  scheduleRepeat(state, node, event.dueAt)
  if (isQueued(state, node)) return
  if (event.dueAt <= event.at) {
    makeReady(state, node)
    return
  }
  setStatus(state, node, status.waiting)
  state.due[node] = event.dueAt
  push(state.waiting[state.graph.worker[node] as number] as Heap, node, state.due)
}
