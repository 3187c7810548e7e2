import { idOf, nodeOf } from '../plan/graph.ts'
import type { Check, Subtask } from '../plan/plan.ts'
import { backoff } from '../policy/backoff.ts'
import { hashUniform } from '../random.ts'
import { quote } from '../suggest.ts'
import { flyingOf, liveCount } from './abreast.ts'
import { tallyOf } from './ballot.ts'
import type { Failure, JournalEvent } from './events.ts'
import { hasTwin } from './hedge.ts'
import type { Outcome } from './input.ts'
import { defaultReplans } from './options.ts'
import { factsOf, isFinal, policyOf, type RunState, status } from './state.ts'

/** An attempt has failed: another follows, now or later, or the subtask has failed for good. */
export function attemptFailed(
  state: RunState,
  node: number,
  attempt: number,
  outcome: Extract<Outcome, { type: 'failure' }>,
  at: number,
  gone?: (attempt: number) => boolean,
): readonly JournalEvent[] {
  const { failure } = outcome
  const failed: Extract<JournalEvent, { type: 'attempt-failed' }> = {
    type: 'attempt-failed',
    at,
    node,
    attempt,
    failure,
    ...(outcome.spent === undefined ? undefined : { spent: outcome.spent }),
    ...(outcome.stuck ? { stuck: true } : undefined),
  }
  if (state.phase === 'stopping') return [failed]
  const { retry, hedge } = policyOf(state, node)
  // Of votes in flight together each has its own retries: one outage fails all of them at once.
  const flying = failure.kind === 'transport' ? flyingOf(state, node, attempt) : undefined
  const failures = (flying?.failures ?? (state[failure.kind][node] as number)) + 1
  // Nobody knows how far an attempt got that did not report back, and some things must not be done twice.
  const unsure = failure.code === 'timeout' || failure.code === 'idle'
  const blocked = unsure && factsOf(state, node)?.effects === 'once'
  // A late duplicate, or what it is one of, may still answer.
  if (outcome.retryable !== false && hasTwin(state, node, attempt, gone)) return [failed]
  if (outcome.retryable === false || blocked || failures >= retry[failure.kind]) {
    if (votesDecide(state, node, failure)) return [{ ...failed, last: true }]
    return [failed, ...failForGood(state, node, failure, at)]
  }
  // What had no retry left when it failed went on while its duplicate might answer, and no longer.
  const before = hedge === null || state.graph.check[node] !== -1 ? undefined : usedUp(state, node)
  if (before !== undefined) return [failed, ...failForGood(state, node, before, at)]
  const random = hashUniform(state.seed, node, attempt)
  const waitMs = failure.kind === 'transport' ? backoff(retry, failures, random, outcome.retryAfterMs) : 0
  return [failed, { type: 'retry-scheduled', at, node, dueAt: at + waitMs }]
}

/** The failure before this one, where it was the last of its kind that the policy allows. */
function usedUp(state: RunState, node: number): Failure | undefined {
  const { retry } = policyOf(state, node)
  const { flagged, wrong, failures } = state
  const over = (flagged[node] as number) >= retry.flagged || (wrong[node] as number) >= retry.wrong
  return over ? failures.get(node) : undefined
}

/** Whether the votes that were given before the worker had no more answers may decide without them. */
function votesDecide(state: RunState, node: number, failure: Failure): boolean {
  const { vote, escalate } = policyOf(state, node)
  if (vote?.unsettled !== 'accept' || escalate !== null || failure.kind === 'transport') return false
  const { leader, runnerUp } = tallyOf(state.ballots.get(node))
  // Votes in flight may yet put one answer in front.
  return leader > runnerUp || (state.abreast.size > 0 && liveCount(state, node) > 1)
}

/**
 * What no stronger worker helps against: an input that is missing, a part that has failed at the end of a ladder of its
 * own, a check that is over and would judge no other answer, what may have been done and must not be done twice, and
 * what somebody has refused.
 */
const unescalated: ReadonlySet<string> = new Set([
  'missing-input',
  'map-not-a-list',
  'part-failed',
  'check-failed',
  'check-rejected',
  'unsure',
  'refused',
])

/** Code of what goes up the ladder because its worker is not sure of it. */
export const lowConfidence = 'low-confidence'

/** The worker is not sure enough of the subtask's answer: a stronger one is asked. */
export function escalation(state: RunState, node: number, confidence: number, at: number): JournalEvent {
  const { to, below } = policyOf(state, node).escalate as { to: string; below: number | null }
  const message = `The answer of ${name(state, node)} has a confidence of ${confidence.toFixed(2)}, which is below ${below}.`
  return { type: 'subtask-escalated', at, node, to, failure: { kind: 'wrong', code: lowConfidence, message } }
}

/** A subtask has failed for good: its fallback stands in, or another plan, or it fails, alone or with the whole run. */
export function failForGood(
  state: RunState,
  node: number,
  failure: Failure,
  at: number,
): readonly JournalEvent[] {
  if (state.graph.isCheck[node] === 1) return checkFailed(state, node, failure, at)
  const { escalate } = policyOf(state, node)
  const hopeless = unescalated.has(failure.code)
  if (escalate !== null && state.phase !== 'stopping' && !hopeless) {
    return [{ type: 'subtask-escalated', at, node, to: escalate.to, failure }]
  }
  const spec = state.graph.specs[node] as Subtask
  if (spec.fallback !== undefined) return [{ type: 'subtask-succeeded', at, node, fallback: failure }]
  if (mayReplan(state, node, failure)) return [{ type: 'replan-requested', at, node, failure }]
  return failHard(state, node, failure, at)
}

/** Whether a planner may put something else in the place of what failed. */
function mayReplan(state: RunState, node: number, failure: Failure): boolean {
  const { replan } = state.options
  if (replan === undefined || state.phase === 'stopping') return false
  // The question to the planner is none itself, and a part that is judged with others fails with them.
  if (state.replans.open?.child === node) return false
  if (state.graph.parent[node] !== -1 && state.graph.check[node] !== -1) return false
  // One that was covered by it has failed already, and others may not even have begun.
  if (failure.code === 'check-failed' && !allCandidates(state, node)) return false
  // Nobody knows whether that was done, or somebody has said that it is not to be: neither is for a planner to get round.
  return (
    failure.code !== 'unsure' &&
    failure.code !== 'refused' &&
    state.replans.asked < (replan.limit ?? defaultReplans)
  )
}

function allCandidates(state: RunState, node: number): boolean {
  const check = state.graph.check[node] as number
  return coveredBy(state, check).every(
    (other) => state.status[other] === status.candidate || state.status[other] === status.succeeded,
  )
}

/** Nothing stands in for the subtask: it fails, alone or with the whole run. */
export function failHard(
  state: RunState,
  node: number,
  failure: Failure,
  at: number,
): readonly JournalEvent[] {
  const failed: JournalEvent = { type: 'subtask-failed', at, node, failure }
  if (policyOf(state, node).onFailure === 'skip' || state.phase === 'stopping') return [failed]
  const message = `Subtask ${name(state, node)} failed: ${failure.message}`
  return [failed, { type: 'run-stopping', at, reason: 'failure', message }]
}

/** A check that cannot be made leaves its subtasks unjudged, so they fail with it. */
function checkFailed(state: RunState, check: number, failure: Failure, at: number): readonly JournalEvent[] {
  const events: JournalEvent[] = [{ type: 'check-failed', at, node: check, failure }]
  for (const node of coveredBy(state, check)) {
    // One that waits to be skipped, because what it needs has failed, has nothing to fall back from.
    if (isFinal(state, node) || state.cause[node] !== -1) continue
    const message = `Check ${name(state, check)} could not be made: ${failure.message}`
    events.push(...failForGood(state, node, { kind: failure.kind, code: 'check-failed', message }, at))
  }
  return events
}

/** The subtasks that a check covers. */
export function coveredBy(state: RunState, check: number): number[] {
  const { graph } = state
  const scope = graph.scope[check] as number
  const prefix = scope === -1 ? '' : `${idOf(graph, scope)}/`
  return (graph.specs[check] as Check).covers.map((id) => nodeOf(graph, prefix + id) as number)
}

/** A node's id as a message shows it. */
export function name(state: RunState, node: number): string {
  return quote(idOf(state.graph, node))
}
