import type { Tally } from '../reliability/mix.ts'
import type { RunState } from './state.ts'

/** An accepted answer that is in doubt: by its votes, or by the check that took it (no votes, no worker). */
export interface Doubtful {
  readonly node: number
  /** The place of the worker that was voted on, or -1. */
  readonly place: number
  readonly tally: Tally
  /** The probability that it is wrong, as it was judged when it was accepted. */
  readonly error: number
}

/** As many as a report may show, some to spare: what is thought of them changes while the run learns. */
const mostKept = 40

/** Keeps the most doubtful ones of a run, so that a million subtasks cost no more than forty. */
export function noteDoubtful(state: RunState, doubtful: Doubtful): void {
  const list = state.doubtful
  const last = list[list.length - 1]
  if (list.length >= mostKept && last !== undefined && doubtful.error <= last.error) return
  let at = list.length
  while (at > 0 && (list[at - 1] as Doubtful).error < doubtful.error) at--
  list.splice(at, 0, doubtful)
  if (list.length > mostKept) list.pop()
}
