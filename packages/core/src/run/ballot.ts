import {
  type AutoMargin,
  chargeError,
  countAbandoned,
  countAccepted,
  countUnvoted,
  countVote,
  refit,
  resizeAutoMargin,
  startAutoMargin,
} from '../reliability/auto-margin.ts'
import { usualDoubt } from '../reliability/majority.ts'
import { doubtOf, type Tally } from '../reliability/mix.ts'
import { noteDoubtful } from './doubtful.ts'
import type { Appraisal } from './events.ts'
import { type Ballot, policyOf, type RunState, status } from './state.ts'
import type { WorkerTally } from './tally.ts'
import { weighedError, weightOfVerdicts } from './weighed.ts'

/** The compound success that votes work towards where the run names none. */
const defaultTarget = 0.9

/** Votes for the answer in front and the next one. */
export function tallyOf(ballot: Ballot | undefined): Tally {
  let leader = 0
  let runnerUp = 0
  for (const { count } of ballot?.answers.values() ?? []) {
    if (count > leader) {
      runnerUp = leader
      leader = count
    } else if (count > runnerUp) runnerUp = count
  }
  return { leader, runnerUp }
}

/** Starts, or makes room in, the rule that watches each worker's votes: nodes from `first` on are new. */
export function enrolVoters(state: RunState, first: number): void {
  let fresh = false
  for (let node = first; node < state.graph.size; node++) {
    if (state.graph.isCheck[node] === 1 || policyOf(state, node).vote === null) continue
    const place = state.graph.worker[node] as number
    state.voters[place] = (state.voters[place] ?? 0) + 1
    fresh = true
  }
  if (!fresh) return
  const all = state.voters.reduce<number>((sum, count) => sum + (count ?? 0), 0)
  for (const [place, subtasks] of state.voters.entries()) {
    if (subtasks === undefined) continue
    const known = state.margins[place]
    if (known === undefined) state.margins[place] = newMargin(state, place, subtasks, all)
    else resizeAutoMargin(known, subtasks)
  }
}

/** The node has another worker now, whose answers may be voted on too. */
export function enrolVoter(state: RunState, node: number): void {
  if (policyOf(state, node).vote === null) return
  const place = state.graph.worker[node] as number
  const subtasks = (state.voters[place] ?? 0) + 1
  state.voters[place] = subtasks
  const known = state.margins[place]
  const all = state.graph.size
  if (known === undefined) state.margins[place] = newMargin(state, place, subtasks, all)
  else resizeAutoMargin(known, subtasks)
}

/** A stronger worker's answer was accepted without a vote: what it may be wrong by is spent like any other error. */
export function chargeEscalated(state: RunState, node: number): void {
  const escalated = state.escalated.get(node)
  if (escalated === undefined) return
  const margin = state.margins[escalated.from]
  if (margin === undefined || policyOf(state, node).vote !== null) return
  // One that was never tried below has not been counted there as done.
  if (escalated.first === 1) countUnvoted(margin, escalated.error)
  else chargeError(margin, escalated.error)
}

/** A subtask that starts with a stronger worker whose answers are voted on is none of the votes of this one. */
export function leaveVoters(state: RunState, place: number): void {
  const subtasks = (state.voters[place] ?? 0) - 1
  const margin = state.margins[place]
  if (subtasks < 1 || margin === undefined) return
  state.voters[place] = subtasks
  resizeAutoMargin(margin, subtasks)
}

function newMargin(state: RunState, place: number, subtasks: number, all: number): AutoMargin {
  const { vote } = state.policies[place] ?? {}
  const history = state.options.record?.[state.graph.workers[place] as string]?.votes
  return startAutoMargin({
    subtasks,
    // Each worker answers for its share of the whole plan's error.
    target: (state.options.target ?? defaultTarget) ** (subtasks / all),
    ...(history === undefined ? undefined : { history }),
    ...(vote?.maxVotes === undefined ? undefined : { maxVotes: vote.maxVotes }),
  })
}

/** An answer counts as a vote; the subtask is to be decided on next. */
export function castVote(
  state: RunState,
  node: number,
  attempt: number,
  key: string,
  answer: unknown,
  { confidence = 1, verdict, reason = '' }: Appraisal = {},
): void {
  let ballot = state.ballots.get(node)
  if (ballot === undefined) {
    ballot = {
      votes: 0,
      firstKey: undefined,
      leaderKey: key,
      answers: new Map(),
      verdicts: undefined,
      waited: false,
      last: false,
    }
    state.ballots.set(node, ballot)
  }
  const before = tallyOf(ballot)
  const entry = ballot.answers.get(key)
  if (entry === undefined) ballot.answers.set(key, { count: 1, attempt, answer, confidence })
  else {
    entry.count++
    entry.confidence += confidence
  }
  if (verdict !== undefined) {
    ballot.verdicts ??= new Map()
    // What it says of the same answer again is nothing new.
    if (!ballot.verdicts.has(key)) ballot.verdicts.set(key, verdict === 'accepted')
    if (verdict === 'rejected') state.failures.set(node, { kind: 'wrong', code: 'rejected', message: reason })
  }
  ballot.votes++
  // What it waited for then is not what it may have to wait for now.
  ballot.waited = false
  if (attempt === 1) ballot.firstKey = key
  const count = ballot.answers.get(key)?.count ?? 0
  if (count > (ballot.answers.get(ballot.leaderKey)?.count ?? 0)) ballot.leaderKey = key
  const margin = marginOf(state, node)
  if (margin !== undefined) countVote(margin, before, tallyOf(ballot))
  // Failures are limited from one vote to the next, or a subtask that needs many votes could never have them.
  state.transport[node] = 0
  state.flagged[node] = 0
  state.todo.push(node)
}

/** The vote is over: the leader's answer is the subtask's, and the votes for others were wrong. */
export function closeBallot(state: RunState, node: number, ballot: Ballot): void {
  const tally = tallyOf(ballot)
  const worker = state.tallies[state.graph.worker[node] as number] as WorkerTally
  const margin = marginOf(state, node)
  const weight = weightOfVerdicts(state, node, ballot)
  if (margin !== undefined && weight !== 1) {
    // The tally tells how hard the subtask was; what the answer may be wrong by is more than the tally.
    countAbandoned(margin, tally)
    const error = weighedError(margin, tally, weight)
    chargeError(margin, error)
    // Not by its tally alone: what the verdicts made of it stands.
    noteDoubtful(state, { node, place: -1, tally, error })
  } else if (margin !== undefined) {
    countAccepted(margin, tally, doubtAbout(state, node, ballot))
    const place = state.graph.worker[node] as number
    noteDoubtful(state, { node, place, tally, error: doubtOf(margin.mix, tally).error })
  }
  worker.succeeded -= ballot.votes - tally.leader
  worker.wrong += ballot.votes - tally.leader
  if (ballot.firstKey === ballot.leaderKey) {
    if (state.graph.check[node] === -1) worker.firstSucceeded++
    else state.firstLed.add(node)
  }
  state.answers[node] = ballot.answers.get(ballot.leaderKey)?.answer
  state.ballots.delete(node)
}

/** How much there is to doubt that the subtask's usual answer is right. */
export function doubtAbout(state: RunState, node: number, ballot: Ballot): number {
  // Of what a stronger worker took over, the samples are not only its own.
  const samples = state.escalated.has(node) ? ballot.votes : (state.samples[node] as number)
  return usualDoubt({ leader: tallyOf(ballot).leader, answers: ballot.answers.size, samples })
}

/**
 * The vote ends without a winner. Its answers are wrong where that is why, as with no majority; what a run that was
 * cancelled, or a failure of another kind, left undecided nobody has judged.
 */
export function abandonBallot(state: RunState, node: number, areWrong: boolean): void {
  const ballot = state.ballots.get(node)
  if (ballot === undefined) return
  const worker = state.tallies[state.graph.worker[node] as number] as WorkerTally
  const margin = marginOf(state, node)
  if (margin !== undefined) countAbandoned(margin, tallyOf(ballot))
  if (areWrong) {
    worker.succeeded -= ballot.votes
    worker.wrong += ballot.votes
  }
  state.ballots.delete(node)
}

/** Those that waited for others are to be decided on again. */
export function resumeVotes(state: RunState): void {
  if (!moreToCome(state)) for (const margin of state.margins) if (margin !== undefined) refit(margin)
  for (const node of state.aside) {
    const ballot = state.ballots.get(node)
    if (ballot === undefined || state.status[node] !== status.candidate) continue
    ballot.waited = true
    state.todo.push(node)
  }
  state.aside = []
}

/**
 * Whether votes will come in though those that wait are not asked again: attempts are in flight, or may start. A host
 * that has many slots may have none in flight for a moment with much to start.
 */
export function moreToCome(state: RunState): boolean {
  return state.inFlight.size > 0 || state.ready.some((heap) => heap.size > 0)
}

export function marginOf(state: RunState, node: number): AutoMargin | undefined {
  return state.margins[state.graph.worker[node] as number]
}
