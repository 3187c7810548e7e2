import { definePlan, type Worker } from 'kilostep'
import type { Sheet } from './ledger.ts'
import type { DigitRead, LedgerReads, LedgerSum, RowReads } from './workers.ts'

/** The workers that a ledger's plan names. */
export type LedgerWorkers = {
  readonly read: Worker<{ readonly image: number }, DigitRead>
  readonly check: Worker<RowReads>
  readonly sum: Worker<LedgerReads, LedgerSum>
  /** Those that others escalate to. */
  readonly more?: readonly Worker[]
}

/** The id of the subtask that reads a digit; rows and places count from 0, ids from 1. */
export const digitId = (row: number, place: number): string => `row-${row + 1}.digit-${place + 1}`

/** The id of a row's check. */
export const rowId = (row: number): string => `row-${row + 1}`

/** Row and place that {@link digitId} names; undefined for other ids. */
export const digitOf = (id: string): { readonly row: number; readonly place: number } | undefined => {
  const [, row, place] = /^row-(\d+)\.digit-(\d+)$/.exec(id) ?? []
  return row === undefined || place === undefined
    ? undefined
    : { row: Number(row) - 1, place: Number(place) - 1 }
}

/**
 * A ledger as a plan: one subtask a digit, one check a row, and the sum. Until a row's check accepts, its digits are
 * candidates and nothing uses them; the sum takes `null` for what could not be read, so that it can say so.
 *
 * @param checked without it there are no checks, and the first read of each digit counts.
 */
export const ledgerPlan = (sheet: Sheet, workers: LedgerWorkers, checked: boolean) =>
  definePlan(
    'ledger',
    (p) => {
      const rows = sheet.rows.map((images, row) => {
        const digits = images.map((image, place) =>
          p.subtask(workers.read, { image }, { id: digitId(row, place) }),
        )
        const ids = digits.map(({ id }) => id)
        if (checked) p.check(workers.check, digits, { id: rowId(row), input: { reads: digits, ids } })
        return digits.map((digit) => digit.or(null))
      })
      return p.subtask(workers.sum, { rows }, { id: 'sum' })
    },
    workers.more,
  )
