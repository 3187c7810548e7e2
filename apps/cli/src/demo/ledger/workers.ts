import { defineWorker } from 'kilostep'
import { passesCheck } from './check.ts'
import { ACCOUNT_DIGITS, rowNumber } from './ledger.ts'
import type { ImagePool } from './pool.ts'
import { seedFromText } from './random.ts'
import type { Reader } from './reader.ts'

/** What one attempt at one digit answers. */
export type DigitRead = {
  /** 0 … 9. */
  readonly digit: number
  /** How sure the reader is, 0.1 … 1; only good for saying which digit of a rejected row to doubt first. */
  readonly confidence: number
}

/** What the check of a row is given: the ten reads, and the ids of the subtasks that made them. */
export type RowReads = {
  readonly reads: readonly DigitRead[]
  readonly ids: readonly string[]
}

/** What the ledger comes to. */
export type LedgerSum = {
  /** Sum of the numbers of the rows that could be read. */
  readonly total: number
  /** How many rows are in it, and how many could not be read. */
  readonly rows: number
  readonly missing: number
}

/** How many digits of a rejected row are read again. On the validation pool two do as well as all ten. */
const SUSPECTS = 2

/**
 * Reads one image, each time under a small perturbation of its own, so that a second look may differ. Which one
 * follows from the idempotency key: a retry after a crash looks the same way again, a new sample does not.
 */
export const readDigitWorker = (images: ImagePool, reader: Reader) =>
  defineWorker<{ readonly image: number }, DigitRead>({
    name: 'read-digit',
    effects: 'none',
    run: ({ image }, { idempotencyKey }) => {
      const { digit, confidence } = reader(images.image(image), seedFromText(idempotencyKey))
      return { digit, confidence }
    },
  })

/** Accepts a row whose check digits fit; otherwise names the digits that the reader was least sure of. */
export const rowCheckWorker = (rounds: number) =>
  defineWorker<RowReads, true | { accept: false; reason: string; suspects: string[] }>({
    name: 'row-check',
    effects: 'none',
    policy: { retry: { wrong: rounds } },
    run: ({ reads, ids }) => {
      if (passesCheck(reads.map(({ digit }) => digit))) return true
      const sure = (place: number) => reads[place]?.confidence ?? 0
      const doubtful = reads.map((_, place) => place).toSorted((a, b) => sure(a) - sure(b))
      return {
        accept: false,
        reason: 'The check digits do not fit.',
        suspects: doubtful.slice(0, SUSPECTS).map((place) => ids[place] as string),
      }
    },
  })

/** The rows of a ledger as read; `null` for a digit whose row was given up. */
export type LedgerReads = { readonly rows: readonly (readonly (DigitRead | null)[])[] }

/** Adds up the rows that could be read, and says how many could not. Checked by adding column by column. */
export const sumWorker = () =>
  defineWorker<LedgerReads, LedgerSum>({
    name: 'sum',
    effects: 'none',
    run: ({ rows }) => {
      const readable = readableRows(rows)
      const total = readable.reduce((sum, digits) => sum + rowNumber(digits), 0)
      return { total, rows: readable.length, missing: rows.length - readable.length }
    },
    verify: ({ total }, { rows }) => {
      const readable = readableRows(rows)
      let columns = 0
      for (let place = 0; place < ACCOUNT_DIGITS; place++) {
        columns = columns * 10 + readable.reduce((sum, digits) => sum + (digits[place] ?? 0), 0)
      }
      return columns === total || `The columns add up to ${columns}, not to ${total}.`
    },
  })

const readableRows = (rows: LedgerReads['rows']): readonly (readonly number[])[] =>
  rows.filter((row) => row.every((read) => read !== null)).map((row) => row.map(({ digit }) => digit))
