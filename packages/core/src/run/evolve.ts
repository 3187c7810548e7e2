import { edgeKind, takeGraph } from '../plan/graph.ts'
import type { Subtask } from '../plan/plan.ts'
import { refit } from '../reliability/auto-margin.ts'
import { gather } from './answers.ts'
import { abandonBallot, castVote, closeBallot, enrolVoters, resumeVotes } from './ballot.ts'
import type { JournalEvent, Spend } from './events.ts'
import { type Heap, pop, push, top } from './ready.ts'
import {
  addCells,
  type Ballot,
  emptyState,
  factsOf,
  flightKey,
  growState,
  isFinal,
  makeReady,
  noSpend,
  type RunState,
  setStatus,
  status,
  type WorkerTally,
} from './state.ts'

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
    case 'attempt-cancelled':
      land(state, event, 'cancelled')
      if (event.stuck) state.stuck++
      if (!isFinal(state, event.node)) setStatus(state, event.node, status.blocked)
      break
    case 'attempt-stopped':
      state.stuck--
      break
    case 'vote-continued':
      done(state, event.node)
      makeReady(state, event.node)
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
      closeBallot(state, event.node, state.ballots.get(event.node) as Ballot)
      release(state, state.graph.check[event.node] as number, event.node)
      break
    case 'check-accepted':
      if (state.wrong[event.node] === 0) {
        state.checks.judged++
        state.checks.firstAccepted++
      }
      end(state, event.node, status.succeeded, event.at)
      break
    case 'check-rejected':
      checkRejected(state, event)
      break
    case 'subtask-failed':
    case 'check-failed':
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
    case 'run-started':
      runStarted(state, event)
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
  state.startedAt = event.at
  state.phase = 'running'
  state.graph = takeGraph(event.plan)
  addCells(state, 0, -1)
  enrolVoters(state, 0)
}

function attemptStarted(state: RunState, event: EventOf<'attempt-started'>): void {
  const { node, attempt, at } = event
  const worker = state.graph.worker[node] as number
  const waited = state.status[node] === status.waiting
  setStatus(state, node, status.running)
  take(state, worker, waited)
  if (attempt === 1) state.firstStart[node] = at
  state.attempts[node] = attempt
  state.samples[node] = event.sample
  state.again[node] = 0
  state.inFlight.set(flightKey(node, attempt), at)
  const tally = state.tallies[worker] as WorkerTally
  tally.started++
  if (attempt === 1) tally.attempted++
  const cost = factsOf(state, node)?.cost
  if (cost !== undefined) {
    state.reserved.usd += cost.usd
    state.reserved.tokens += cost.tokens
  }
}

/** An attempt is over: frees its place and its reservation, and counts its time and what it cost. */
function land(
  state: RunState,
  event: { readonly node: number; readonly attempt: number; readonly at: number; readonly spent?: Spend },
  as: 'succeeded' | 'transport' | 'flagged' | 'wrong' | 'cancelled',
): void {
  const worker = state.graph.worker[event.node] as number
  const tally = state.tallies[worker] as WorkerTally
  const key = flightKey(event.node, event.attempt)
  const tookMs = Math.max(0, event.at - (state.inFlight.get(key) ?? event.at))
  state.inFlight.delete(key)
  tally[as]++
  tally.totalMs += tookMs
  if (tookMs > tally.longestMs) tally.longestMs = tookMs
  const bucket = tookMs < 1 ? 0 : Math.min(tally.durations.length - 1, Math.ceil(4 * Math.log2(tookMs)))
  tally.durations[bucket] = (tally.durations[bucket] as number) + 1
  const cost = factsOf(state, event.node)?.cost
  if (cost !== undefined) {
    state.reserved.usd -= cost.usd
    state.reserved.tokens -= cost.tokens
  }
  const spent = event.spent ?? cost ?? noSpend
  state.spent.usd += spent.usd
  state.spent.tokens += spent.tokens
  tally.usd += spent.usd
  tally.tokens += spent.tokens
}

function attemptSucceeded(state: RunState, event: EventOf<'attempt-succeeded'>): void {
  land(state, event, 'succeeded')
  if (state.graph.isCheck[event.node] === 1) return
  if (event.key !== undefined) {
    setStatus(state, event.node, status.candidate)
    castVote(state, event.node, event.attempt, event.key, event.answer)
    return
  }
  state.answers[event.node] = event.answer
  const check = state.graph.check[event.node] as number
  if (check === -1) return
  setStatus(state, event.node, status.candidate)
  release(state, check, event.node)
}

function attemptFailed(state: RunState, event: EventOf<'attempt-failed'>): void {
  const { kind } = event.failure
  land(state, event, kind)
  if (event.stuck) state.stuck++
  if (kind === 'transport') state.again[event.node] = 1
  state[kind][event.node] = (state[kind][event.node] as number) + 1
  state.failures.set(event.node, event.failure)
  if (!isFinal(state, event.node)) setStatus(state, event.node, status.blocked)
}

function retryScheduled(state: RunState, event: EventOf<'retry-scheduled'>): void {
  if (event.dueAt <= event.at) {
    makeReady(state, event.node)
    return
  }
  setStatus(state, event.node, status.waiting)
  state.due[event.node] = event.dueAt
  push(state.waiting[state.graph.worker[event.node] as number] as Heap, event.node, state.due)
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
    const ballot = state.ballots.size > 0 ? state.ballots.get(node) : undefined
    if (ballot !== undefined) closeBallot(state, node, ballot)
    else if (state.attempts[node] === 1) (state.tallies[worker] as WorkerTally).firstSucceeded++
    if (factsOf(state, node)?.undo) state.undoable.push(node)
  }
  end(state, node, status.succeeded, event.at)
  for (
    let edge = state.graph.firstEdge[node] as number;
    edge !== -1;
    edge = state.graph.nextEdge[edge] as number
  ) {
    if (state.graph.edgeKinds[edge] !== edgeKind.cover)
      release(state, state.graph.edgeTo[edge] as number, node)
  }
}

function checkRejected(state: RunState, event: EventOf<'check-rejected'>): void {
  state.checks.rejections++
  if (state.wrong[event.node] === 0) state.checks.judged++
  state.wrong[event.node] = (state.wrong[event.node] as number) + 1
  for (const node of event.suspects) {
    const tally = state.tallies[state.graph.worker[node] as number] as WorkerTally
    tally.succeeded--
    tally.wrong++
    state.wrong[node] = (state.wrong[node] as number) + 1
    state.failures.set(node, { kind: 'wrong', code: 'check-rejected', message: event.reason })
    state.answers[node] = undefined
    if (event.final) setStatus(state, node, status.blocked)
    else {
      state.pending[event.node] = (state.pending[event.node] as number) + 1
      makeReady(state, node)
    }
  }
  if (event.final) end(state, event.node, status.failed, event.at)
  else setStatus(state, event.node, status.blocked)
}

function subtaskExpanded(state: RunState, event: EventOf<'subtask-expanded'>): void {
  const { node, plan, items } = event
  const { graph } = state
  if (items !== undefined) {
    setStatus(state, node, status.expanded)
    take(state, graph.worker[node] as number, false)
    state.firstStart[node] = event.at
  } else setStatus(state, node, status.expanded)
  const first = graph.size
  const id = graph.ids[node] as string
  if (plan !== undefined) {
    growState(state, {
      subtasks: plan.subtasks,
      checks: plan.checks ?? [],
      parent: node,
      scope: node,
      prefix: `${id}/`,
    })
  } else if (items !== undefined) {
    const { map: _, when: __, needs: ___, id: ____, ...each } = graph.specs[node] as Subtask
    const subtasks = items.map((_item, index) => ({ ...each, id: `[${index}]` }))
    // The answers that the items refer to are there already: the map itself waited for them.
    growState(
      state,
      { subtasks, parent: node, scope: graph.scope[node] as number, prefix: id, bare: true },
      items,
    )
  }
  enrolVoters(state, first)
  state.children.set(node, { first, count: graph.size - first, plan })
  state.pending[node] = graph.size - first
  if (graph.size === first) state.todo.push(node)
}

/** A node is final: counts it, tells what added it, and clears what waited for its end. */
function end(state: RunState, node: number, as: number, at: number): void {
  if (state.ballots.size > 0) abandonBallot(state, node)
  setStatus(state, node, as)
  state.ended[node] = at
  const parent = state.graph.parent[node] as number
  if (parent !== -1 && !isFinal(state, parent)) {
    const left = (state.pending[parent] as number) - 1
    state.pending[parent] = left
    if (left === 0) state.todo.push(parent)
  }
  while (state.todoHead < state.todo.length && isFinal(state, state.todo[state.todoHead] as number))
    state.todoHead++
  if (state.todoHead === state.todo.length && state.todoHead > 0) {
    state.todo = []
    state.todoHead = 0
  }
  const worker = state.graph.worker[node] as number
  dropEnded(state, state.ready[worker] as Heap, state.rank)
  dropEnded(state, state.waiting[worker] as Heap, state.due)
}

/** What was to be followed up about the node has been, though it has not ended. */
function done(state: RunState, node: number): void {
  if (state.todo[state.todoHead] !== node)
    throw new Error(`Corrupt journal: node ${node} was not to be decided on.`)
  state.todoHead++
}

/** Takes the first node off its heap, and behind it those that ended while they were in there. */
function take(state: RunState, worker: number, waited: boolean): void {
  const heap = (waited ? state.waiting : state.ready)[worker] as Heap
  const rank = waited ? state.due : state.rank
  pop(heap, rank)
  dropEnded(state, heap, rank)
}

function dropEnded(state: RunState, heap: Heap, rank: Float64Array): void {
  for (let node = top(heap); node !== -1 && isFinal(state, node); node = top(heap)) pop(heap, rank)
}

function release(state: RunState, node: number, by: number): void {
  const left = (state.pending[node] as number) - 1
  state.pending[node] = left
  if (left !== 0 || state.status[node] !== status.blocked || state.cause[node] !== -1) return
  state.lastNeed[node] = by
  makeReady(state, node)
}

/** What needs an answer that will never come is to be skipped; what only uses it if there is one goes on. */
function doomDependants(state: RunState, node: number, byCondition = false): void {
  const { graph } = state
  for (let edge = graph.firstEdge[node] as number; edge !== -1; edge = graph.nextEdge[edge] as number) {
    const dependant = graph.edgeTo[edge] as number
    const kind = graph.edgeKinds[edge]
    if (kind === edgeKind.soft || (kind === edgeKind.cover && byCondition)) release(state, dependant, node)
    else if (state.cause[dependant] === -1 && !isFinal(state, dependant)) {
      state.cause[dependant] = node
      state.todo.push(dependant)
    }
  }
}
