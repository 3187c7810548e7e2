import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { type JournalEvent, KilostepError, quote } from '@kilostep/core'
import type { KeptReport, Learned, RunSize, StoredDecision, WorkerVersion } from '../journal.ts'
import { useFault } from './file-fault.ts'
import { sumLearned } from './learned.ts'
import { type EventRow, eventOf } from './rows.ts'

/** How many events are read at once: about a millisecond's worth. */
const pageRows = 1_000
/** How long reading may go on before timers, signals and input get their turn, in ms. */
const turnMs = 8

export interface FoundRun {
  readonly id: number
  readonly name: string
  readonly plan: string
  readonly startedAt: number
  readonly host: string | null
  readonly status: string | null
  readonly events: number
}

/** Reads from a journal file, by a connection of its own that no writing holds up. */
export class Reader {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #page: StatementSync
  readonly #large: StatementSync
  readonly #decisions: StatementSync
  readonly #runs: string

  constructor(path: string, database: DatabaseSync) {
    this.#path = path
    this.#database = database
    this.#page = database.prepare(
      'SELECT at, type, node, attempt, sample, data, large FROM event WHERE run = ? AND seq >= ? AND seq < ? ORDER BY seq',
    )
    this.#page.setReturnArrays(true)
    this.#large = database.prepare('SELECT text FROM large WHERE run = ? AND digest = ?')
    this.#decisions = database.prepare(
      'SELECT id, subtask, decision FROM decision WHERE run = (SELECT id FROM run WHERE name = ?) ORDER BY id',
    )
    this.#runs = `SELECT id, name, plan, started_at AS startedAt, host,
      (SELECT data ->> 'status' FROM event WHERE run = run.id AND type = 'run-finished') AS status,
      coalesce((SELECT max(seq) + 1 FROM event WHERE run = run.id), 0) AS events FROM run`
  }

  find(run: string): FoundRun | undefined {
    return this.#try(() => this.#database.prepare(`${this.#runs} WHERE name = ?`).get(run)) as
      | FoundRun
      | undefined
  }

  all(): readonly FoundRun[] {
    const order = 'ORDER BY started_at DESC, id DESC'
    return this.#try(() => this.#database.prepare(`${this.#runs} ${order}`).all()) as unknown as FoundRun[]
  }

  /** The events of a run in [from, to). */
  async *events(run: string, from: number, to: number): AsyncGenerator<JournalEvent, void, undefined> {
    const id = this.find(run)?.id
    if (id === undefined) return
    const largeText = (digest: string): string => this.#large.get(id, digest)?.['text'] as string
    let turnAt = performance.now() + turnMs
    for (let at = from; at < to; at += pageRows) {
      const rows = this.#try(() =>
        this.#page.all(id, at, Math.min(to, at + pageRows)),
      ) as unknown as EventRow[]
      for (let i = 0; i < rows.length; i++) {
        const event = this.#decode(run, at + i, rows[i] as EventRow, largeText)
        yield event
      }
      if (performance.now() < turnAt) continue
      await new Promise((resolve) => setImmediate(resolve))
      turnAt = performance.now() + turnMs
    }
  }

  /** How much each run holds, without what SQLite itself takes for it. */
  sizes(): readonly RunSize[] {
    const bytes = (column: string): string => `coalesce(octet_length(${column}), 0)`
    return this.#try(() =>
      this.#database
        .prepare(
          `SELECT name AS run,
            (SELECT coalesce(sum(16 + length(type) + ${bytes('data')} + ${bytes('large')}), 0) FROM event WHERE run = run.id)
            + (SELECT coalesce(sum(64 + ${bytes('text')}), 0) FROM large WHERE run = run.id)
            + (SELECT coalesce(sum(${bytes('text')} + ${bytes('trail')}), 0) FROM report WHERE run = run.id) AS bytes,
            coalesce((SELECT at FROM event WHERE run = run.id ORDER BY seq DESC LIMIT 1), started_at) AS lastAt
          FROM run`,
        )
        .all()
        .map((row) => ({ ...row })),
    ) as unknown as RunSize[]
  }

  /** The report of a run; undefined where none is kept. */
  kept(run: string): KeptReport | undefined {
    const row = this.#try(() =>
      this.#database
        .prepare('SELECT events, text, trail FROM report WHERE run = (SELECT id FROM run WHERE name = ?)')
        .get(run),
    ) as { events: number; text: string; trail: Uint8Array } | undefined
    if (row === undefined) return undefined
    const { events, text, trail } = row
    // Copied, because numbers of four bytes cannot begin just anywhere.
    return { events, text, trail: new Uint32Array(trail.slice().buffer, 0, Math.floor(trail.length / 4)) }
  }

  /** The decisions that were left for a run. */
  decisions(run: string): readonly StoredDecision[] {
    const rows = this.#try(() => this.#decisions.all(run)) as unknown as {
      id: number
      subtask: string
      decision: string
    }[]
    return rows.map(({ id, subtask, decision }) => ({ id, subtask, decision: JSON.parse(decision) }))
  }

  /** What runs have learned of these workers, one entry each where there is anything. */
  learned(workers: readonly WorkerVersion[]): readonly Learned[] {
    const rows = this.#database.prepare('SELECT runs, record FROM learned WHERE worker = ? AND version = ?')
    return this.#try(() =>
      workers.flatMap(({ worker, version }) => sumLearned(worker, version, rows.all(worker, version))),
    )
  }

  close(): void {
    this.#database.close()
  }

  #decode(run: string, seq: number, row: EventRow, largeText: (digest: string) => string): JournalEvent {
    try {
      return eventOf(row, largeText)
    } catch (error) {
      throw new KilostepError(
        'journal-damaged',
        `Event ${seq} of run ${quote(run)} in ${this.#path} cannot be read: ${String(error)}. Restore the file from a copy.`,
      )
    }
  }

  #try<T>(read: () => T): T {
    try {
      return read()
    } catch (error) {
      const { code, message } = useFault(error, this.#path)
      throw new KilostepError(code, message)
    }
  }
}
