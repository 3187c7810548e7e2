import type { Engine, RunReport, StartOptions } from 'kilostep'
import type { Sheet } from './ledger.ts'
import { digitId, digitOf, type LedgerWorkers, ledgerPlan, rowId } from './plan.ts'
import type { DigitRead, LedgerSum } from './workers.ts'

/** What a run made of one row. */
export type RowOutcome = {
  /** The digits of the first reads. */
  readonly first: readonly number[]
  /** The digits that were accepted, or the last reads where none were. */
  readonly last: readonly number[]
  /** The digits of the last reads of those that made any: what the check may have taken otherwise. */
  readonly read: readonly number[]
  /** What the run says that the row may be wrong by; null where nothing says. */
  readonly error: number | null
  /** Whether the row counts: its check accepted it, or there was none. */
  readonly accepted: boolean
  /** How often its check rejected it. */
  readonly rejections: number
  /** Reads of all its digits together. */
  readonly reads: number
}

/** What a run made of a ledger. No label had a part in it. */
export type LedgerOutcome = {
  readonly rows: readonly RowOutcome[]
  readonly sum: LedgerSum
  readonly report: RunReport
}

type RowSoFar = {
  first: number[]
  last: number[]
  read: number[]
  error: number | null
  accepted: boolean
  rejections: number
  reads: number
}

/** Runs one ledger through the engine and gathers what is shown and scored afterwards from the run's events. */
export const readLedger = async (options: {
  readonly engine: Engine
  readonly workers: LedgerWorkers
  readonly sheet: Sheet
  readonly checked: boolean
  readonly start: StartOptions
}): Promise<LedgerOutcome> => {
  const { engine, workers, sheet, checked, start } = options
  const rows = sheet.rows.map(
    (): RowSoFar => ({
      first: [],
      last: [],
      read: [],
      error: null,
      accepted: false,
      rejections: 0,
      reads: 0,
    }),
  )
  const rowOfCheck = new Map(rows.map((row, index) => [rowId(index), row]))
  const run = engine.start(ledgerPlan(sheet, workers, checked), start)
  run.on('attempt-succeeded', ({ subtask, answer }) => {
    const at = digitOf(subtask)
    const row = at === undefined ? undefined : rows[at.row]
    if (at === undefined || row === undefined) return
    const { digit } = answer as DigitRead
    row.last[at.place] = digit
    row.read[at.place] = digit
    row.first[at.place] ??= digit
    row.reads++
  })
  run.on('check-rejected', ({ subtask }) => {
    const row = rowOfCheck.get(subtask)
    if (row !== undefined) row.rejections++
  })
  run.on('check-accepted', ({ subtask, error }) => {
    const row = rowOfCheck.get(subtask)
    if (row !== undefined && error !== undefined) row.error = error
  })
  const { report } = await run.result
  rows.forEach((row, index) => {
    const answers = sheet.rows[index]?.map((_, place) => run.answer(digitId(index, place)))
    row.accepted = answers?.every((answer) => answer !== undefined) ?? false
    if (row.accepted) row.last = answers?.map((answer) => (answer as DigitRead).digit) ?? []
  })
  return { rows, sum: run.answer('sum') as LedgerSum, report }
}
