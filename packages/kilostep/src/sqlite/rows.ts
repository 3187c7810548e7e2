import { createHash } from 'node:crypto'
import type { EventType, JournalEvent } from '@kilostep/core'

/** A field whose JSON is longer than this many characters is stored apart, once for each text. */
const largeLength = 4_096

/**
 * Rows of the event table, packed so that they are cheap to hand to another thread: six numbers each, NaN for NULL,
 * and the texts that the last of them says are there.
 */
export interface PackedRows {
  /** Of each row: at, place of the type in {@link eventTypes}, node, attempt, sample, how many texts. */
  readonly numbers: number[]
  /** Of each row that has any: data, and the names of the fields that are stored apart. */
  readonly texts: string[]
  /** What is stored apart: digest and text, alternating. */
  readonly large: string[]
}
export const numbersInRow = 6

/** Every type of event; their order is not stored anywhere. */
const places: Readonly<Record<EventType, number>> = {
  'attempt-started': 0,
  'attempt-succeeded': 1,
  'subtask-succeeded': 2,
  'attempt-failed': 3,
  'attempt-cancelled': 4,
  'attempt-stopped': 5,
  'retry-scheduled': 6,
  'subtask-escalated': 7,
  'vote-continued': 8,
  'vote-set-aside': 9,
  'votes-resumed': 10,
  'candidate-chosen': 11,
  'check-accepted': 12,
  'check-rejected': 13,
  'check-failed': 14,
  'check-cancelled': 15,
  'subtask-failed': 16,
  'subtask-skipped': 17,
  'subtask-cancelled': 18,
  'subtask-expanded': 19,
  'host-lost': 20,
  'run-started': 21,
  'run-paused': 22,
  'run-resumed': 23,
  'run-stopping': 24,
  'run-finished': 25,
  'undo-started': 26,
  'undo-succeeded': 27,
  'undo-failed': 28,
  'run-rolled-back': 29,
  'combination-chosen': 30,
  'answer-kept': 31,
  'replan-requested': 32,
  'replan-started': 33,
  'subtask-replanned': 34,
  'decision-awaited': 35,
  'decision-made': 36,
  'decision-refused': 37,
  'subtask-routed': 38,
  'audit-started': 39,
  'audit-ended': 40,
}
export const eventTypes = Object.keys(places) as readonly EventType[]

export function emptyRows(): PackedRows {
  return { numbers: [], texts: [], large: [] }
}

/** Adds an event's row. */
export function pushRow(event: JournalEvent, { numbers, texts, large }: PackedRows): void {
  const type = places[event.type]
  const { node = Number.NaN, attempt = Number.NaN } = event as { node?: number; attempt?: number }
  if (event.type === 'attempt-started' && event.more === undefined && event.hedge === undefined) {
    numbers.push(event.at, type, node, attempt, event.sample, 0)
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
  numbers.push(event.at, type, node, attempt, Number.NaN, data === '' ? 0 : apart === '' ? 1 : 2)
  if (data !== '') texts.push(`${data}}`)
  if (apart !== '') texts.push(apart)
}

/** A row as it is read. */
export type EventRow = readonly [
  at: number,
  type: string,
  node: number | null,
  attempt: number | null,
  sample: number | null,
  data: string | null,
  large: string | null,
]

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
