import { isMoot, type JournalEvent, type RunState } from '@kilostep/core'
import type { Flight } from './flight.ts'

/** Whether attempts in flight are to stop because their run does; a budget that is used up lets them end. */
export function isHalting({ phase, stop }: RunState): boolean {
  return (phase === 'stopping' || phase === 'finished') && stop !== undefined && stop.reason !== 'budget'
}

/** The attempts in flight that nothing waits for any more, now that this has happened. */
export function needless(
  state: RunState,
  event: JournalEvent,
  flights: Iterable<Flight> & { readonly size: number },
): readonly Flight[] {
  if (flights.size === 0 || !('node' in event)) return none
  const { node } = event
  if (!endsUnasked(event) && !(state.abreast.size > 0 && state.abreast.has(node))) return none
  const found: Flight[] = []
  for (const flight of flights)
    if (flight.node === node && !flight.reported && isMoot(state, node, flight.attempt)) found.push(flight)
  return found
}

const none: readonly Flight[] = []

/** Whether the event ends its subtask over the head of an attempt that may be in flight: its check has failed. */
function endsUnasked(event: JournalEvent): boolean {
  return (
    event.type === 'subtask-failed' || (event.type === 'subtask-succeeded' && event.fallback !== undefined)
  )
}
