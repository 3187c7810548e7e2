import type { JournalEvent, RunState } from '@kilostep/core'
import { idOf, KilostepError } from '@kilostep/core'
import { failureOf } from './failure.ts'
import type { Worker } from './worker.ts'

/** Undoes a run's subtasks, last first and one at a time, and goes on past an undo that fails. */
export async function rollBack(
  state: RunState,
  worker: (name: string) => Worker,
  commit: (event: JournalEvent) => void,
  now: () => number,
): Promise<{ readonly undone: number; readonly failed: number }> {
  let undone = 0
  let failed = 0
  for (const node of [...state.undoable].reverse()) {
    const subtask = idOf(state.graph, node)
    commit({ type: 'undo-started', at: now(), node })
    try {
      const { undo } = worker(state.graph.workers[state.graph.worker[node] as number] as string)
      await undo?.(state.answers[node], { run: state.run, subtask })
      commit({ type: 'undo-succeeded', at: now(), node })
      undone++
    } catch (error) {
      commit({ type: 'undo-failed', at: now(), node, message: failureOf(error).message })
      failed++
    }
  }
  commit({ type: 'run-rolled-back', at: now(), undone, failed })
  return { undone, failed }
}

/** @throws KilostepError `still-running`. */
export function requireEnded({ phase, run }: RunState): void {
  if (phase === 'finished') return
  throw new KilostepError(
    'still-running',
    `Run ${run} has not ended. Cancel it or await its result before rolling it back.`,
  )
}
