import { quote } from '../suggest.ts'
import type { Failure, JournalEvent } from './events.ts'
import { attemptFailed, failForGood, name } from './fail.ts'
import { attemptOfFlight, factsOf, isFinal, nodeOfFlight, type RunState } from './state.ts'

/**
 * The attempts in flight are lost with their host. Each failed in transport and is repeated as the same sample, but for
 * those that must not be done twice: they fail for good, because only a person can find out what they did.
 */
export function hostLost(state: RunState, at: number): readonly JournalEvent[] {
  const events: JournalEvent[] = [{ type: 'host-lost', at }]
  let stopping = state.phase === 'stopping'
  for (const key of state.inFlight.keys()) {
    const node = nodeOfFlight(key)
    for (const event of attemptLost(state, node, attemptOfFlight(key), at)) {
      // One run-stopping is enough, though several of them may call for it.
      if (event.type === 'run-stopping' && stopping) continue
      stopping ||= event.type === 'run-stopping'
      events.push(event)
    }
  }
  return events
}

function attemptLost(state: RunState, node: number, attempt: number, at: number): readonly JournalEvent[] {
  if (isFinal(state, node)) return [{ type: 'attempt-cancelled', at, node, attempt }]
  const failure: Failure = {
    kind: 'transport',
    code: 'lost',
    message: `The host of attempt ${attempt} of ${name(state, node)} was lost, and nobody knows how it ended.`,
  }
  if (factsOf(state, node)?.effects !== 'once') {
    return attemptFailed(state, node, attempt, { type: 'failure', failure }, at)
  }
  const failed: JournalEvent = { type: 'attempt-failed', at, node, attempt, failure }
  if (state.phase === 'stopping') return [failed]
  const worker = quote(state.graph.workers[state.graph.worker[node] as number] as string)
  const unsure: Failure = {
    kind: 'transport',
    code: 'unsure',
    message: `Nobody knows whether ${name(state, node)} was done when its host was lost, and worker ${worker} has effects "once", so it is not repeated. Look whether it was done, and start a run of what is left.`,
  }
  return [failed, ...failForGood(state, node, unsure, at)]
}
