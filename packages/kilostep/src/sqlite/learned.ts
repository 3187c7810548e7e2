import type { DatabaseSync } from 'node:sqlite'
import { addRecords, recordSchema, type WorkerRecord } from '@kilostep/core'
import type { Learned } from '../journal.ts'

/** So many runs are kept apart for each version of a worker; older ones are one row together. */
const mostRows = 100
/** The row of the runs that are kept together. No run has this name. */
const together = ''

type Row = Readonly<Record<string, unknown>>

/** What rows of one worker say together; nothing where there are none. */
export function sumLearned(worker: string, version: string, rows: readonly Row[]): Learned[] {
  let sum: WorkerRecord = {}
  let runs = 0
  for (const { record, runs: count } of rows) {
    const parsed = recordSchema.safeParse(JSON.parse(String(record)))
    // What a newer Kilostep has learned in a form of its own is nothing that this one could use.
    if (!parsed.success) continue
    sum = addRecords(sum, { it: parsed.data })
    runs += Number(count)
  }
  const { it } = sum
  return it === undefined ? [] : [{ worker, version, runs, record: it }]
}

/** Keeps what a run learned, once however often it is told. */
export function keepLearned(
  database: DatabaseSync,
  run: string,
  learned: readonly Omit<Learned, 'runs'>[],
): void {
  const insert = database.prepare(
    'INSERT OR REPLACE INTO learned (worker, version, run, record) VALUES (?, ?, ?, ?)',
  )
  for (const { worker, version, record } of learned) {
    insert.run(worker, version, run, JSON.stringify(record))
    sumOldest(database, worker, version)
  }
}

function sumOldest(database: DatabaseSync, worker: string, version: string): void {
  const key = [worker, version] as const
  const count = database
    .prepare('SELECT count(*) AS rows FROM learned WHERE worker = ? AND version = ?')
    .get(...key)?.['rows'] as number
  if (count <= mostRows) return
  const rows = database
    .prepare('SELECT runs, record FROM learned WHERE worker = ? AND version = ?')
    .all(...key)
  const [sum] = sumLearned(worker, version, rows)
  database.prepare('DELETE FROM learned WHERE worker = ? AND version = ?').run(...key)
  if (sum === undefined) return
  database
    .prepare('INSERT INTO learned VALUES (?, ?, ?, ?, ?)')
    .run(...key, together, sum.runs, JSON.stringify(sum.record))
}
