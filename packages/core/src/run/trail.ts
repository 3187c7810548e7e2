import { resized } from '../plan/graph.ts'
import type { JournalEvent } from './events.ts'
import { type RunState, status } from './state.ts'

/**
 * How a run stood after each of its events, as a number each: where a journal that is folded again stands otherwise,
 * the first number that differs says which event made it so.
 */
export interface Trail {
  length: number
  marks: Uint32Array
}

export function emptyTrail(): Trail {
  return { length: 0, marks: new Uint32Array(64) }
}

/** Notes how the run stands now that the event has been folded. */
export function mark(trail: Trail, state: RunState, event: JournalEvent): void {
  if (trail.length === trail.marks.length) trail.marks = resized(trail.marks, trail.length * 2)
  trail.marks[trail.length++] = markOf(state, event)
}

/** The marks that were made, without the room for more. */
export function marksOf(trail: Trail): Uint32Array {
  return trail.marks.slice(0, trail.length)
}

/**
 * FNV-1a over what a report is made of, as far as it can be had without a look at more than one node. These numbers are
 * stored: what is mixed here stays as it is, or no older run could be replayed with an event to name.
 */
function markOf(state: RunState, event: JournalEvent): number {
  const { node = -1, attempt = 0 } = event as { readonly node?: number; readonly attempt?: number }
  let hash = 0x811c9dc5
  hash = mixed(hash, event.type.length)
  hash = mixed(hash, event.type.charCodeAt(event.type.length - 5))
  hash = mixed(hash, event.at % 4_294_967_296)
  hash = mixed(hash, node)
  hash = mixed(hash, attempt)
  if (node >= 0 && node < state.graph.size) {
    hash = mixed(hash, state.status[node] as number)
    hash = mixed(hash, state.attempts[node] as number)
    hash = mixed(hash, state.samples[node] as number)
    hash = mixed(hash, state.transport[node] as number)
    hash = mixed(hash, state.flagged[node] as number)
    hash = mixed(hash, state.wrong[node] as number)
    hash = mixed(hash, state.graph.worker[node] as number)
  }
  hash = mixed(hash, state.graph.size)
  hash = mixed(hash, state.inFlight.size)
  hash = mixed(hash, state.ballots.size)
  hash = mixed(hash, state.held.size)
  for (let code = status.blocked; code <= status.cancelled; code++) {
    hash = mixed(hash, state.subtaskCounts[code] as number)
    hash = mixed(hash, state.checkCounts[code] as number)
  }
  if (state.spent.usd !== 0) hash = mixed(hash, state.spent.usd * 1_000_000)
  if (state.spent.tokens !== 0) hash = mixed(hash, state.spent.tokens)
  return hash >>> 0
}

function mixed(hash: number, value: number): number {
  return Math.imul(hash ^ (value | 0), 0x01000193)
}
