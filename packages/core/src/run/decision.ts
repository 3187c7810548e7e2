import { release, take } from './ending.ts'
import type { JournalEvent } from './events.ts'
import { failForGood, name } from './fail.ts'
import { leaveReady } from './given.ts'
import { judged, readVerdict } from './judge.ts'
import { top } from './ready.ts'
import { isFinal, makeReady, policyOf, type RunState, setStatus, status } from './state.ts'

/** What somebody outside says of a subtask or check that waits for it. */
export type Decision =
  /** It may be done; done again where nobody knows whether it was; a check that waits for an answer accepts. */
  | { readonly type: 'approve' }
  /** It fails for good with this reason; a check that waits for an answer rejects. */
  | { readonly type: 'reject'; readonly reason: string }
  /** This is its answer, in place of a worker's; of a check, its verdict. */
  | { readonly type: 'answer'; readonly answer: unknown }

/** What it waits for: leave to start, an answer, or to be told whether it was done before its host was lost. */
export type Awaited = 'approval' | 'answer' | 'unsure'

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>

/** Whether the node, whose turn it is, has to wait for somebody first, and for what. */
export function waitsFor(state: RunState, node: number): 'approval' | 'answer' | undefined {
  const { wait } = policyOf(state, node)
  if (wait === null || (wait === 'approval' && state.approved.has(node))) return undefined
  return wait
}

/** Why a decision cannot be taken, in words that say what to do; undefined where it can. */
export function decisionFault(state: RunState, node: number, decision: Decision): string | undefined {
  const awaited = state.held.get(node)
  const who = name(state, node)
  const isCheck = state.graph.isCheck[node] === 1
  if (state.phase === 'finished' || state.phase === 'stopping') {
    return `${who} waits for nobody: its run ${state.phase === 'finished' ? 'has ended' : 'is being stopped'}.`
  }
  if (awaited === undefined) {
    const will = !isFinal(state, node) && (state.attempts[node] as number) === 0 && waitsFor(state, node)
    return will ? undefined : `${who} waits for nobody.`
  }
  if (decision.type === 'approve' && awaited === 'answer' && !isCheck) {
    return `${who} waits for an answer, and an approval says none. Give the answer, or reject it.`
  }
  if (decision.type === 'answer' && isCheck && readVerdict(decision.answer) === undefined) {
    return `${who} is a check: its answer is true, false, a reason, or { accept, reason, suspects }.`
  }
  return undefined
}

/** Somebody has decided: what follows. Nothing where it does not wait, or not for that. */
export function decided(
  state: RunState,
  node: number,
  decision: Decision,
  at: number,
): readonly JournalEvent[] {
  const awaited = state.held.get(node)
  if (awaited === undefined || decisionFault(state, node, decision) !== undefined) return []
  const made: JournalEvent = { ...decision, type: 'decision-made', at, node, decision: decision.type }
  const isCheck = state.graph.isCheck[node] === 1
  if (isCheck && (awaited === 'answer' || decision.type === 'answer')) {
    return judged(state, node, state.attempts[node] as number, verdictOf(decision), made, at)
  }
  switch (decision.type) {
    case 'approve':
      return [made]
    case 'answer':
      return state.graph.check[node] === -1 ? [made, { type: 'subtask-succeeded', at, node }] : [made]
    case 'reject': {
      const failure = { kind: 'wrong', code: 'refused', message: decision.reason } as const
      return [made, ...failForGood(state, node, failure, at)]
    }
  }
}

function verdictOf(decision: Decision): unknown {
  if (decision.type === 'answer') return decision.answer
  return decision.type === 'approve' ? true : { accept: false, reason: decision.reason }
}

export function decisionAwaited(state: RunState, { node, for: awaited }: EventOf<'decision-awaited'>): void {
  const ready = state.ready[state.graph.worker[node] as number]
  if (ready !== undefined && top(ready) === node) {
    take(state, node, false)
    setStatus(state, node, status.blocked)
  } else leaveReady(state, node)
  state.held.set(node, awaited)
}

export function decisionMade(state: RunState, event: EventOf<'decision-made'>): void {
  const { node } = event
  const awaited = state.held.get(node)
  if (awaited === undefined) throw new Error(`node ${node} did not wait for a decision`)
  state.held.delete(node)
  const isCheck = state.graph.isCheck[node] === 1
  if (isCheck && (awaited === 'answer' || event.decision === 'answer')) return
  if (event.decision === 'approve') {
    state.approved.add(node)
    makeReady(state, node)
  } else if (event.decision === 'answer') {
    state.answers[node] = event.answer
    state.given.add(node)
    // What was asked has its answer: if its check sends it back, something new is asked, under another key.
    state.again[node] = 0
    const check = state.graph.check[node] as number
    if (check === -1) return
    setStatus(state, node, status.candidate)
    release(state, check, node)
  }
}
