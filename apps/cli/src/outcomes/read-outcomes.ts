import { didYouMean, type Fault, KilostepError, quote, type RecordedOutcome } from '@kilostep/core'
import type { Fields } from './fields.ts'
import { type Row, rowsOf } from './rows.ts'

const longestName = 1_000

/**
 * Outcomes that were recorded elsewhere, as JSON Lines, a JSON list or CSV with a head: each with its case, its trial
 * and whether it passed; what else there is is left alone.
 *
 * @throws KilostepError `invalid-outcomes` with every fault and the line of each.
 */
export function readOutcomes(text: string, file: string, fields: Fields): RecordedOutcome[] {
  const faults: Fault[] = []
  const outcomes: RecordedOutcome[] = []
  const seen = new Map<string, string>()
  const say = (where: string, message: string): void => {
    faults.push({ code: 'outcome', where, message: `${where}: ${message}` })
  }
  for (const row of rowsOf(text)) {
    const { where } = row
    if ('problem' in row) {
      say(where, row.problem)
      continue
    }
    const names = { case: nameOf(row, fields.case, say), trial: nameOf(row, fields.trial, say) }
    const passed = passedOf(row, fields.passed, say)
    if (names.case === undefined || names.trial === undefined || passed === undefined) continue
    const key = JSON.stringify([names.case, names.trial])
    const before = seen.get(key)
    if (before !== undefined)
      say(
        where,
        `trial ${quote(names.trial)} of case ${quote(names.case)} is in ${before.toLowerCase()} already; number trials apart.`,
      )
    else seen.set(key, where)
    outcomes.push({ case: names.case, trial: names.trial, passed })
  }
  if (faults.length === 0 && outcomes.length === 0) say('Line 1', 'there is no outcome in it.')
  if (faults.length > 0) {
    throw new KilostepError(
      'invalid-outcomes',
      `${quote(file)} cannot be used. Give JSON Lines, or CSV with a head, with "case", "trial" and "passed":`,
      faults,
    )
  }
  return outcomes
}

type Say = (where: string, message: string) => void
type Values = Extract<Row, { values: unknown }>

function fieldOf({ values, where }: Values, field: string, say: Say): unknown {
  const value = Object.hasOwn(values, field) ? values[field] : undefined
  if (value === undefined || value === null || value === '')
    say(where, `${quote(field)} is missing.${didYouMean(field, Object.keys(values))}`)
  return value ?? ''
}

function nameOf(row: Values, field: string, say: Say): string | undefined {
  const value = fieldOf(row, field, say)
  if (value === '') return undefined
  const fine = (typeof value === 'string' && value.length <= longestName) || Number.isFinite(value)
  if (fine) return String(value)
  say(
    row.where,
    `${quote(field)} must be a text of at most ${longestName} characters or a number, not ${shown(value)}.`,
  )
  return undefined
}

function passedOf(row: Values, field: string, say: Say): boolean | undefined {
  const value = fieldOf(row, field, say)
  if (value === '') return undefined
  const text = String(value).toLowerCase()
  if (/^(true|1|1\.0+)$/.test(text)) return true
  if (/^(false|0|0\.0+)$/.test(text)) return false
  say(row.where, `${quote(field)} is ${shown(value)}; give true or false, or 1 or 0.`)
  return undefined
}

function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
