import { idOf } from '../plan/graph.ts'
import { doubtOf } from '../reliability/mix.ts'
import { type RunState, status } from '../run/state.ts'
import type { SuccessReport } from './report.ts'

const shown = 10

/**
 * The subtasks that hold this run back, weakest first: those that did not succeed, then those whose accepted answers
 * are most in doubt. What a perfect one would add is T/p − T, its share of what is lost ln p / ln T.
 *
 * @param reached the compound success, had every subtask succeeded.
 */
export function weakestSubtasks(state: RunState, reached: number): SuccessReport['weakestSubtasks'] {
  const list: SuccessReport['weakestSubtasks'] = []
  const audited = [...state.foundWrong.keys()]
  const failed = [...state.failures.keys()].filter((node) => state.status[node] === status.failed)
  const lost = [...new Set([...audited, ...failed])]
  for (const node of lost) {
    if (list.length === shown) return list
    const why = state.foundWrong.has(node) ? 'an audit found it wrong' : 'it failed'
    // Only where it is the one thing that is wrong does mending it alone help.
    const gain = lost.length === 1 ? reached : 0
    list.push({ subtask: idOf(state.graph, node), why, error: 1, gain, share: 1 / lost.length })
  }
  if (lost.length > 0) return list
  const all = reached > 0 && reached < 1 ? -Math.log(reached) : Number.POSITIVE_INFINITY
  const doubts = state.doubtful.map(({ node, place, tally, error }) => {
    const margin = place === -1 ? undefined : state.margins[place]
    return { node, tally, error: margin === undefined ? error : doubtOf(margin.mix, tally).error }
  })
  for (const { node, tally, error } of doubts.sort((a, b) => b.error - a.error || a.node - b.node)) {
    if (list.length === shown || error <= 0) return list
    const why =
      tally.leader === 0
        ? 'its check took a combination'
        : `its votes stood ${tally.leader} to ${tally.runnerUp}`
    const kept = Math.min(error, 1 - 1e-9)
    const share = Math.min(1, -Math.log1p(-kept) / all)
    list.push({
      subtask: idOf(state.graph, node),
      why,
      error,
      gain: Math.min(1 - reached, reached / (1 - kept) - reached),
      share,
    })
  }
  return list
}
