import { type AutoMargin, allowance, decideVote, type VoteDecision } from '../reliability/auto-margin.ts'
import { doubtOf, type Tally } from '../reliability/mix.ts'
import { type Ballot, policyOf, type RunState } from './state.ts'

/** How right and wrong answers fare with a verifier. */
export interface VerifierShares {
  readonly acceptsRight: number
  readonly acceptsWrong: number
}

/**
 * The rates by which verdicts on the node's answers are weighed with its votes; undefined where it is not voted on, not
 * verified, or nothing is known of the verifier: its verdicts are then believed.
 */
export function verifierShares(state: RunState, node: number): VerifierShares | undefined {
  const { vote, verify } = policyOf(state, node)
  const place = state.graph.worker[node] as number
  if (vote === null || (verify?.by == null && state.facts[place]?.verified !== true)) return undefined
  if (verify?.rates != null) return verify.rates
  const record = state.options.record?.[verify?.by ?? (state.graph.workers[place] as string)]
  const { acceptsRight, acceptsWrong } = record ?? {}
  if (acceptsRight === undefined || acceptsWrong === undefined || acceptsWrong === 0) return undefined
  return acceptsRight > acceptsWrong && acceptsRight < 1 ? { acceptsRight, acceptsWrong } : undefined
}

/**
 * How many times as likely the verdicts make it that the answer in front is right and the next one wrong: 1 where there
 * are none. A verifier counts once for each answer, however often that was given.
 */
export function weightOfVerdicts(state: RunState, node: number, ballot: Ballot): number {
  const shares = ballot.verdicts === undefined ? undefined : verifierShares(state, node)
  if (shares === undefined) return 1
  const { acceptsRight, acceptsWrong } = shares
  const ratioOf = (key: string | undefined): number => {
    const accepted = key === undefined ? undefined : ballot.verdicts?.get(key)
    if (accepted === undefined) return 1
    return accepted ? acceptsRight / acceptsWrong : (1 - acceptsRight) / (1 - acceptsWrong)
  }
  return ratioOf(ballot.leaderKey) / ratioOf(runnerUpKey(ballot))
}

function runnerUpKey({ answers, leaderKey }: Ballot): string | undefined {
  let best: string | undefined
  let most = 0
  for (const [key, { count }] of answers) {
    if (key === leaderKey || count <= most) continue
    best = key
    most = count
  }
  return best
}

/** The probability that the leader is wrong, its votes and its verdicts together (Bayes). */
export function weighedError(auto: AutoMargin, tally: Tally, weight: number): number {
  const { error } = doubtOf(auto.mix, tally)
  return error / (error + (1 - error) * weight)
}

/** Over this an answer is not taken, not even at the limit. */
const errorMost = 0.2

/** The rule of `margin: 'auto'` where verdicts are weighed with the votes. */
export function decideWeighed(
  auto: AutoMargin,
  question: Parameters<typeof decideVote>[1],
  weight: number,
): VoteDecision {
  const { tally, votes = tally.leader + tally.runnerUp, last = false, unsettled = 'accept' } = question
  const error = weighedError(auto, tally, weight)
  if (tally.leader > 0 && error <= allowance(auto)) return 'accept'
  const limit = last || votes >= auto.maxVotes
  const plain = decideVote(auto, question)
  if (plain === 'escalate') return plain
  if (!limit) return plain === 'wait' ? 'wait' : 'vote'
  return error < errorMost && unsettled === 'accept' ? 'accept' : 'give-up'
}

/** Weight of one vote for a worker of which nothing is known: right nine times in ten. */
const usualRate = 0.9

/** What verdicts are worth in votes, for a margin that is a number. */
export function votesOfVerdicts(state: RunState, node: number, weight: number): number {
  const record = state.options.record?.[state.graph.workers[state.graph.worker[node] as number] as string]
  const { right, of } = record ?? {}
  const rate = right === undefined || of === undefined ? usualRate : (right + usualRate * 10) / (of + 10)
  const held = Math.min(0.999, Math.max(0.55, rate))
  return Math.log(weight) / Math.log(held / (1 - held))
}
