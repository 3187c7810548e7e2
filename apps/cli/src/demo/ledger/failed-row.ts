import type { RowOutcome } from './trial.ts'

/** A row that was not read right, and the images that it came from: those that were misread. */
export type FailedRow = { readonly images: readonly number[] }

/**
 * The images that a row failed by; none where it was read right. A check that combines candidates may bend a digit
 * that was read right to make up for one that was not, so it is the reads that tell and not what was accepted.
 */
export const misreadImages = (
  row: Pick<RowOutcome, 'accepted' | 'last' | 'read'>,
  written: readonly number[],
  images: readonly number[],
): readonly number[] => {
  const differ = (digits: readonly number[]) => images.filter((_, place) => digits[place] !== written[place])
  if (row.accepted && differ(row.last).length === 0) return []
  const misread = differ(row.read)
  return misread.length > 0 ? misread : differ(row.last)
}
