import { type Stats, statSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type FileOptions, openDatabase } from './database.ts'
import { FileFault, useFault } from './file-fault.ts'
import { type HostLock, hostIsAlive, hostName, takeHostLock } from './host-lock.ts'
import { keepLearned } from './learned.ts'
import type { Append, Decide, FromWriter, Keep, Work, WorkFault } from './messages.ts'
import { eventTypes, numbersInRow, type PackedRows } from './rows.ts'

/** How many rows one statement inserts: calls cost more than rows do. */
const rowsAtOnce = 16
/** How many columns an event has. */
const columns = 9
const valuesAtOnce = rowsAtOnce * columns

/** Writes to a journal file; the only one in its process that does. */
export class Writer {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #file: Stats
  readonly #find: StatementSync
  readonly #insertOne: StatementSync
  readonly #insertMany: StatementSync
  readonly #insertLarge: StatementSync
  /** The runs that this host has. */
  readonly #mine = new Set<string>()
  #lock: HostLock | undefined

  constructor(path: string, options: FileOptions) {
    this.#path = path
    this.#database = openDatabase(path, options)
    this.#file = statSync(path)
    // What is deleted is overwritten: a run may hold what must not stay.
    this.#database.exec('PRAGMA secure_delete = ON')
    this.#find = this.#database.prepare(
      'SELECT id, host, (SELECT max(seq) + 1 FROM event WHERE run = run.id) AS events FROM run WHERE name = ?',
    )
    const row = '(?, ?, ?, ?, ?, ?, ?, ?, ?)'
    this.#insertOne = this.#database.prepare(`INSERT INTO event VALUES ${row}`)
    this.#insertMany = this.#database.prepare(
      `INSERT INTO event VALUES ${new Array(rowsAtOnce).fill(row).join(', ')}`,
    )
    this.#insertLarge = this.#database.prepare('INSERT OR IGNORE INTO large VALUES (?, ?, ?)')
  }

  /** Does all of it in one transaction. What cannot be done for one run does not keep the others from it. */
  commit(work: readonly Work[]): FromWriter {
    try {
      this.#requireFile()
      const host = this.#host(work)
      this.#database.exec('BEGIN IMMEDIATE')
      const faults = work.map((piece) => this.#do(piece, host))
      this.#database.exec('COMMIT')
      if (work.some(({ type }) => type === 'delete')) this.#shrink()
      work.forEach((piece, place) => {
        if (piece.type === 'release' || piece.type === 'delete') this.#mine.delete(piece.run)
        else if (isOwn(piece) && faults[place] === null) this.#mine.add(piece.run)
      })
      return faults
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      const { code, message } = useFault(error, this.#path)
      // Whoever lets go of a run has it no more, though the file could not be told.
      for (const piece of work) if (piece.type === 'release') this.#mine.delete(piece.run)
      return work.map(() => ({ code, message }))
    } finally {
      this.#rest()
    }
  }

  close(): void {
    this.#mine.clear()
    this.#rest()
    this.#database.close()
  }

  /** A file that was deleted or replaced can still be written, by whoever has it open, and read by nobody else. */
  #requireFile(): void {
    const now = statSync(this.#path, { throwIfNoEntry: false })
    if (now?.ino === this.#file.ino && now.dev === this.#file.dev) return
    throw new FileFault(
      'journal-failed',
      `The journal ${this.#path} cannot be used: it was deleted or replaced. Put it back.`,
    )
  }

  #host(work: readonly Work[]): string {
    if (this.#lock === undefined && work.some(isOwn)) {
      this.#lock = takeHostLock(this.#path)
    }
    return this.#lock?.host ?? ''
  }

  /** A host that has no run needs no lock. */
  #rest(): void {
    if (this.#mine.size > 0) return
    this.#lock?.release()
    this.#lock = undefined
  }

  #do(piece: Work, host: string): WorkFault {
    switch (piece.type) {
      case 'append':
        return this.#append(piece, host)
      case 'keep':
        return this.#keep(piece, host)
      case 'decide':
        return this.#decide(piece)
      case 'forget':
        for (const id of piece.ids) this.#database.prepare('DELETE FROM decision WHERE id = ?').run(id)
        return null
      case 'release':
        this.#database.prepare('UPDATE run SET host = NULL WHERE name = ? AND host = ?').run(piece.run, host)
        return null
      case 'delete':
        return this.#delete(piece.run)
    }
  }

  #append(append: Append, host: string): WorkFault {
    const { run, from, begin } = append
    let found = this.#find.get(run) as FoundRun | undefined
    if (begin !== undefined) {
      if (found !== undefined) return { code: 'run-exists', message: '' }
      this.#database
        .prepare('INSERT INTO run (name, plan, started_at, host) VALUES (?, ?, ?, ?)')
        .run(run, begin.plan, begin.startedAt, host)
      found = { ...(this.#find.get(run) as unknown as FoundRun), events: 0 }
    }
    if (found === undefined) return { code: 'unknown-run', message: '' }
    const taken = this.#take(found, host)
    if (taken !== null) return taken
    if ((found.events ?? 0) !== from)
      return { code: 'run-taken', message: 'another host, which has added to it' }
    this.#insert(found.id, from, append.rows)
    return null
  }

  /** Makes the run this host's own, where no other that is alive has it. */
  #take(found: FoundRun, host: string): WorkFault {
    if (found.host === host) return null
    if (found.host !== null && hostIsAlive(this.#path, found.host)) {
      return { code: 'run-taken', message: hostName(found.host) }
    }
    this.#database.prepare('UPDATE run SET host = ? WHERE id = ?').run(host, found.id)
    return null
  }

  #keep({ run, report }: Keep, host: string): WorkFault {
    const found = this.#find.get(run) as FoundRun | undefined
    if (found === undefined) return { code: 'unknown-run', message: '' }
    const taken = this.#take(found, host)
    if (taken !== null) return taken
    const { events, text, trail } = report
    this.#database
      .prepare('INSERT OR REPLACE INTO report VALUES (?, ?, ?, ?)')
      .run(found.id, events, text, new Uint8Array(trail.buffer, trail.byteOffset, trail.byteLength))
    keepLearned(this.#database, run, report.learned ?? [])
    return null
  }

  #decide({ run, subtask, decision }: Decide): WorkFault {
    const found = this.#find.get(run) as FoundRun | undefined
    if (found === undefined) return { code: 'unknown-run', message: '' }
    this.#database
      .prepare('INSERT INTO decision (run, subtask, decision) VALUES (?, ?, ?)')
      .run(found.id, subtask, decision)
    return null
  }

  #insert(run: number, from: number, { numbers, texts, large }: PackedRows): void {
    for (let at = 0; at < large.length; at += 2) {
      this.#insertLarge.run(run, large[at] as string, large[at + 1] as string)
    }
    let text = 0
    let seq = from
    const values: (string | number | null)[] = []
    for (let at = 0; at < numbers.length; at += numbersInRow) {
      values.push(run, seq++, numbers[at] as number, eventTypes[numbers[at + 1] as number] as string)
      for (let i = at + 2; i < at + 5; i++) {
        const value = numbers[i] as number
        values.push(Number.isNaN(value) ? null : value)
      }
      const count = numbers[at + 5] as number
      values.push(count > 0 ? (texts[text] as string) : null, count > 1 ? (texts[text + 1] as string) : null)
      text += count
      if (values.length < valuesAtOnce) continue
      this.#insertMany.run(...values)
      values.length = 0
    }
    for (let at = 0; at < values.length; at += columns) {
      this.#insertOne.run(...values.slice(at, at + columns))
    }
  }

  /** What was deleted is in no file any more, as far as nobody reads it just now. */
  #shrink(): void {
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch {
      // The next one does it, or the end of the last process that uses the file.
    }
  }

  #delete(run: string): WorkFault {
    const found = this.#find.get(run) as FoundRun | undefined
    if (found === undefined) return { code: 'unknown-run', message: '' }
    if (this.#mine.has(run) || (found.host !== null && hostIsAlive(this.#path, found.host))) {
      return { code: 'run-taken', message: found.host === null ? 'this process' : hostName(found.host) }
    }
    for (const table of ['event', 'large', 'report', 'decision'])
      this.#database.prepare(`DELETE FROM ${table} WHERE run = ?`).run(found.id)
    this.#database.prepare('DELETE FROM run WHERE id = ?').run(found.id)
    this.#database.exec('PRAGMA incremental_vacuum')
    return null
  }
}

/** Work that only the host of the run may do. */
function isOwn({ type }: Work): boolean {
  return type === 'append' || type === 'keep'
}

interface FoundRun {
  readonly id: number
  readonly host: string | null
  readonly events: number | null
}
