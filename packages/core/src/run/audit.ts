import { hashUniform } from '../random.ts'
import type { JournalEvent } from './events.ts'
import { policyOf, type RunState, status } from './state.ts'

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>

/** What audits of one worker's accepted answers have found. */
export interface AuditTally {
  right: number
  wrong: number
  /** Audits that could not be made. */
  failed: number
}

/** An attempt's number that no attempt has: the draw is the audit's own. */
const auditDraw = 0

/**
 * The accepted answers that are to be audited and have not been, drawn from the run's seed: a fallback, a map and what
 * was kept from another run are none of the worker's answers.
 */
export function auditsDue(state: RunState): number[] {
  const due: number[] = []
  if (!state.policies.some(({ audit }) => audit !== null) && state.ownPolicy.size === 0) return due
  for (let node = 0; node < state.graph.size; node++) {
    if (state.status[node] !== status.succeeded || state.graph.isCheck[node] === 1) continue
    const { audit } = policyOf(state, node)
    if (audit === null || state.audited.has(node) || state.failures.has(node)) continue
    if ((state.attempts[node] as number) === 0) continue
    if (hashUniform(state.seed, node, auditDraw) < audit.share) due.push(node)
  }
  return due
}

export function auditEnded(state: RunState, event: EventOf<'audit-ended'>): void {
  const place = state.graph.worker[event.node] as number
  const tally = state.audits.get(place) ?? { right: 0, wrong: 0, failed: 0 }
  state.audits.set(place, tally)
  state.audited.add(event.node)
  tally[event.found]++
  if (event.found === 'wrong') state.foundWrong.set(event.node, event.reason ?? '')
  const { spent } = event
  if (spent === undefined) return
  state.spent.usd += spent.usd
  state.spent.tokens += spent.tokens
}
