import { type RunState, status } from '@kilostep/core'

/** Where a run stands, in counts of subtasks and attempts. */
export interface RunProgress {
  readonly phase: RunState['phase']
  readonly planned: number
  readonly ended: number
  readonly succeeded: number
  readonly failed: number
  readonly skipped: number
  readonly cancelled: number
  /** Waiting for the time of a retry. */
  readonly waiting: number
  /** Waiting for somebody outside to decide. */
  readonly held: number
  readonly inFlight: number
  readonly stuck: number
  readonly attempts: number
  readonly retries: number
}

/** Counts a run's subtasks and attempts; costs the same whatever the size of the plan. */
export function progressOf(state: RunState): RunProgress {
  const { subtaskCounts: count, held, inFlight, stuck, phase, tallies } = state
  const at = (code: number): number => count[code] as number
  const planned = count.reduce((sum, one) => sum + one, 0)
  const ended =
    at(status.succeeded) +
    at(status.failed) +
    at(status.skipped) +
    at(status.cancelled) +
    at(status.superseded)
  return {
    phase,
    planned,
    ended,
    succeeded: at(status.succeeded),
    failed: at(status.failed),
    skipped: at(status.skipped),
    cancelled: at(status.cancelled),
    waiting: at(status.waiting),
    held: held.size,
    inFlight: inFlight.size,
    stuck: stuck.size,
    attempts: tallies.reduce((sum, tally) => sum + tally.started, 0),
    retries: tallies.reduce((sum, tally) => sum + tally.started - tally.attempted, 0),
  }
}
