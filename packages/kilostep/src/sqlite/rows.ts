import { createHash } from 'node:crypto'
import type { JournalEvent } from '@kilostep/core'

/** A field whose JSON is longer than this many characters is stored apart, once for each text. */
const largeLength = 4_096

/** How many values a row of events has: at, type, node, attempt, sample, data, large. */
export const rowLength = 7
export type RowValue = string | number | null
export type EventRow = readonly [
  at: number,
  type: string,
  node: number | null,
  attempt: number | null,
  sample: number | null,
  data: string | null,
  large: string | null,
]

/** Appends an event's row to `rows`, and the large texts that it refers to to `large`, each after its digest. */
export function pushRow(event: JournalEvent, rows: RowValue[], large: string[]): void {
  if (event.type === 'attempt-started') {
    rows.push(event.at, event.type, event.node, event.attempt, event.sample, null, null)
    return
  }
  const fields = event as unknown as Readonly<Record<string, unknown>>
  let data = ''
  let apart = ''
  for (const field in fields) {
    if (field === 'at' || field === 'type' || field === 'node' || field === 'attempt') continue
    let text = JSON.stringify(fields[field])
    if (text === undefined) continue
    if (text.length > largeLength) {
      const digest = createHash('sha256').update(text).digest('hex')
      large.push(digest, text)
      text = `"${digest}"`
      apart += apart === '' ? field : ` ${field}`
    }
    data += `${data === '' ? '{' : ','}"${field}":${text}`
  }
  const { node, attempt } = event as { node?: number; attempt?: number }
  rows.push(
    event.at,
    event.type,
    node ?? null,
    attempt ?? null,
    null,
    data === '' ? null : `${data}}`,
    apart === '' ? null : apart,
  )
}

/** The event of a row. */
export function eventOf(row: EventRow, largeText: (digest: string) => string): JournalEvent {
  const [at, type, node, attempt, sample, data, large] = row
  const event: Record<string, unknown> = { type, at }
  if (node !== null) event['node'] = node
  if (attempt !== null) event['attempt'] = attempt
  if (sample !== null) event['sample'] = sample
  if (data !== null) Object.assign(event, JSON.parse(data))
  if (large !== null) {
    for (const field of large.split(' ')) event[field] = JSON.parse(largeText(event[field] as string))
  }
  return event as unknown as JournalEvent
}
