import { checkDigits } from './check.ts'
import type { PoolLabels } from './pool.ts'
import { createRandom } from './random.ts'

/** Digits of a row that carry the number. */
export const ACCOUNT_DIGITS = 8

/** Digits of a row: the number and its two check digits. */
export const ROW_DIGITS = ACCOUNT_DIGITS + 2

/** What lies on the table: for each row the pool indices of its ten images. All that a worker may see. */
export type Sheet = {
  readonly rows: readonly (readonly number[])[]
}

/** What is written on the sheet. For scoring alone: no decision may depend on it. */
export type Truth = {
  /** The ten digits of each row, check digits included. */
  readonly rows: readonly (readonly number[])[]
  /** The sum of all numbers (without their check digits). Exact up to 90,071,992 rows. */
  readonly total: number
}

/** The number that a row stands for: its first eight digits, 0 … 99,999,999. */
export const rowNumber = (digits: readonly number[]): number =>
  digits.slice(0, ACCOUNT_DIGITS).reduce((number, digit) => number * 10 + digit, 0)

/**
 * Composes a ledger: random eight-digit numbers, each with its check digits, and for each digit a random
 * image of it, drawn with replacement. The same labels, seed and candidates give the same ledger, and its
 * first rows are the same however many follow.
 *
 * @param rows 1 or more.
 * @param candidates the pool indices to draw from, all by default; one may occur several times, as a
 * bootstrap over images needs. Each of the ten digits must be among them.
 */
export const composeLedger = (options: {
  readonly labels: PoolLabels
  readonly rows: number
  readonly seed: number
  readonly candidates?: readonly number[]
}): { readonly sheet: Sheet; readonly truth: Truth } => {
  const { labels, rows, seed } = options
  if (!Number.isInteger(rows) || rows < 1) throw new RangeError(`A ledger needs 1 row or more, not ${rows}.`)
  const imagesOf = groupByLabel(labels, options.candidates)
  const random = createRandom(seed)
  const below = (limit: number) => Math.floor(random() * limit)

  const written: number[][] = []
  const images: number[][] = []
  for (let row = 0; row < rows; row++) {
    const account = Array.from({ length: ACCOUNT_DIGITS }, () => below(10))
    const digits = [...account, ...checkDigits(account)]
    written.push(digits)
    images.push(
      digits.map((digit) => {
        const choices = imagesOf[digit] as readonly number[]
        return choices[below(choices.length)] as number
      }),
    )
  }
  const total = written.reduce((sum, digits) => sum + rowNumber(digits), 0)
  return { sheet: { rows: images }, truth: { rows: written, total } }
}

const groupByLabel = (labels: PoolLabels, candidates?: readonly number[]): readonly (readonly number[])[] => {
  const groups: number[][] = Array.from({ length: 10 }, () => [])
  const put = (index: number) => {
    const label = labels[index]
    const group = label === undefined ? undefined : groups[label]
    if (group === undefined) throw new RangeError(`Image ${index} has no label from 0 to 9.`)
    group.push(index)
  }
  if (candidates === undefined) for (let index = 0; index < labels.length; index++) put(index)
  else candidates.forEach(put)
  groups.forEach((group, digit) => {
    if (group.length === 0) throw new RangeError(`No image shows the digit ${digit}; a ledger needs all ten.`)
  })
  return groups
}
