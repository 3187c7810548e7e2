import {
  KilostepError,
  lateCount,
  nextLateAt,
  openCount,
  quote,
  type RunState,
  status,
  wakeAt,
} from '@kilostep/core'
import type { Crew } from './crew.ts'
import type { Flight } from './flight.ts'

/** Whether time alone can let another attempt of the run start, or end it. Asked at every attempt. */
export function isTimed({ options, subtaskCounts, checkCounts, hedgeable }: RunState, crew: Crew): boolean {
  if (options.timeoutMs !== undefined || crew.rated || hedgeable.size > 0) return true
  return subtaskCounts[status.waiting] !== 0 || checkCounts[status.waiting] !== 0
}

/**
 * When time lets another attempt of the run start, or the run is out of it: ms since 1970, after `at`, by the engine's
 * clock. The run's own time is that far ahead of it.
 */
export function nextStartAt(state: RunState, crew: Crew, at: number, aheadMs: number): number {
  if (state.phase === 'stopping' || state.phase === 'finished') return Number.POSITIVE_INFINITY
  const { timeoutMs } = state.options
  const next = timeoutMs === undefined ? Number.POSITIVE_INFINITY : state.startedAt + timeoutMs - aheadMs
  if (state.phase === 'paused') return next
  const its = at + aheadMs
  return Math.min(next, wakeAt(state, its) - aheadMs, nextLateAt(state, its) - aheadMs, crew.opensAt(at))
}

/** What is told of a run that is out of time. Asked before each attempt too: a slot may come before its timer. */
export function outOfTime({ options, startedAt }: RunState, at: number): string | undefined {
  const { timeoutMs } = options
  if (timeoutMs === undefined || at < startedAt + timeoutMs) return undefined
  return `The run was not done within its ${timeoutMs} ms.`
}

/**
 * How many attempts could start at the run's time `at` if there were slots: subtasks and checks, those that wait for
 * their time among them, and duplicates of what is late.
 */
export function startable(state: RunState, at: number): number {
  if (state.phase !== 'running') return 0
  let ready = lateCount(state, at)
  for (const heap of state.ready) ready += heap.size
  if (state.subtaskCounts[status.waiting] !== 0 || state.checkCounts[status.waiting] !== 0) {
    for (const heap of state.waiting) ready += heap.size
  }
  return ready
}

/** Attempts that are out of time are told to stop, and given up where they do not. */
export function stopOverdue(flights: Iterable<Flight>, at: number): void {
  for (const flight of flights) {
    if (at < flight.deadline) continue
    if (flight.reported) flight.deadline = Number.POSITIVE_INFINITY
    else if (flight.stopCause !== undefined) {
      flight.deadline = Number.POSITIVE_INFINITY
      flight.giveUp()
    } else flight.stop(at >= flight.timeoutAt ? 'timeout' : 'idle', at)
  }
}

/** Whether nothing is under way but what does not stop, and nothing waits for a time or to be resumed. */
export function onlyStuck(state: RunState, at: number): boolean {
  if (state.phase !== 'running' || state.inFlight.size > 0 || state.held.size > 0) return false
  return wakeAt(state, at) === Number.POSITIVE_INFINITY
}

/** What is told of a run that can never go on: something is open, and nothing is under way or ready that leads to it. */
export function stalled(state: RunState): KilostepError | undefined {
  if (state.phase !== 'running' || state.inFlight.size > 0 || state.held.size > 0) return undefined
  if (startable(state, 0) > 0 || openCount(state) === 0) return undefined
  return new KilostepError(
    'stalled',
    `Run ${quote(state.run)} is not done, and nothing in it can ever start. Its journal was cut in the midst of an append, or this is a bug in Kilostep.`,
  )
}
