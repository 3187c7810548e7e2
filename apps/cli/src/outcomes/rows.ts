import { CsvError, parse } from 'csv-parse/sync'

/** One row of a file and where it stands, or what is wrong with it. */
export type Row =
  | { readonly where: string; readonly values: Readonly<Record<string, unknown>> }
  | { readonly where: string; readonly problem: string }

/** The rows of a file of JSON Lines, of a JSON list, or of CSV; which of them, its first character tells. */
export function rowsOf(text: string): Row[] {
  const whole = text.replace(/^\ufeff/, '')
  const [first] = whole.trimStart()
  if (first === '[') return ofList(whole)
  return first === '{' ? ofLines(whole) : ofCsv(whole)
}

function ofLines(text: string): Row[] {
  return text.split('\n').flatMap((line, index): Row[] => {
    if (line.trim() === '') return []
    const where = `Line ${index + 1}`
    try {
      return [asRow(JSON.parse(line), where)]
    } catch {
      return [{ where, problem: 'is not JSON.' }]
    }
  })
}

function ofList(text: string): Row[] {
  try {
    const list = JSON.parse(text) as unknown[]
    return list.map((item, index) => asRow(item, `Item ${index + 1}`))
  } catch (error) {
    return [{ where: 'Line 1', problem: `starts a list that is not JSON: ${(error as Error).message}.` }]
  }
}

function asRow(value: unknown, where: string): Row {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return { where, values: value as Record<string, unknown> }
  return { where, problem: 'is not an object.' }
}

function ofCsv(text: string): Row[] {
  const rows: Row[] = []
  const [head = ''] = text.trimStart().split('\n')
  const delimiter = [',', ';', '\t'].find((one) => head.includes(one)) ?? ','
  let records: readonly { readonly info: { readonly lines: number }; readonly record: readonly string[] }[] =
    []
  try {
    records = parse(text, {
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      trim: true,
      on_skip: (error) => {
        rows.push(skipped(error))
        return undefined
      },
    }) as unknown as typeof records
  } catch (error) {
    rows.push(skipped(error))
  }
  const [names, ...more] = records
  if (names === undefined) return rows
  for (const { record, info } of more) {
    const where = `Line ${info.lines}`
    if (record.length === names.record.length) {
      const entries = names.record.map((name, column) => [name, record[column]] as const)
      rows.push({ where, values: Object.fromEntries(entries) })
    } else
      rows.push({ where, problem: `has ${record.length} fields where the head has ${names.record.length}.` })
  }
  return rows
}

function skipped(error: unknown): Row {
  const line = error instanceof CsvError ? Number(error['lines']) : Number.NaN
  const message = error instanceof Error ? error.message.replace(/\.?$/, '.') : 'cannot be read.'
  return { where: Number.isInteger(line) ? `Line ${line}` : 'Line 1', problem: `is not CSV: ${message}` }
}
