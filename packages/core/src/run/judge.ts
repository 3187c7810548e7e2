import type { Check } from '../plan/plan.ts'
import { errorAccepted, nextCombination } from './combine.ts'
import type { Failure, JournalEvent } from './events.ts'
import { attemptFailed, coveredBy, failForGood, name } from './fail.ts'
import { isFinal, policyOf, type RunState, status } from './state.ts'

/** A check has answered: all that it covers is accepted at once, or asked again, or fails. */
export function judged(
  state: RunState,
  check: number,
  attempt: number,
  answer: unknown,
  succeeded: JournalEvent,
  at: number,
): readonly JournalEvent[] {
  const verdict = readVerdict(answer)
  if (verdict === undefined) {
    const message = `Check ${name(state, check)} answered neither true nor { accept, reason, suspects }.`
    const failure: Failure = { kind: 'flagged', code: 'invalid-verdict', message }
    return attemptFailed(state, check, attempt, { type: 'failure', failure }, at)
  }
  const covered = coveredBy(state, check)
  if (verdict.accept) {
    const error = errorAccepted(state, check)
    const told = error === undefined ? undefined : { error }
    const events: JournalEvent[] = [succeeded, { type: 'check-accepted', at, node: check, attempt, ...told }]
    for (const node of covered)
      if (!isFinal(state, node)) events.push({ type: 'subtask-succeeded', at, node })
    return events
  }
  const candidates = covered.filter((node) => state.status[node] === status.candidate)
  const named = new Set(
    verdict.suspects.map((id) => covered[(state.graph.specs[check] as Check).covers.indexOf(id)]),
  )
  const suspects = named.size === 0 ? candidates : candidates.filter((node) => named.has(node))
  const rounds = (state.wrong[check] as number) + 1
  const { retry, combine } = policyOf(state, check)
  const searching = (state.searches.get(check)?.tried ?? 0) > 0
  const final = rounds >= retry.wrong || suspects.length === 0 || searching || state.phase === 'stopping'
  const rejected = (asked: readonly number[], last: boolean): JournalEvent => {
    const { reason } = verdict
    return { type: 'check-rejected', at, node: check, attempt, reason, suspects: asked, final: last }
  }
  if (!final) return askAgain(state, [succeeded, rejected(suspects, false)])
  const next = combine === null || state.phase === 'stopping' ? undefined : nextCombination(state, check, at)
  if (next !== undefined && 'type' in next) return [succeeded, rejected([], false), next]
  const events: JournalEvent[] = [succeeded, rejected(candidates, true)]
  const more = next === undefined ? '' : `; ${next.why}`
  const message = `Check ${name(state, check)} rejected it ${rounds === 1 ? 'once' : `${rounds} times`}: ${verdict.reason}${more}`
  for (const node of covered) {
    if (!isFinal(state, node))
      events.push(...failForGood(state, node, { kind: 'wrong', code: 'check-rejected', message }, at))
  }
  return events
}

/**
 * The suspects are asked again. Where some have been rejected as often as their own policy allows, and have a stronger
 * worker to go to, that is the one to ask, and the others stay as they are.
 */
function askAgain(state: RunState, events: [JournalEvent, JournalEvent]): readonly JournalEvent[] {
  const [succeeded, rejected] = events
  if (rejected.type !== 'check-rejected') return events
  const raised = rejected.suspects.filter((node) => {
    const { escalate, retry } = policyOf(state, node)
    return escalate !== null && (state.wrong[node] as number) + 1 >= retry.wrong
  })
  if (raised.length === 0) return events
  const { at, node: check, reason } = rejected
  const message = `Check ${name(state, check)} rejected it: ${reason}`
  return [
    succeeded,
    { ...rejected, suspects: raised, raised: true },
    ...raised.map((node): JournalEvent => {
      const { to } = policyOf(state, node).escalate as { to: string }
      return {
        type: 'subtask-escalated',
        at,
        node,
        to,
        failure: { kind: 'wrong', code: 'check-rejected', message },
      }
    }),
  ]
}

interface Verdict {
  readonly accept: boolean
  readonly reason: string
  readonly suspects: readonly string[]
}

/** What a check's answer says; undefined where it says nothing of the kind. */
export function readVerdict(answer: unknown): Verdict | undefined {
  if (answer === true) return { accept: true, reason: '', suspects: [] }
  if (answer === false) return { accept: false, reason: 'rejected', suspects: [] }
  if (typeof answer === 'string') return { accept: false, reason: answer, suspects: [] }
  if (answer === null || typeof answer !== 'object') return undefined
  const { accept, reason, suspects } = answer as Record<string, unknown>
  if (typeof accept !== 'boolean') return undefined
  if (reason !== undefined && typeof reason !== 'string') return undefined
  if (suspects !== undefined && !(Array.isArray(suspects) && suspects.every((id) => typeof id === 'string')))
    return undefined
  return { accept, reason: reason ?? 'rejected', suspects: suspects ?? [] }
}
