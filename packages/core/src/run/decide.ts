import { canonicalJson } from '../json.ts'
import type { Check, Subtask } from '../plan/plan.ts'
import { dueRepeat, isMoot, liveCount } from './abreast.ts'
import { decided, waitsFor } from './decision.ts'
import type { JournalEvent, StopReason } from './events.ts'
import { expand, expandMap } from './expand.ts'
import { attemptFailed, escalation, failForGood, name } from './fail.ts'
import { unboundedMessage } from './feasible.ts'
import { finish, skipUnmet } from './finish.ts'
import { lateAttempt } from './hedge.ts'
import type { Input, Outcome } from './input.ts'
import { judged } from './judge.ts'
import { hostLost } from './lost.ts'
import { type Heap, top } from './ready.ts'
import { replaceParts } from './replan.ts'
import { route } from './route.ts'
import { factsOf, flightKey, isFinal, policyOf, type RunState } from './state.ts'
import { wantedAtOnce } from './wanted.ts'

const nothing: readonly JournalEvent[] = []
/** How many attempts one subtask may have: its columns have 16 bits. */
const mostAttempts = 65_535

/**
 * What is to happen next, as events; changes nothing. Reads no clock and draws from nothing but the run's seed, so
 * the same state and input give the same events, always.
 */
export function decide(state: RunState, input: Input): readonly JournalEvent[] {
  if (state.phase === 'finished' || state.phase === 'new') return nothing
  switch (input.type) {
    case 'next':
      return state.phase === 'running' ? next(state, input) : nothing
    case 'follow':
      return finish(state, input.at)
    case 'attempt-ended':
      return attemptEnded(state, input.node, input.attempt, input.outcome, input.at)
    case 'attempt-stopped':
      if (!state.stuck.has(flightKey(input.node, input.attempt))) return nothing
      return [{ type: 'attempt-stopped', at: input.at, node: input.node, attempt: input.attempt }]
    case 'host-lost':
      return hostLost(state, input.at)
    case 'stop':
      return state.phase === 'stopping' ? nothing : [stopping(input.at, input.reason, input.message)]
    case 'decision':
      return decided(state, input.node, input.decision, input.at)
    case 'pause':
      return state.phase === 'running' ? [{ type: 'run-paused', at: input.at }] : nothing
    case 'resume':
      return state.phase === 'paused' ? [{ type: 'run-resumed', at: input.at }] : nothing
  }
}

/**
 * The next time after `at` when a waiting subtask may start, in ms since 1970; Infinity where there is none. What
 * is due already waits for a slot and not for a time.
 */
export function wakeAt(state: RunState, at = Number.NEGATIVE_INFINITY): number {
  let earliest = Number.POSITIVE_INFINITY
  for (const heap of state.waiting) {
    const node = top(heap)
    if (node === -1) continue
    const due = state.due[node] as number
    if (due > at && due < earliest) earliest = due
  }
  return earliest
}

function next(state: RunState, input: Extract<Input, { type: 'next' }>): readonly JournalEvent[] {
  const { at, closed } = input
  if (state.unmet.size > 0) return skipUnmet(state, at)
  const node = pick(state, at, closed)
  const late = state.hedgeable.size === 0 ? undefined : duplicate(state, node, at, closed)
  if (late !== undefined) return [late]
  if (node === -1) return nothing
  const spec = state.graph.specs[node] as Subtask | Check
  if (state.attempts[node] === 0 && !('covers' in spec)) {
    if (spec.map !== undefined) return expandMap(state, node, at)
    const elsewhere = route(state, node, at, input.route)
    if (elsewhere.length > 0) return elsewhere
  }
  if ((state.attempts[node] as number) >= mostAttempts) {
    const message = `Subtask ${name(state, node)} has had ${mostAttempts} attempts, which is the most that one may have.`
    return failForGood(state, node, { kind: 'wrong', code: 'too-many-attempts', message }, at)
  }
  const awaited = waitsFor(state, node)
  if (awaited !== undefined) return [{ type: 'decision-awaited', at, node, for: awaited }]
  const short = budgetShort(state, node)
  if (short !== undefined) {
    // What is in flight may give some of its reservation back, or settle it without another vote.
    const mayDo = short.mayEase || (state.abreast.size > 0 && liveCount(state, node) > 0)
    return state.inFlight.size > 0 && mayDo ? nothing : [stopping(at, 'budget', short.message)]
  }
  const attempt = (state.attempts[node] as number) + 1
  return [{ type: 'attempt-started', at, node, attempt, ...sampleOf(state, node, at) }]
}

/** A late duplicate of an attempt in flight, where it comes before the node that would start. */
function duplicate(
  state: RunState,
  node: number,
  at: number,
  closed: ReadonlySet<number> | undefined,
): JournalEvent | undefined {
  const late = lateAttempt(state, at, closed, (a, b) => before(state.rank, a, b))
  if (late === undefined || (node !== -1 && !before(state.rank, late.node, node))) return undefined
  const attempt = (state.attempts[late.node] as number) + 1
  // It can be done without: neither the budget nor the run ends over it.
  if (attempt > mostAttempts || budgetShort(state, late.node) !== undefined) return undefined
  return { type: 'attempt-started', at, node: late.node, attempt, sample: late.sample, hedge: true }
}

/** Which sample the next attempt is at, and whether another is to start beside it. */
function sampleOf(
  state: RunState,
  node: number,
  at: number,
): { readonly sample: number; readonly more?: true } {
  const abreast = state.abreast.size === 0 ? undefined : state.abreast.get(node)
  const last = state.samples[node] as number
  const repeat = abreast === undefined ? undefined : dueRepeat(state, node, at)
  const again = abreast === undefined ? state.again[node] === 1 : repeat !== undefined
  const sample = again ? (repeat?.sample ?? last) : last + 1
  if (policyOf(state, node).vote === null) return { sample }
  const live = abreast === undefined ? 0 : liveCount(state, node)
  const repeats = (abreast?.again.length ?? 0) - (repeat === undefined ? 0 : 1)
  return live + repeats + 1 < wantedAtOnce(state, node) ? { sample, more: true } : { sample }
}

/** The node that comes first among those that may start now, or -1. */
function pick(state: RunState, at: number, closed: ReadonlySet<number> | undefined): number {
  const { rank, ready, waiting } = state
  let best = -1
  for (let worker = 0; worker < ready.length; worker++) {
    if (closed?.has(worker)) continue
    const first = top(ready[worker] as Heap)
    if (first !== -1 && (best === -1 || before(rank, first, best))) best = first
    const heap = waiting[worker] as Heap
    if (heap.size > 0) best = firstDue(state, heap, 0, at, best)
  }
  return best
}

/** The first by rank of those that are due, at and below a place in a heap that is ordered by time. */
function firstDue(state: RunState, heap: Heap, place: number, at: number, best: number): number {
  if (place >= heap.size) return best
  const node = heap.nodes[place] as number
  if ((state.due[node] as number) > at) return best
  const first = !isFinal(state, node) && (best === -1 || before(state.rank, node, best)) ? node : best
  return firstDue(state, heap, 2 * place + 2, at, firstDue(state, heap, 2 * place + 1, at, first))
}

function before(rank: Float64Array, a: number, b: number): boolean {
  const difference = (rank[a] as number) - (rank[b] as number)
  return difference < 0 || (difference === 0 && a < b)
}

function budgetShort(state: RunState, node: number): { message: string; mayEase: boolean } | undefined {
  const { budget } = state.options
  if (budget === undefined) return undefined
  if (budget.attempts !== undefined) {
    const started = state.tallies.reduce((sum, tally) => sum + tally.started, 0)
    if (started >= budget.attempts) {
      return {
        message: `The budget of ${budget.attempts} attempts is used up. Raise budget.attempts to go on.`,
        mayEase: false,
      }
    }
  }
  const facts = factsOf(state, node)
  const cost = facts?.cost
  for (const unit of ['usd', 'tokens'] as const) {
    const limit = budget[unit]
    if (limit !== undefined && facts?.unbounded?.includes(unit))
      return { message: unboundedMessage(facts.name, unit), mayEase: false }
    const used = state.spent[unit] + state.reserved[unit]
    // A sum of reservations and refunds in dollars is off by the last bits: a billionth of the limit is not a dollar spent.
    if (limit === undefined || used + (cost?.[unit] ?? 0) <= limit * (1 + 1e-9)) continue
    return {
      message: `The budget of ${limit} ${unit} does not cover another attempt. Raise budget.${unit} to go on.`,
      mayEase: true,
    }
  }
  return undefined
}

function stopping(at: number, reason: StopReason, message: string): JournalEvent {
  return { type: 'run-stopping', at, reason, message }
}

/** A planner's plan for what has failed meanwhile for another reason. */
function isForNobody(state: RunState, node: number): boolean {
  const asker = state.graph.parent[node] as number
  return asker !== -1 && isFinal(state, asker)
}

function attemptEnded(
  state: RunState,
  node: number,
  attempt: number,
  outcome: Outcome,
  at: number,
): readonly JournalEvent[] {
  // A result of an attempt that is not in flight is late, repeated or of another host: it changes nothing.
  if (!state.inFlight.has(flightKey(node, attempt))) return nothing
  const spent = outcome.spent === undefined ? undefined : { spent: outcome.spent }
  if (isMoot(state, node, attempt)) {
    const stuck = 'stuck' in outcome && outcome.stuck ? { stuck: true as const } : undefined
    return [{ type: 'attempt-cancelled', at, node, attempt, ...spent, ...stuck }]
  }
  switch (outcome.type) {
    case 'answer': {
      const { vote, escalate } = policyOf(state, node)
      const voted = state.graph.isCheck[node] === 0 && vote !== null
      // By far the most answers: no more objects than these two events.
      if (
        !voted &&
        escalate === null &&
        spent === undefined &&
        state.graph.isCheck[node] === 0 &&
        state.graph.check[node] === -1
      ) {
        const { answer } = outcome
        return [
          { type: 'attempt-succeeded', at, node, attempt, answer },
          { type: 'subtask-succeeded', at, node },
        ]
      }
      const key = voted ? { key: outcome.key ?? canonicalJson(outcome.answer) } : undefined
      const { confidence, alternatives, verdict, reason } = outcome
      const unsure = escalate?.below != null && confidence !== undefined && confidence < escalate.below
      const doubted = !voted && unsure && state.graph.isCheck[node] === 0 && state.phase !== 'stopping'
      const succeeded: JournalEvent = {
        type: 'attempt-succeeded',
        at,
        node,
        attempt,
        answer: outcome.answer,
        ...(outcome.key === undefined ? undefined : { key: outcome.key }),
        ...key,
        ...(verdict === undefined ? undefined : { verdict }),
        ...(reason === undefined ? undefined : { reason }),
        ...(confidence === undefined ? undefined : { confidence }),
        ...(alternatives === undefined ? undefined : { alternatives }),
        ...spent,
        ...(doubted ? { doubted } : undefined),
      }
      if (doubted) return [succeeded, escalation(state, node, confidence, at)]
      if (state.graph.isCheck[node] === 1) return judged(state, node, attempt, outcome.answer, succeeded, at)
      if (voted || state.graph.check[node] !== -1) return [succeeded]
      return [succeeded, { type: 'subtask-succeeded', at, node }]
    }
    case 'plan':
      if (state.replans.open?.child === node) return replaceParts(state, node, attempt, outcome, at)
      if (isForNobody(state, node)) {
        return [
          { type: 'attempt-succeeded', at, node, attempt, answer: null, ...spent },
          { type: 'subtask-succeeded', at, node },
        ]
      }
      return expand(state, node, attempt, outcome, at)
    case 'cancelled':
      return [
        {
          type: 'attempt-cancelled',
          at,
          node,
          attempt,
          ...spent,
          ...(outcome.stuck ? { stuck: true } : undefined),
        },
      ]
    case 'failure':
      return attemptFailed(state, node, attempt, outcome, at)
  }
}
