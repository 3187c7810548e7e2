import type { Tally } from '../reliability/mix.ts'
import { tallyOf } from './ballot.ts'
import { factsOf, policyOf, type RunState } from './state.ts'

const noVotes: Tally = { leader: 0, runnerUp: 0 }

/**
 * How many attempts of the node are to be in flight together: as many votes as it is certain to take before it is
 * decided, and as many to spare as its policy says; never more than the limit of votes leaves.
 */
export function wantedAtOnce(state: RunState, node: number): number {
  const { vote, escalate } = policyOf(state, node)
  if (vote === null || vote.atOnce === 1 || state.graph.isCheck[node] === 1) return 1
  if (factsOf(state, node)?.effects === 'once') return 1
  const ballot = state.ballots.get(node)
  const left = vote.maxVotes - (ballot?.votes ?? 0)
  const dissent = escalate?.dissent ?? Number.POSITIVE_INFINITY
  const tally = tallyOf(ballot)
  const certain = certainVotes(vote.margin, tally, dissent - ((ballot?.votes ?? 0) - tally.leader))
  if (vote.atOnce === 'needed') return Math.max(1, Math.min(left, certain))
  // What is more than is needed at first stays to spare, and is not asked for anew with every vote.
  const spare = Math.max(0, vote.atOnce - certainVotes(vote.margin, noVotes, dissent))
  return Math.max(1, Math.min(left, vote.atOnce, certain + spare))
}

/** How many more votes there are to be at least, whatever they say, where so many that dissent end the vote. */
function certainVotes(margin: 'auto' | number, { leader, runnerUp }: Tally, dissent: number): number {
  const toLead = margin === 'auto' ? 1 : margin - (leader - runnerUp)
  // The first vote has nobody to dissent from.
  return Math.min(toLead, leader === 0 ? dissent + 1 : dissent)
}
