import { isMoot } from './abreast.ts'
import type { Failure, JournalEvent } from './events.ts'
import { attemptFailed, name } from './fail.ts'
import { attemptOfFlight, factsOf, flightKey, nodeOfFlight, type RunState } from './state.ts'

/**
 * The attempts in flight are lost with their host. Each failed in transport and is repeated as the same sample, but for
 * those that must not be done twice: they wait for a decision, because only a person can find out what they did.
 */
export function hostLost(state: RunState, at: number): readonly JournalEvent[] {
  const events: JournalEvent[] = [{ type: 'host-lost', at }]
  let stopping = state.phase === 'stopping'
  // Where one of several attempts of a subtask has ended it, or given it to another worker, the others are nobody's.
  const over = new Set<number>()
  const lost = new Set<number>()
  for (const key of state.inFlight.keys()) {
    const node = nodeOfFlight(key)
    for (const event of attemptLost(state, node, attemptOfFlight(key), at, over, (other) =>
      lost.has(flightKey(node, other)),
    )) {
      if (isEnd(event)) over.add(event.node)
      // One run-stopping is enough, though several of them may call for it.
      if (event.type === 'run-stopping' && stopping) continue
      stopping ||= event.type === 'run-stopping'
      events.push(event)
    }
    lost.add(key)
  }
  return events
}

const leavesOpen: ReadonlySet<string> = new Set(['attempt-failed', 'attempt-cancelled', 'retry-scheduled'])

function isEnd(event: JournalEvent): event is Extract<JournalEvent, { node: number }> {
  return !leavesOpen.has(event.type) && 'node' in event
}

function attemptLost(
  state: RunState,
  node: number,
  attempt: number,
  at: number,
  over: ReadonlySet<number>,
  gone: (attempt: number) => boolean,
): readonly JournalEvent[] {
  if (over.has(node) || isMoot(state, node, attempt))
    return [{ type: 'attempt-cancelled', at, node, attempt }]
  const failure: Failure = {
    kind: 'transport',
    code: 'lost',
    message: `The host of attempt ${attempt} of ${name(state, node)} was lost, and nobody knows how it ended.`,
  }
  if (factsOf(state, node)?.effects !== 'once') {
    return attemptFailed(state, node, attempt, { type: 'failure', failure }, at, gone)
  }
  const failed: JournalEvent = { type: 'attempt-failed', at, node, attempt, failure }
  if (state.phase === 'stopping') return [failed]
  return [failed, { type: 'decision-awaited', at, node, for: 'unsure' }]
}
