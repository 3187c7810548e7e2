import type { Check } from '../plan/plan.ts'
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
    const events: JournalEvent[] = [succeeded, { type: 'check-accepted', at, node: check, attempt }]
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
  const final =
    rounds >= policyOf(state, check).retry.wrong || suspects.length === 0 || state.phase === 'stopping'
  const asked = final ? candidates : suspects
  const events: JournalEvent[] = [
    succeeded,
    { type: 'check-rejected', at, node: check, attempt, reason: verdict.reason, suspects: asked, final },
  ]
  if (!final) return events
  const message = `Check ${name(state, check)} rejected it ${rounds === 1 ? 'once' : `${rounds} times`}: ${verdict.reason}`
  for (const node of covered) {
    if (!isFinal(state, node))
      events.push(...failForGood(state, node, { kind: 'wrong', code: 'check-rejected', message }, at))
  }
  return events
}

interface Verdict {
  readonly accept: boolean
  readonly reason: string
  readonly suspects: readonly string[]
}

function readVerdict(answer: unknown): Verdict | undefined {
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
