import { addRecords } from '../prediction/add-records.ts'
import { tallyHistory } from '../reliability/auto-margin.ts'
import type { AuditTally } from '../run/audit.ts'
import { latencyLines } from '../run/latency.ts'
import type { RunOptions } from '../run/options.ts'
import type { RunState } from '../run/state.ts'
import type { WorkerTally } from '../run/tally.ts'

/** What is known of workers, by name. */
export type WorkerRecord = NonNullable<RunOptions['record']>

/**
 * What is known of the run's workers when it stands as it does: the record that it was given, with what it learned
 * added. Hand it to the next run of the same workers, and that starts warm.
 */
export function recordOf(state: RunState): WorkerRecord {
  return addRecords(state.options.record ?? {}, learnedOf(state))
}

/** What the run itself learned of its workers: how their votes went, and what their attempts were like. */
export function learnedOf(state: RunState): WorkerRecord {
  const entries: [string, WorkerRecord[string]][] = []
  for (const [place, name] of state.graph.workers.entries()) {
    const margin = state.margins[place]
    const votes = margin === undefined ? [] : tallyHistory(margin)
    const tally = state.tallies[place]
    const attempts = attemptsOf(tally)
    const latencies = tally === undefined ? [] : latencyLines(tally.answered)
    const audits = auditsOf(state.audits.get(place))
    if (votes.length + latencies.length === 0 && attempts === undefined && audits === undefined) continue
    entries.push([
      name,
      {
        ...(votes.length > 0 && { votes: [...votes] }),
        ...(attempts !== undefined && { attempts }),
        ...(latencies.length > 0 && { latencies }),
        ...(audits !== undefined && { audits }),
      },
    ])
  }
  return Object.fromEntries(entries)
}

function auditsOf(found: AuditTally | undefined): WorkerRecord[string]['audits'] {
  const of = (found?.right ?? 0) + (found?.wrong ?? 0)
  return found === undefined || of === 0 ? undefined : { right: found.right, of }
}

function attemptsOf(tally: WorkerTally | undefined): WorkerRecord[string]['attempts'] {
  if (tally === undefined) return undefined
  const { succeeded, transport, flagged, wrong, cancelled, totalMs, usd, tokens } = tally
  // Those that were cancelled tell nothing of how often one fails.
  const ended = succeeded + transport + flagged + wrong
  if (ended === 0) return undefined
  const all = ended + cancelled
  return { started: ended, transport, flagged, meanMs: totalMs / all, usd: usd / all, tokens: tokens / all }
}
