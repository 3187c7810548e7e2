import type { Truth } from './ledger.ts'
import type { LedgerOutcome } from './trial.ts'

/** What a run of a ledger got right, held against the labels after it has ended. */
export type Score = {
  /** Every digit of every row is accepted and right, and so is the sum. */
  readonly allRight: boolean
  /** Rows accepted and right, accepted and wrong (nobody would notice), and reported as unreadable. */
  readonly rows: { readonly right: number; readonly silentlyWrong: number; readonly reported: number }
  /** First reads that were right, of how many. */
  readonly first: { readonly right: number; readonly of: number }
}

export const scoreLedger = ({ rows, sum }: LedgerOutcome, truth: Truth): Score => {
  const counts = { right: 0, silentlyWrong: 0, reported: 0 }
  const first = { right: 0, of: 0 }
  rows.forEach((row, index) => {
    const written = truth.rows[index] ?? []
    const isRight = written.every((digit, place) => row.last[place] === digit)
    if (!row.accepted) counts.reported++
    else if (isRight) counts.right++
    else counts.silentlyWrong++
    first.of += written.length
    first.right += written.filter((digit, place) => row.first[place] === digit).length
  })
  const allRight = counts.right === truth.rows.length && sum.missing === 0 && sum.total === truth.total
  return { allRight, rows: counts, first }
}
