import { replay, runReport } from '@kilostep/core'
import type { JournalEvent, Run } from 'kilostep'
import type { Observer } from './observer.ts'

/** The journal must tell the same as the run that ended. */
export function compareEnd(
  run: Run,
  report: string,
  events: readonly JournalEvent[],
  observer: Observer,
): void {
  const state = replay(events)
  if (state.phase !== 'finished')
    observer.breach(1, 'The run has told its end, and the journal does not have it.')
  const told = runReport(state)
  const replayed = JSON.stringify(told)
  if (replayed !== report)
    observer.breach(11, `Replayed, the report is ${firstDifference(replayed, report)}.`)
  const { started, succeeded, transport, flagged, wrong, cancelled } = told.attempts
  if (started !== observer.started || started !== succeeded + transport + flagged + wrong + cancelled)
    observer.breach(11, `The report counts ${started} attempts, and ${observer.started} have started.`)
  for (const [subtask, answer] of observer.accepted()) {
    if (JSON.stringify(run.answer(subtask)) !== answer)
      observer.breach(
        2,
        `The answer of ${subtask} is ${JSON.stringify(run.answer(subtask))}, and ${answer} was accepted.`,
      )
  }
}

function firstDifference(a: string, b: string): string {
  let at = 0
  while (at < a.length && a[at] === b[at]) at++
  return `"…${a.slice(Math.max(0, at - 40), at + 40)}…" in place of "…${b.slice(Math.max(0, at - 40), at + 40)}…"`
}
