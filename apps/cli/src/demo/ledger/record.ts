import { readFileSync } from 'node:fs'
import type { RunOptions } from 'kilostep'

/**
 * What is known of the reader and of the row's check before a run, measured on the validation pool by
 * training/measure-record.ts. It holds nothing of the test pool.
 */
export const loadRecord = (towardsTarget = false): NonNullable<RunOptions['record']> => {
  const name = towardsTarget ? 'target-record.json' : 'record.json'
  const file = readFileSync(new URL(`../../../assets/${name}`, import.meta.url), 'utf8')
  return (JSON.parse(file) as { record: NonNullable<RunOptions['record']> }).record
}
