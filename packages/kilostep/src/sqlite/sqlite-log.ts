import { type JournalEvent, KilostepError } from '@kilostep/core'
import type { KeptReport, RunLog, StoredDecision } from '../journal.ts'
import { journalFault } from '../journal-faults.ts'
import type { Work, WorkFault } from './messages.ts'
import type { Reader } from './reader.ts'
import { emptyRows, numbersInRow, type PackedRows, pushRow } from './rows.ts'
import type { Pending, WriteQueue } from './write-queue.ts'

/** What the logs of one journal share. */
export interface Shared {
  readonly path: string
  readonly queue: WriteQueue
  readonly reader: Reader
  /** Which log has a run: in one process, the file cannot tell. */
  readonly owners: Map<string, SqliteLog>
}

/** Events that will go into one transaction. */
interface Batch extends Pending {
  readonly rows: PackedRows
  readonly durable: Promise<void>
}

/** The log of one run in a SQLite journal. */
export class SqliteLog implements RunLog {
  readonly #shared: Shared
  readonly #run: string
  #length: number
  /** Where the next event goes. */
  #next: number
  #batch: Batch | undefined
  #broken: KilostepError | undefined

  constructor(shared: Shared, run: string, length: number) {
    this.#shared = shared
    this.#run = run
    this.#length = length
    this.#next = length
  }

  get length(): number {
    return this.#length
  }

  append(events: readonly JournalEvent[]): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    const { owners, queue } = this.#shared
    const owner = owners.get(this.#run)
    if (owner !== this) {
      if (owner !== undefined) {
        return Promise.reject(journalFault.taken(this.#run, 'another engine of this process'))
      }
      owners.set(this.#run, this)
    }
    if (this.#batch === undefined || !queue.isOpen(this.#batch)) this.#batch = this.#begin(events)
    for (const event of events) pushRow(event, this.#batch.rows)
    this.#next += events.length
    return this.#batch.durable
  }

  async *read(from: number): AsyncGenerator<JournalEvent, void, undefined> {
    yield* this.#shared.reader.events(this.#run, from, this.#length)
  }

  keep(report: KeptReport): Promise<void> {
    return this.#do({ type: 'keep', run: this.#run, report })
  }

  async decisions(): Promise<readonly StoredDecision[]> {
    return this.#shared.reader.decisions(this.#run)
  }

  forget(ids: readonly number[]): Promise<void> {
    return this.#do({ type: 'forget', run: this.#run, ids })
  }

  async kept(): Promise<KeptReport | undefined> {
    return this.#shared.reader.kept(this.#run)
  }

  async close(): Promise<void> {
    const { owners, queue } = this.#shared
    if (owners.get(this.#run) !== this) return
    await new Promise<void>((resolve) => {
      // Where even this cannot be written, the host's lock is given up, which says the same.
      queue.add({ work: { type: 'release', run: this.#run }, done: () => resolve() })
    })
    owners.delete(this.#run)
  }

  #do(work: Work): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    return new Promise((resolve, reject) => {
      this.#shared.queue.add({
        work,
        done: (fault) => (fault === null ? resolve() : reject(this.#fault(fault))),
      })
    })
  }

  #begin(events: readonly JournalEvent[]): Batch {
    const rows = emptyRows()
    const [first] = events
    const begin =
      first?.type === 'run-started' ? { begin: { plan: first.plan.name, startedAt: first.at } } : undefined
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const batch: Batch = {
      rows,
      durable: promise,
      work: { type: 'append', run: this.#run, from: this.#next, rows, ...begin },
      done: (fault) => {
        if (fault === null && this.#broken === undefined) {
          this.#length += rows.numbers.length / numbersInRow
          resolve()
          return
        }
        this.#broken ??= this.#fault(fault)
        reject(this.#broken)
      },
    }
    this.#shared.queue.add(batch)
    return batch
  }

  #fault(fault: WorkFault): KilostepError {
    switch (fault?.code) {
      case 'run-exists':
        return journalFault.exists(this.#run)
      case 'unknown-run':
        return journalFault.unknown(this.#run, this.#shared.path)
      case 'run-taken':
        return journalFault.taken(this.#run, fault.message)
      default:
        return new KilostepError(fault?.code ?? 'journal-failed', fault?.message ?? '')
    }
  }
}
