import { resolve } from 'node:path'
import { KilostepError } from '@kilostep/core'
import { z } from 'zod'
import type { Journal, RunEntry } from '../journal.ts'
import { journalFault } from '../journal-faults.ts'
import { type FileOptions, openDatabase } from './database.ts'
import { FileFault } from './file-fault.ts'
import { hostIsAlive } from './host-lock.ts'
import type { Work, WorkFault } from './messages.ts'
import { Reader } from './reader.ts'
import { type Shared, SqliteLog } from './sqlite-log.ts'
import { WriteQueue } from './write-queue.ts'

export interface SqliteJournalOptions {
  /**
   * How sure it is that what was written is on the disk. `full`: survives a power cut. `normal`: survives the death of
   * the process, and a power cut may take the last moments. `off`: may be damaged by a power cut. Default `full`.
   */
  readonly synchronous?: 'full' | 'normal' | 'off'
  /** How long to wait for another program that has the file locked, in ms, 0 to 600,000. Default 5,000. */
  readonly lockedMs?: number
  /** The most bytes that the file may grow to, 64 KiB to 2^43. Default 2^43 (8 TiB). */
  readonly maxBytes?: number
}

const optionsSchema = z.strictObject({
  synchronous: z.enum(['full', 'normal', 'off']).default('full'),
  lockedMs: z.int().min(0).max(600_000).default(5_000),
  maxBytes: z
    .int()
    .min(65_536)
    .max(2 ** 43)
    .default(2 ** 43),
})

/**
 * A journal in a SQLite file, which is made where there is none. Any number of processes may use it at once; each run
 * belongs to one of them at a time. The tables are explained in docs/journal.md.
 *
 * @throws KilostepError `invalid-options`; `journal-open` and `journal-newer` where the file cannot be used.
 */
export function sqliteJournal(path: string, options: SqliteJournalOptions = {}): Journal {
  const file = resolve(path)
  const checked = fileOptions(path, options)
  const reader = openReader(file, checked)
  const queue = new WriteQueue({ path: file, options: checked })
  const shared: Shared = { path: file, queue, reader, owners: new Map() }
  const done = async (work: Work): Promise<void> => {
    const fault = await new Promise<WorkFault>((ended) => queue.add({ work, done: ended }))
    if (fault === null) return
    if (fault.code === 'unknown-run') throw journalFault.unknown(work.run, file)
    if (fault.code === 'run-taken') throw journalFault.taken(work.run, fault.message)
    throw new KilostepError(fault.code, fault.message)
  }
  return {
    create(run) {
      if (shared.owners.has(run) || reader.find(run) !== undefined) throw journalFault.exists(run)
      queue.warm()
      return new SqliteLog(shared, run, 0)
    },
    async open(run) {
      const found = reader.find(run)
      if (found === undefined) throw journalFault.unknown(run, file)
      return new SqliteLog(shared, run, found.events)
    },
    async runs() {
      return reader.all().map(({ name, plan, startedAt, host, status, events }): RunEntry => {
        const taken = shared.owners.has(name) || (host !== null && hostIsAlive(file, host))
        return { run: name, plan, startedAt, status: (status ?? 'open') as RunEntry['status'], taken, events }
      })
    },
    sizes: async () => reader.sizes(),
    delete: (run) => done({ type: 'delete', run }),
    decide: (run, { subtask, decision }) =>
      done({ type: 'decide', run, subtask, decision: JSON.stringify(decision) }),
    learned: (workers) => reader.learned(workers),
    async close() {
      await queue.close()
      reader.close()
    },
  }
}

function fileOptions(path: string, options: SqliteJournalOptions): FileOptions {
  const parsed = optionsSchema.safeParse(options)
  const faults = parsed.error?.issues.map((issue) => `"${issue.path.join('.')}": ${issue.message}`) ?? []
  if (typeof path !== 'string' || path === '' || path.startsWith(':')) {
    faults.push(`the path is ${JSON.stringify(path)}; give that of a file, or use memoryJournal()`)
  }
  if (parsed.success && faults.length === 0) return parsed.data
  throw new KilostepError(
    'invalid-options',
    'The options of sqliteJournal cannot be used:',
    faults.map((message) => ({ code: 'option', where: 'sqliteJournal', message: `${message}.` })),
  )
}

function openReader(path: string, options: FileOptions): Reader {
  try {
    return new Reader(path, openDatabase(path, options))
  } catch (error) {
    throw error instanceof FileFault ? new KilostepError(error.code, error.message) : error
  }
}
