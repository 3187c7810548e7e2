import { idOf, nodeOf, quote, type RunState, status } from '@kilostep/core'

/** Why a subtask of a run that has ended has no answer; undefined where it has one. */
export function reasonOf(state: RunState, subtask: string): string | undefined {
  const node = nodeOf(state.graph, subtask)
  if (node === undefined) return `There is no ${quote(subtask)}.`
  if (state.status[node] === status.succeeded) return undefined
  // What was skipped leads back to what failed.
  let at = node
  while (!state.failures.has(at) && (state.cause[at] ?? -1) !== -1) at = state.cause[at] as number
  const failure = state.failures.get(at)
  if (failure === undefined) return state.stop?.message ?? `${quote(subtask)} was skipped.`
  return at === node ? failure.message : `${quote(idOf(state.graph, at))} failed: ${failure.message}`
}
