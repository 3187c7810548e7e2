import { tallyHistory } from '../reliability/auto-margin.ts'
import { type TallyCount, tallyKey } from '../reliability/mix.ts'
import { addLatencies, latencyLines } from '../run/latency.ts'
import type { RunOptions } from '../run/options.ts'
import type { RunState } from '../run/state.ts'

/** What is known of workers, by name. */
export type WorkerRecord = NonNullable<RunOptions['record']>

/**
 * What is known of the run's workers when it stands as it does: the record that it was given, with how its own votes
 * went added. Hand it to the next run of the same workers, and that starts warm.
 */
export function recordOf(state: RunState): WorkerRecord {
  const record: WorkerRecord = { ...state.options.record }
  for (const [place, margin] of state.margins.entries()) {
    if (margin === undefined) continue
    const name = state.graph.workers[place] as string
    const votes = addUp([...(record[name]?.votes ?? []), ...tallyHistory(margin)])
    if (votes.length > 0) record[name] = { ...record[name], votes }
  }
  for (const [place, { answered }] of state.tallies.entries()) {
    const name = state.graph.workers[place] as string
    const latencies = addLatencies(record[name]?.latencies ?? [], latencyLines(answered))
    if (latencies.length > 0) record[name] = { ...record[name], latencies }
  }
  return record
}

function addUp(lines: readonly TallyCount[]): TallyCount[] {
  const total = new Map<number, TallyCount>()
  for (const line of lines) {
    const key = tallyKey(line)
    total.set(key, { ...line, subtasks: line.subtasks + (total.get(key)?.subtasks ?? 0) })
  }
  return [...total.entries()].sort(([a], [b]) => a - b).map(([, line]) => line)
}
