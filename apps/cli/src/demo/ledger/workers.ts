import { defineWorker, type PolicyOptions } from 'kilostep'
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
  /** What else it may be, each with its probability. Only of a reader that states them. */
  readonly others?: readonly (readonly [digit: number, probability: number])[]
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

/** Less than this is not worth writing down. */
const LEAST_STATED = 0.000_001
/** Probabilities are cut off here, so that they never add up to more than 1. */
const PARTS = 1e6

/**
 * The same, but it also states how sure it is of the digit and what else it may be: so that the policies can doubt it,
 * and a check can combine what it considered.
 */
export const statingDigitWorker = (options: {
  readonly name: string
  readonly images: ImagePool
  readonly reader: Reader
  readonly policy?: PolicyOptions
}) => {
  const { name, images, reader, policy } = options
  const cut = (probability: number) => Math.floor(probability * PARTS) / PARTS
  return defineWorker<{ readonly image: number }, DigitRead>({
    name,
    effects: 'none',
    ...(policy && { policy }),
    run: ({ image }, { idempotencyKey }) => {
      const reading = reader(images.image(image), seedFromText(`${name}/${idempotencyKey}`))
      const { digit, confidence, probabilities } = reading
      const others = probabilities
        .map((probability, other) => [other, cut(probability)] as const)
        .filter(([other, probability]) => other !== digit && probability >= LEAST_STATED)
      return { digit, confidence: cut(confidence), others }
    },
    key: ({ digit }) => String(digit),
    confidence: ({ confidence }) => confidence,
    alternatives: ({ others = [] }) =>
      others.map(([digit, confidence]) => ({ answer: { digit, confidence }, confidence })),
  })
}

/** Accepts a row whose check digits fit, and says no more of one where they do not. */
export const plainRowCheckWorker = (policy: PolicyOptions) =>
  defineWorker<RowReads, true | string>({
    name: 'row-check',
    effects: 'none',
    policy,
    run: ({ reads }) => passesCheck(reads.map(({ digit }) => digit)) || 'The check digits do not fit.',
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
