import { type RunState, status } from '../run/state.ts'
import type { RunReport } from './report.ts'

const mostAttempts = 30
const bins = 60

/** How many subtasks and checks had so many attempts; those with very many are in the last line together. */
export function attemptsEachOf(state: RunState): RunReport['attemptsEach'] {
  const lines = new Map<number, number>()
  for (let node = 0; node < state.graph.size; node++) {
    const attempts = Math.min(mostAttempts, state.attempts[node] as number)
    if (attempts > 0) lines.set(attempts, (lines.get(attempts) ?? 0) + 1)
  }
  return [...lines].sort(([a], [b]) => a - b).map(([attempts, subtasks]) => ({ attempts, subtasks }))
}

/** When subtasks and checks ended, in 60 equal parts of the time from start to last end. */
export function timelineOf(state: RunState): RunReport['timeline'] {
  let last = state.startedAt
  for (let node = 0; node < state.graph.size; node++) last = Math.max(last, state.ended[node] as number)
  const binMs = Math.max(1, (last - state.startedAt) / bins)
  const succeeded = new Array<number>(bins).fill(0)
  const failed = new Array<number>(bins).fill(0)
  for (let node = 0; node < state.graph.size; node++) {
    const at = state.status[node]
    if (at !== status.succeeded && at !== status.failed) continue
    const bin = Math.min(bins - 1, Math.floor(((state.ended[node] as number) - state.startedAt) / binMs))
    const list = at === status.succeeded ? succeeded : failed
    list[Math.max(0, bin)] = (list[Math.max(0, bin)] ?? 0) + 1
  }
  return { binMs, succeeded, failed }
}
