import { edgeKind, idOf, takeGraph } from '../plan/graph.ts'
import type { Subtask } from '../plan/plan.ts'
import { refit } from '../reliability/auto-margin.ts'
import { isQueued, makeMoot } from './abreast.ts'
import { gather } from './answers.ts'
import {
  attemptFailed,
  attemptStarted,
  attemptSucceeded,
  land,
  leftBehind,
  retryScheduled,
} from './attempt.ts'
import { auditEnded } from './audit.ts'
import {
  abandonBallot,
  chargeEscalated,
  closeBallot,
  enrolVoter,
  enrolVoters,
  leaveVoters,
  resumeVotes,
} from './ballot.ts'
import { chooseCombination, giveCandidate, rejectCombination, settleCandidate } from './candidates.ts'
import { decisionAwaited, decisionMade } from './decision.ts'
import { noteDoubtful } from './doubtful.ts'
import { done, doomDependants, end, release, take, unqueue } from './ending.ts'
import type { JournalEvent } from './events.ts'
import { lowConfidence } from './fail.ts'
import { answerKept, leaveReady } from './given.ts'
import { addCells, growState, growStateByMap, promote } from './growth.ts'
import { failedUnreplaced, replanRequested, replanStarted, subtaskReplanned } from './replanned.ts'
import {
  type Ballot,
  emptyState,
  factsOf,
  firstAttempt,
  flightKey,
  makeReady,
  policyOf,
  type RunState,
  setStatus,
  status,
} from './state.ts'
import type { WorkerTally } from './tally.ts'

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>

/**
 * Folds one event into the state, in place. Reads no clock and draws nothing: what was decided is in the event,
 * so a journal gives the same state under later code too.
 */
export function evolve(state: RunState, event: JournalEvent): RunState {
  switch (event.type) {
    case 'attempt-started':
      attemptStarted(state, event)
      break
    case 'attempt-succeeded':
      attemptSucceeded(state, event)
      break
    case 'subtask-succeeded':
      subtaskSucceeded(state, event)
      break
    case 'attempt-failed':
      attemptFailed(state, event)
      break
    case 'retry-scheduled':
      retryScheduled(state, event)
      break
    case 'attempt-cancelled': {
      const flown = land(state, event, 'cancelled')
      if (event.stuck) state.stuck.add(flightKey(event.node, event.attempt))
      if (flown?.moot !== true) leftBehind(state, event.node)
      break
    }
    case 'attempt-stopped':
      state.stuck.delete(flightKey(event.node, event.attempt))
      break
    case 'decision-awaited':
      decisionAwaited(state, event)
      break
    case 'decision-made':
      decisionMade(state, event)
      break
    case 'answer-kept':
      answerKept(state, event)
      break
    case 'subtask-escalated':
      escalated(state, event)
      break
    case 'subtask-routed':
      routed(state, event)
      break
    case 'vote-continued':
      done(state, event.node)
      if (isQueued(state, event.node)) break
      if (event.awaited === true) setStatus(state, event.node, status.running)
      else makeReady(state, event.node)
      break
    case 'vote-set-aside':
      done(state, event.node)
      state.aside.push(event.node)
      break
    case 'votes-resumed':
      resumeVotes(state)
      break
    case 'candidate-chosen':
      done(state, event.node)
      giveCandidate(state, event.node, (state.ballots.get(event.node) as Ballot).leaderKey)
      unqueue(state, event.node)
      setStatus(state, event.node, status.candidate)
      makeMoot(state, event.node)
      closeBallot(state, event.node, state.ballots.get(event.node) as Ballot)
      release(state, state.graph.check[event.node] as number, event.node)
      break
    case 'check-accepted': {
      if (state.wrong[event.node] === 0) {
        state.checks.judged++
        state.checks.firstAccepted++
        const judge = state.tallies[state.graph.worker[event.node] as number] as WorkerTally
        // Where somebody outside judges, the worker has done nothing.
        if ((state.attempts[event.node] as number) > 0) judge.firstSucceeded++
      }
      if ((state.searches.get(event.node)?.tried ?? 0) > 0) state.checks.combined++
      state.checks.error += event.error ?? 0
      if (event.error !== undefined) {
        const tally = { leader: 0, runnerUp: 0 }
        noteDoubtful(state, { node: event.node, place: -1, tally, error: event.error })
      }
      end(state, event.node, status.succeeded, event.at)
      break
    }
    case 'check-rejected':
      checkRejected(state, event)
      break
    case 'combination-chosen':
      chooseCombination(state, event)
      break
    case 'subtask-failed':
    case 'check-failed':
      failedUnreplaced(state, event.node)
      state.failures.set(event.node, event.failure)
      end(state, event.node, status.failed, event.at)
      doomDependants(state, event.node)
      break
    case 'subtask-skipped':
      end(state, event.node, status.skipped, event.at)
      // A subtask whose condition is not met stands in nobody's way but of those that need its answer.
      if (event.cause !== undefined) state.cause[event.node] = event.cause
      doomDependants(state, event.node, event.reason === 'condition')
      break
    case 'subtask-cancelled':
    case 'check-cancelled':
      end(state, event.node, status.cancelled, event.at)
      state.cancelled = event.node + 1
      break
    case 'subtask-expanded':
      subtaskExpanded(state, event)
      break
    case 'replan-requested':
      replanRequested(state, event)
      break
    case 'replan-started':
      replanStarted(state, event)
      break
    case 'subtask-replanned':
      subtaskReplanned(state, event)
      break
    case 'run-started':
      runStarted(state, event)
      break
    case 'host-lost':
      // What had not stopped when it was told to has stopped with its host.
      state.stuck.clear()
      break
    case 'run-paused':
      state.phase = 'paused'
      break
    case 'run-resumed':
      state.phase = 'running'
      break
    case 'run-stopping':
      state.phase = 'stopping'
      state.stop = { reason: event.reason, message: event.message }
      break
    case 'run-finished':
      for (const margin of state.margins) if (margin !== undefined) refit(margin)
      state.phase = 'finished'
      state.endedAt = event.at
      state.outcome = { status: event.status, message: event.message }
      break
    case 'audit-ended':
      auditEnded(state, event)
      break
    case 'undo-succeeded':
      state.undone.done++
      break
    case 'undo-failed':
      state.undone.failed++
      break
  }
  return state
}

/** The state that a whole journal gives. */
export function replay(events: Iterable<JournalEvent>): RunState {
  const state = emptyState()
  for (const event of events) evolve(state, event)
  return state
}

function runStarted(state: RunState, event: EventOf<'run-started'>): void {
  state.run = event.run
  state.plan = event.plan
  state.digest = event.digest
  state.seed = event.seed
  state.options = event.options
  state.workers = event.workers
  state.learned = event.learned ?? []
  state.forecast = event.forecast
  state.startedAt = event.at
  state.phase = 'running'
  state.graph = takeGraph(event.plan)
  addCells(state, 0, -1)
  enrolVoters(state, 0)
}

function subtaskSucceeded(state: RunState, event: EventOf<'subtask-succeeded'>): void {
  const { node } = event
  const worker = state.graph.worker[node] as number
  const spec = state.graph.specs[node] as Subtask
  if (event.fallback !== undefined) {
    state.failures.set(node, event.fallback)
    state.fallbacks++
    state.answers[node] = spec.fallback
  } else {
    if (state.failures.size > 0) state.failures.delete(node)
    if (state.status[node] === status.expanded) state.answers[node] = gather(state, node)
    const given = state.candidates.size === 0 || settleCandidate(state, node)
    const ballot = state.ballots.size > 0 ? state.ballots.get(node) : undefined
    if (ballot !== undefined) closeBallot(state, node, ballot)
    else if (given && !state.given.has(node) && !state.replans.within.has(node) && tookFirst(state, node))
      (state.tallies[worker] as WorkerTally).firstSucceeded++
    chargeEscalated(state, node)
    if (factsOf(state, node)?.undo) state.undoable.push(node)
  }
  end(state, node, status.succeeded, event.at)
  for (
    let edge = state.graph.firstEdge[node] as number;
    edge !== -1;
    edge = state.graph.nextEdge[edge] as number
  ) {
    // What a check covers succeeds when it accepts; but a fallback needs no check, and the others still wait for theirs.
    if (state.graph.edgeKinds[edge] !== edgeKind.cover || event.fallback !== undefined)
      release(state, state.graph.edgeTo[edge] as number, node)
  }
}

/** Whether the first answer of the node is taken, where no vote is decided by this very event. */
function tookFirst(state: RunState, node: number): boolean {
  const wasVoted = state.graph.check[node] !== -1 && policyOf(state, node).vote !== null
  return wasVoted ? state.firstLed.delete(node) : isFirstTry(state, node)
}

/** Whether the node's answer came of its first try: nothing has failed, though there may have been a duplicate. */
function isFirstTry(state: RunState, node: number): boolean {
  const attempts = state.attempts[node] as number
  const first = firstAttempt(state, node)
  if (attempts <= first) return attempts === first
  const hedged = (state.tallies[state.graph.worker[node] as number] as WorkerTally).hedged > 0
  return hedged && state.transport[node] === 0 && state.flagged[node] === 0 && state.wrong[node] === 0
}

function routed(state: RunState, event: EventOf<'subtask-routed'>): void {
  const { node, error } = event
  const from = state.graph.worker[node] as number
  unqueue(state, node)
  promote(state, node, event.to)
  // It is as if it had always been the stronger worker's: nobody has tried it before.
  const origin = state.graph.worker[node] as number
  state.escalated.set(node, { origin, from, first: 1, samples: 0, error })
  if (policyOf(state, node).vote !== null) leaveVoters(state, from)
  enrolVoter(state, node)
  makeReady(state, node)
}

function escalated(state: RunState, event: EventOf<'subtask-escalated'>): void {
  const { node } = event
  const from = state.graph.worker[node] as number
  // Already taken off the list where a vote led here; not on it where an attempt did.
  if (state.todo[state.todoHead] === node) state.todoHead++
  const origin = state.escalated.get(node)?.origin ?? from
  const error = 1 - (policyOf(state, node).escalate?.rate ?? 1)
  state.escalated.set(node, {
    origin,
    from,
    first: (state.attempts[node] as number) + 1,
    samples: state.samples[node] as number,
    error,
  })
  // Votes are told as wrong with their ballot, what a check rejected with its verdict.
  if (event.failure.code === lowConfidence && !state.ballots.has(node)) {
    const tally = state.tallies[from] as WorkerTally
    tally.succeeded--
    tally.wrong++
  }
  abandonBallot(state, node, event.failure.kind === 'wrong')
  unqueue(state, node)
  makeMoot(state, node)
  promote(state, node, event.to)
  enrolVoter(state, node)
  state.failures.set(node, event.failure)
  makeReady(state, node)
}

function checkRejected(state: RunState, event: EventOf<'check-rejected'>): void {
  state.checks.rejections++
  const judge = state.tallies[state.graph.worker[event.node] as number] as WorkerTally
  judge.rejections++
  rejectCombination(state, event.node)
  if (state.wrong[event.node] === 0) state.checks.judged++
  state.wrong[event.node] = (state.wrong[event.node] as number) + 1
  for (const node of event.suspects) {
    if (!state.given.delete(node)) {
      const tally = state.tallies[state.graph.worker[node] as number] as WorkerTally
      tally.succeeded--
      tally.wrong++
    }
    state.wrong[node] = (state.wrong[node] as number) + 1
    state.failures.set(node, { kind: 'wrong', code: 'check-rejected', message: event.reason })
    state.answers[node] = undefined
    state.firstLed.delete(node)
    if (event.final) setStatus(state, node, status.blocked)
    else {
      state.pending[event.node] = (state.pending[event.node] as number) + 1
      if (event.raised === true) setStatus(state, node, status.blocked)
      else makeReady(state, node)
    }
  }
  if (event.final) end(state, event.node, status.failed, event.at)
  else setStatus(state, event.node, status.blocked)
}

function subtaskExpanded(state: RunState, event: EventOf<'subtask-expanded'>): void {
  const { node, plan, items } = event
  const { graph } = state
  if (event.again) {
    leaveReady(state, node)
    setStatus(state, node, status.expanded)
  } else if (items !== undefined) {
    setStatus(state, node, status.expanded)
    take(state, node, false)
    state.firstStart[node] = event.at
  } else setStatus(state, node, status.expanded)
  const first = graph.size
  if (plan !== undefined) {
    growState(state, {
      subtasks: plan.subtasks,
      checks: plan.checks ?? [],
      parent: node,
      scope: node,
      prefix: `${idOf(graph, node)}/`,
    })
  } else if (items !== undefined) growStateByMap(state, node, items.length)
  enrolVoters(state, first)
  state.children.set(node, { first, count: graph.size - first, plan, items })
  state.pending[node] = graph.size - first
  if (graph.size === first) state.todo.push(node)
}
