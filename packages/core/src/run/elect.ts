import { decideVote, mayGoOn, type VoteDecision } from '../reliability/auto-margin.ts'
import { natsPerVote } from '../reliability/mix.ts'
import { isQueued, liveCount } from './abreast.ts'
import { doubtAbout, marginOf, moreToCome, tallyOf } from './ballot.ts'
import type { JournalEvent } from './events.ts'
import { escalation, failForGood, name } from './fail.ts'
import { type Ballot, policyOf, type RunState } from './state.ts'
import { wantedAtOnce } from './wanted.ts'
import { decideWeighed, votesOfVerdicts, weightOfVerdicts } from './weighed.ts'

/** A vote has come in: the leader is accepted, or another vote is asked for, now or when others are decided. */
export function elect(state: RunState, node: number, ballot: Ballot, at: number): readonly JournalEvent[] {
  const { leader, runnerUp } = tallyOf(ballot)
  // There are no more answers to be had but those in flight.
  if (ballot.last && liveCount(state, node) > 0) return [{ type: 'vote-continued', at, node, awaited: true }]
  switch (decision(state, node, ballot)) {
    case 'accept': {
      const { below } = policyOf(state, node).escalate ?? {}
      const sure = (ballot.answers.get(ballot.leaderKey)?.confidence ?? 0) / leader
      if (below != null && sure < below && state.phase !== 'stopping')
        return [escalation(state, node, sure, at)]
      const attempt = ballot.answers.get(ballot.leaderKey)?.attempt as number
      if (state.graph.check[node] !== -1) return [{ type: 'candidate-chosen', at, node, attempt }]
      return [{ type: 'subtask-succeeded', at, node, attempt }]
    }
    case 'wait':
      if (isQueued(state, node) || liveCount(state, node) > 0)
        return [{ type: 'vote-continued', at, node, awaited: true }]
      return [{ type: 'vote-set-aside', at, node }]
    case 'give-up':
    case 'escalate': {
      const message = `No answer of ${name(state, node)} led by enough after ${ballot.votes} votes: ${leader} for one, ${runnerUp} for the next.`
      return failForGood(state, node, { kind: 'wrong', code: 'no-majority', message }, at)
    }
    case 'vote': {
      const enough = isQueued(state, node) || liveCount(state, node) >= wantedAtOnce(state, node)
      return [{ type: 'vote-continued', at, node, ...(enough && { awaited: true }) }]
    }
  }
}

function decision(state: RunState, node: number, ballot: Ballot): VoteDecision {
  const tally = tallyOf(ballot)
  const { vote, escalate } = policyOf(state, node)
  const auto = marginOf(state, node)
  const dissent = escalate?.dissent ?? Number.POSITIVE_INFINITY
  if (ballot.votes - tally.leader >= dissent) return 'escalate'
  const weight = weightOfVerdicts(state, node, ballot)
  if (vote === null || vote.margin !== 'auto' || auto === undefined) {
    const lead = tally.leader - tally.runnerUp
    const more = weight === 1 ? 0 : votesOfVerdicts(state, node, weight)
    // A hair of slack: verdicts that are worth a whole vote are.
    if (lead + more >= ((vote?.margin as number) ?? 1) - 1e-9) return 'accept'
    if (!ballot.last && ballot.votes < (vote?.maxVotes ?? 1)) return 'vote'
    return lead > 0 && vote?.unsettled === 'accept' && escalate === null ? 'accept' : 'give-up'
  }
  const question: Parameters<typeof decideVote>[1] = {
    tally,
    votes: ballot.votes,
    mayWait: !ballot.waited && moreToCome(state),
    doubt: doubtAbout(state, node, ballot),
    last: ballot.last,
    unsettled: vote.unsettled,
    ...(escalate === null ? undefined : { strongerNatsPerVote: natsPerVote(escalate.rate) / escalate.cost }),
  }
  return weight === 1 ? decideVote(auto, question) : decideWeighed(auto, question, weight)
}

/** Whether the subtasks that wait for others may go on: the doubtful are decided, or nothing else is to come. */
export function mayResume(state: RunState): boolean {
  if (state.aside.length === 0) return false
  if (!moreToCome(state)) return true
  return state.margins.every((margin) => margin === undefined || mayGoOn(margin))
}
