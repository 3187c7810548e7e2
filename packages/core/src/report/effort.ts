import { learnedMix } from '../reliability/auto-margin.ts'
import { voteBound } from '../reliability/stopping.ts'
import { policyOf, type RunState, status } from '../run/state.ts'
import type { RunReport } from './report.ts'

/** How many subtasks were accepted in which way; one may be counted more than once. */
export function handledOf(state: RunState): RunReport['handled'] {
  const handled = { verified: 0, voted: 0, checked: 0, escalated: 0, audited: 0 }
  for (let node = 0; node < state.graph.size; node++) {
    if (state.status[node] !== status.succeeded || state.graph.isCheck[node] === 1) continue
    if ((state.attempts[node] as number) === 0 || state.failures.has(node)) continue
    const { vote, verify } = policyOf(state, node)
    if (verify?.by != null || state.facts[state.graph.worker[node] as number]?.verified === true)
      handled.verified++
    if (vote !== null) handled.voted++
    if (state.graph.check[node] !== -1) handled.checked++
    if (state.escalated.has(node)) handled.escalated++
    if (state.audited.has(node)) handled.audited++
  }
  return handled
}

/** Over this many votes a subtask no bound is sought: it takes a second. */
const mostVotes = 300
/** The least share of a rate that counts where there are few subtasks; one of the thirteen rates always has more. */
const hardlyAny = 0.02
/** Under this many votes the mix that was learned says too little. */
const leastVotes = 50

/**
 * Votes beside the fewest with which anything could reach the target, knowing how hard the subtasks are: as far as this
 * run has learned that. Null where nothing was voted on, or too little to tell.
 */
export function boundOf(state: RunState): RunReport['bound'] {
  let votes = 0
  let least = 0
  for (const margin of state.margins) {
    if (margin === undefined || margin.votes < leastVotes || margin.done === 0) continue
    const mix = learnedMix(margin)
      // What would be less than half a subtask is not there; of a few subtasks, what is hardly likely.
      .filter(({ share }) => share >= Math.min(hardlyAny, 0.5 / margin.subtasks))
      .map(({ rate, share }) => ({ rate, weight: share }))
    // Of very few subtasks it is not known how hard any of them is.
    if (mix.length === 0) return null
    const { subtasks, target } = margin
    const bound = voteBound({ subtasks, target, mix, maxVotes: mostVotes })
    if (bound === null) return null
    votes += margin.votes
    least += bound * margin.done
  }
  return least === 0 ? null : { votes, least: Math.round(least), ratio: votes / least }
}
