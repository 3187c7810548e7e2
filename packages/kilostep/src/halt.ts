import type { JournalEvent, RunState } from '@kilostep/core'

/** Whether attempts in flight are to stop because their run does; a budget that is used up lets them end. */
export function isHalting({ phase, stop }: RunState): boolean {
  return (phase === 'stopping' || phase === 'finished') && stop !== undefined && stop.reason !== 'budget'
}

/** Whether the event ends its subtask over the head of an attempt that may be in flight: its check has failed. */
export function endsUnasked(event: JournalEvent): event is Extract<JournalEvent, { node: number }> {
  return (
    event.type === 'subtask-failed' || (event.type === 'subtask-succeeded' && event.fallback !== undefined)
  )
}
