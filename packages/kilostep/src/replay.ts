import {
  emptyState,
  emptyTrail,
  evolve,
  type JournalEvent,
  mark,
  type RunReport,
  type RunState,
  runReport,
} from '@kilostep/core'
import type { Journal, KeptReport } from './journal.ts'
import { namedEvent } from './run-events.ts'

/** A field of a report that is not as it was. */
export interface Difference {
  /** Like `subtasks.succeeded`. */
  readonly where: string
  readonly kept: unknown
  readonly now: unknown
}

/** The first event after which a run stands otherwise than it did. */
export interface Divergence {
  /** Its place in the run, from 0. */
  readonly event: number
  /** Undefined where it is not there any more. */
  readonly type: string | undefined
  readonly subtask: string | undefined
  /** In ms since 1970. */
  readonly at: number | undefined
  /** Why it cannot be folded at all, where that is so. */
  readonly problem: string | undefined
}

/** What a replay came to. */
export interface Replay {
  readonly run: string
  /** How many events were folded. */
  readonly events: number
  /** `same`: the report is the one that was kept. `nothing-kept`: there is none to compare with, so far. */
  readonly verdict: 'same' | 'different' | 'nothing-kept'
  /** Where the reports differ, as far as there are at most 50 places. */
  readonly differences: readonly Difference[]
  /** Fields that a newer Kilostep has added to reports; the kept one knows nothing of them. */
  readonly added: readonly string[]
  /** Undefined also where every event does as it did, and only what is made of them is reckoned otherwise now. */
  readonly diverges: Divergence | undefined
  /** The report as it comes out now. */
  readonly report: RunReport
}

const shownDifferences = 50

/**
 * Folds the journal of a run again and compares its report, byte for byte, with the one that was kept when the run
 * ended. Runs nothing and writes nothing; no worker is needed.
 *
 * @throws KilostepError `unknown-run`, and what is wrong with the journal where it cannot be read.
 */
export async function replayRun(journal: Journal, run: string): Promise<Replay> {
  const log = await journal.open(run)
  const kept = await log.kept?.()
  const { state, events, diverges } = await folded(log.read(0), kept)
  const report = runReport(state)
  const text = JSON.stringify(report)
  if (kept === undefined) {
    const problem = diverges?.problem === undefined ? undefined : diverges
    return {
      run,
      events,
      verdict: problem === undefined ? 'nothing-kept' : 'different',
      differences: [],
      added: [],
      diverges: problem,
      report,
    }
  }
  const differences: Difference[] = []
  const added: string[] = []
  if (text !== kept.text) compare(JSON.parse(kept.text), JSON.parse(text), '', differences, added)
  const same = differences.length === 0 && diverges?.problem === undefined && events === kept.events
  return {
    run,
    events,
    verdict: same ? 'same' : 'different',
    differences: differences.slice(0, shownDifferences),
    added,
    diverges: same ? undefined : diverges,
    report,
  }
}

async function folded(
  log: Iterable<JournalEvent> | AsyncIterable<JournalEvent>,
  kept: KeptReport | undefined,
): Promise<{ state: RunState; events: number; diverges: Divergence | undefined }> {
  const state = emptyState()
  const trail = emptyTrail()
  let diverges: Divergence | undefined
  const until = kept?.events ?? Number.POSITIVE_INFINITY
  for await (const event of log) {
    const place = trail.length
    if (place === until) break
    try {
      if ((place === 0) !== (event.type === 'run-started')) throw new Error('it is not where it belongs')
      evolve(state, event)
    } catch (error) {
      diverges ??= divergence(state, event, place, error instanceof Error ? error.message : String(error))
      break
    }
    mark(trail, state, event)
    if (diverges === undefined && kept !== undefined && trail.marks[place] !== kept.trail[place])
      diverges = divergence(state, event, place)
  }
  const events = trail.length
  if (kept !== undefined && events < kept.events && diverges === undefined) {
    const problem = `the report was made of ${kept.events} events, and there are ${events}`
    diverges = { event: events, type: undefined, subtask: undefined, at: undefined, problem }
  }
  return { state, events, diverges }
}

function divergence(state: RunState, event: JournalEvent, place: number, problem?: string): Divergence {
  const named = namedEvent(state, event) as { readonly subtask?: string }
  return { event: place, type: event.type, subtask: named.subtask, at: event.at, problem }
}

/** What is otherwise in `now`; what is only there is new, and what a report says of a list's items counts for all. */
function compare(
  kept: unknown,
  now: unknown,
  where: string,
  differences: Difference[],
  added: string[],
): void {
  if (isRecord(kept) && isRecord(now)) {
    for (const key of new Set([...Object.keys(kept), ...Object.keys(now)])) {
      const at = where === '' ? key : `${where}.${key}`
      if (!Object.hasOwn(kept, key)) {
        const field = at.replaceAll(/\[\d+\]/g, '[]')
        if (!added.includes(field)) added.push(field)
      } else compare(kept[key], now[key], at, differences, added)
    }
    return
  }
  if (Array.isArray(kept) && Array.isArray(now) && kept.length === now.length) {
    for (const [i, item] of kept.entries()) compare(item, now[i], `${where}[${i}]`, differences, added)
    return
  }
  if (JSON.stringify(kept) !== JSON.stringify(now)) differences.push({ where, kept, now })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
