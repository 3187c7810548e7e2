import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type FileOptions, openDatabase } from './database.ts'
import { useFault } from './file-fault.ts'
import { type HostLock, hostIsAlive, hostName, takeHostLock } from './host-lock.ts'
import type { Append, FromWriter, Work, WorkFault } from './messages.ts'
import { type RowValue, rowLength } from './rows.ts'

/** How many rows one statement inserts: calls cost more than rows do. */
const rowsAtOnce = 16

/** Writes to a journal file; the only one in its process that does. */
export class Writer {
  readonly #path: string
  readonly #database: DatabaseSync
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
    this.#find = this.#database.prepare(
      'SELECT id, host, (SELECT max(seq) + 1 FROM event WHERE run = run.id) AS events FROM run WHERE name = ?',
    )
    const row = `(?, ?, ?${', ?'.repeat(rowLength - 1)})`
    this.#insertOne = this.#database.prepare(`INSERT INTO event VALUES ${row}`)
    this.#insertMany = this.#database.prepare(
      `INSERT INTO event VALUES ${new Array(rowsAtOnce).fill(row).join(', ')}`,
    )
    this.#insertLarge = this.#database.prepare('INSERT OR IGNORE INTO large VALUES (?, ?, ?)')
  }

  /** Does all of it in one transaction. What cannot be done for one run does not keep the others from it. */
  commit(work: readonly Work[]): FromWriter {
    try {
      const host = this.#host(work)
      this.#database.exec('BEGIN IMMEDIATE')
      const faults = work.map((piece) => this.#do(piece, host))
      this.#database.exec('COMMIT')
      work.forEach((piece, place) => {
        if (piece.type !== 'append') this.#mine.delete(piece.run)
        else if (faults[place] === null) this.#mine.add(piece.run)
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

  #host(work: readonly Work[]): string {
    if (this.#lock === undefined && work.some(({ type }) => type === 'append')) {
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
    if (found.host !== host) {
      if (found.host !== null && hostIsAlive(this.#path, found.host)) {
        return { code: 'run-taken', message: hostName(found.host) }
      }
      this.#database.prepare('UPDATE run SET host = ? WHERE id = ?').run(host, found.id)
    }
    if ((found.events ?? 0) !== from)
      return { code: 'run-taken', message: 'another host, which has added to it' }
    this.#insert(found.id, append)
    return null
  }

  #insert(run: number, { from, rows, large }: Append): void {
    for (let at = 0; at < large.length; at += 2) {
      this.#insertLarge.run(run, large[at] as string, large[at + 1] as string)
    }
    const count = rows.length / rowLength
    let row = 0
    const values: RowValue[] = []
    const take = (): void => {
      values.push(run, from + row)
      for (let i = row * rowLength, end = i + rowLength; i < end; i++) values.push(rows[i] as RowValue)
      row++
    }
    while (row + rowsAtOnce <= count) {
      values.length = 0
      for (let i = 0; i < rowsAtOnce; i++) take()
      this.#insertMany.run(...values)
    }
    while (row < count) {
      values.length = 0
      take()
      this.#insertOne.run(...values)
    }
  }

  #delete(run: string): WorkFault {
    const found = this.#find.get(run) as FoundRun | undefined
    if (found === undefined) return { code: 'unknown-run', message: '' }
    if (this.#mine.has(run) || (found.host !== null && hostIsAlive(this.#path, found.host))) {
      return { code: 'run-taken', message: found.host === null ? 'this process' : hostName(found.host) }
    }
    this.#database.prepare('DELETE FROM event WHERE run = ?').run(found.id)
    this.#database.prepare('DELETE FROM large WHERE run = ?').run(found.id)
    this.#database.prepare('DELETE FROM run WHERE id = ?').run(found.id)
    this.#database.exec('PRAGMA incremental_vacuum')
    return null
  }
}

interface FoundRun {
  readonly id: number
  readonly host: string | null
  readonly events: number | null
}
