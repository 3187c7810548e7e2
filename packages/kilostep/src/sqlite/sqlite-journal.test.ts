import { spawnSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type JournalEvent, KilostepError } from '@kilostep/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { definePlan } from '../define-plan.ts'
import { createEngine } from '../engine.ts'
import type { Journal } from '../journal.ts'
import { defineWorker } from '../worker.ts'
import { openFault } from './file-fault.ts'
import { eventTypes } from './rows.ts'
import { sqliteJournal } from './sqlite-journal.ts'

let folder: string
let file: string
const open: Journal[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilostep-sqlite-'))
  file = join(folder, 'runs.db')
})
afterEach(async () => {
  for (const journal of open.splice(0)) await journal.close?.()
  rmSync(folder, { recursive: true })
})

function journalAt(path = file, options = {}): Journal {
  const journal = sqliteJournal(path, options)
  open.push(journal)
  return journal
}

function told(make: () => unknown): string {
  try {
    make()
  } catch (error) {
    if (error instanceof KilostepError) return `${error.code}: ${error.message}`
    throw error
  }
  return 'nothing was told'
}

const double = defineWorker({ name: 'double', run: (n: number) => n * 2 })
const planOf = (subtasks: number) =>
  definePlan('doubles', (p) => ({ all: Array.from({ length: subtasks }, (_, i) => p.subtask(double, i)) }))

/** A run of so many subtasks, to its end. */
async function ran(journal: Journal, run: string, subtasks = 3): Promise<void> {
  const { status } = await createEngine({ journal }).start(planOf(subtasks), { run }).result
  expect(status).toBe('succeeded')
}

describe('a journal file that cannot be used is told with its name and the way out:', () => {
  it('a folder', () => {
    expect(told(() => sqliteJournal(folder))).toBe(
      `journal-open: The journal ${folder} is not a file. Give the path of a file.`,
    )
  })

  it('a folder that is not there', () => {
    const path = join(folder, 'no', 'runs.db')
    expect(told(() => sqliteJournal(path))).toBe(
      `journal-open: The journal ${path} cannot be opened. See that its folder is there and that you may write to it.`,
    )
  })

  it('something else than a database, which stays as it is', () => {
    const text = 'dear diary, '.repeat(100)
    writeFileSync(file, text)
    expect(told(() => sqliteJournal(file))).toBe(
      `journal-open: ${file} is not a SQLite database. Give the path of a journal, or of a file that is not there yet.`,
    )
    expect(statSync(file).size).toBe(text.length)
  })

  it("another program's database, which stays as it is", () => {
    const other = new DatabaseSync(file)
    other.exec('CREATE TABLE bookmark (url TEXT)')
    other.close()
    expect(told(() => sqliteJournal(file))).toBe(
      `journal-open: ${file} is a SQLite database, but no journal of Kilostep. Give the path of another file.`,
    )
  })

  it('a newer journal', async () => {
    await sqliteJournal(file).close?.()
    const database = new DatabaseSync(file)
    database.exec('PRAGMA user_version = 7')
    database.close()
    expect(told(() => sqliteJournal(file))).toContain(
      `journal-newer: The journal ${file} was written by a newer Kilostep (version 7 of its tables; this one knows 3). Update Kilostep`,
    )
  })

  it('a locked one', async () => {
    await sqliteJournal(file).close?.()
    const other = new DatabaseSync(file)
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE x (y); COMMIT')
    expect(told(() => sqliteJournal(file, { lockedMs: 10 }))).toBe(
      `journal-open: The journal ${file} is locked by another program. Wait until that is done with it, or raise "lockedMs".`,
    )
    other.close()
  })

  it('one without a path, or in memory', () => {
    expect(told(() => sqliteJournal(''))).toContain('invalid-options: ')
    expect(told(() => sqliteJournal(':memory:'))).toContain('use memoryJournal()')
    expect(told(() => sqliteJournal(file, { lockedMs: -1, maxBytes: 1 }))).toMatch(/lockedMs[\s\S]*maxBytes/)
  })

  it('a read-only one', async () => {
    await sqliteJournal(file).close?.()
    const readOnly = new DatabaseSync(file, { readOnly: true })
    let fault: unknown
    try {
      readOnly.exec('DELETE FROM run')
    } catch (error) {
      fault = openFault(error, file)
    }
    readOnly.close()
    expect(fault).toMatchObject({
      code: 'journal-open',
      message: expect.stringContaining('cannot be written'),
    })
  })

  it('one that was cut off', async () => {
    const journal = sqliteJournal(file)
    await ran(journal, 'a', 2_000)
    await journal.close?.()
    truncateSync(file, 100_000)
    expect(told(() => sqliteJournal(file))).toContain(
      `journal-open: The journal ${file} is damaged. Restore it`,
    )
  })

  it('one whose pages are damaged where a run is', async () => {
    const journal = sqliteJournal(file)
    await ran(journal, 'a', 2_000)
    await journal.close?.()
    const handle = openSync(file, 'r+')
    writeSync(handle, Buffer.alloc(100_000, 0x5a), 0, 100_000, 150_000)
    closeSync(handle)
    const engine = createEngine({ journal: journalAt(), workers: [double] })
    await expect(engine.resume('a')).rejects.toMatchObject({
      code: 'journal-failed',
      message: expect.stringContaining(`The journal ${file} cannot be used: it is damaged.`),
    })
  })
})

describe('a journal that has no room left', () => {
  it('stops the run, tells its attempts to stop, and lets it go on where there is room', async () => {
    const small = journalAt(file, { maxBytes: 131_072 })
    let told = 0
    const started: number[] = []
    const talk = defineWorker({
      name: 'talk',
      run: (n: number, { signal }) => {
        started.push(n)
        return n < 50
          ? 'x'.repeat(3_000)
          : new Promise((_, reject) => {
              signal.addEventListener('abort', () => {
                told++
                reject(new Error('stopped'))
              })
              if (n === 99) setTimeout(() => reject(new Error('late')), 50)
            })
      },
    })
    const quick = defineWorker({ name: 'talk', run: (_: number) => 'done' })
    const plan = definePlan('talks', (p) => {
      for (let i = 99; i >= 0; i--) p.subtask(talk, i)
    })
    const run = createEngine({ journal: small, concurrency: 60 }).start(plan, { run: 'a' })
    await expect(run.result).rejects.toMatchObject({
      code: 'journal-failed',
      message: `The journal ${file} cannot be used: there is no room left for it. Free some space.`,
    })
    // How far it came before the file was full is not the same each time: who waited then is told, all of them.
    const waited = started.filter((n) => n >= 50).length
    expect(waited).toBeGreaterThan(0)
    expect(told).toBe(waited)
    const before = started.length
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(started.length).toBe(before)
    await small.close?.()
    open.length = 0

    const engine = createEngine({ journal: journalAt(), workers: [quick] })
    const { status, report } = await (await engine.resume('a')).result
    expect(status).toBe('succeeded')
    expect(report.subtasks.succeeded).toBe(100)
    // Every answer that was taken is in the journal, and nothing was done for which there is no start in it.
    expect(report.attempts.transport).toBeGreaterThanOrEqual(waited)
  })
})

describe('what is in the file', () => {
  const query = (sql: string): Record<string, unknown>[] => {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      return database
        .prepare(sql)
        .all()
        .map((row) => ({ ...row }))
    } finally {
      database.close()
    }
  }

  it('can be read with any SQLite tool, also while a run goes on', async () => {
    await ran(journalAt(), 'first', 2)
    expect(query('SELECT run, plan, status, events FROM runs')).toEqual([
      { run: 'first', plan: 'doubles', status: 'succeeded', events: 8 },
    ])
    expect(
      query("SELECT node, data ->> 'answer' AS answer FROM event WHERE type = 'attempt-succeeded'"),
    ).toEqual([
      { node: 0, answer: 0 },
      { node: 1, answer: 2 },
    ])
  })

  it('is each large answer once', async () => {
    const page = 'p'.repeat(50_000)
    const read = defineWorker({ name: 'read', run: () => ({ page }) })
    const plan = definePlan('pages', (p) => {
      for (let i = 0; i < 20; i++) p.subtask(read, i)
    })
    const journal = journalAt()
    await createEngine({ journal }).start(plan, { run: 'a' }).result
    expect(query('SELECT count(*) AS texts, sum(length(text)) AS size FROM large')).toEqual([
      { texts: 1, size: JSON.stringify({ page }).length },
    ])
    const again = await createEngine({ journal, workers: [read] }).resume('a')
    expect(again.answer('read-20')).toEqual({ page })
  })

  it('is gone when its run is deleted, and its room with it', async () => {
    const journal = journalAt()
    await ran(journal, 'kept', 10)
    await ran(journal, 'gone', 5_000)
    await journal.delete('gone')
    await journal.close?.()
    open.length = 0
    expect(query('SELECT DISTINCT run.name FROM event JOIN run ON run.id = event.run')).toEqual([
      { name: 'kept' },
    ])
    expect(query('SELECT (SELECT count(*) FROM large) AS texts')).toEqual([{ texts: 0 }])
    expect(statSync(file).size).toBeLessThan(100_000)
  })

  it('takes at most 400 bytes a subtask', async () => {
    const journal = journalAt()
    await ran(journal, 'a', 5_000)
    await journal.close?.()
    open.length = 0
    expect(statSync(file).size / 5_000).toBeLessThan(400)
    expect(readdirSync(folder)).toEqual(['runs.db'])
  })

  it('has every type of event', () => {
    expect(new Set(eventTypes).size).toBe(eventTypes.length)
  })
})

describe('a host that is gone', () => {
  it('does not keep its run, and what it left is cleared away', async () => {
    const index = JSON.stringify(new URL('../index.ts', import.meta.url).href)
    const program = `
      import { createEngine, definePlan, defineWorker, sqliteJournal } from ${index}
      const wait = defineWorker({ name: 'double', run: () => { setTimeout(() => process.kill(process.pid, 'SIGKILL'), 20); return new Promise(() => {}) } })
      const plan = definePlan('doubles', (p) => p.subtask(wait, 1))
      createEngine({ journal: sqliteJournal(${JSON.stringify(file)}) }).start(plan, { run: 'a' })`
    const flags = ['--conditions=@kilostep/source', '--input-type=module']
    const { signal } = spawnSync(process.execPath, [...flags, '-e', program], { timeout: 20_000 })
    expect(signal).toBe('SIGKILL')
    expect(readdirSync(folder).some((name) => name.includes('-host-'))).toBe(true)
    const journal = journalAt()
    expect(await journal.runs()).toMatchObject([{ run: 'a', status: 'open', taken: false }])
    const run = await createEngine({ journal, workers: [double] }).resume('a')
    expect((await run.result).output).toBe(2)
    expect(readdirSync(folder).some((name) => name.includes('-host-'))).toBe(false)
  })
})

describe('the event loop', () => {
  it('does not wait for a commit', async () => {
    const journal = journalAt()
    const log = journal.create('a')
    const locker = new DatabaseSync(file)
    locker.exec('BEGIN IMMEDIATE')
    const event: JournalEvent = { type: 'run-paused', at: 1 }
    const begun = performance.now()
    const durable = log.append([event]) as Promise<void>
    let done = false
    const failed = durable.then(
      () => {
        done = true
      },
      () => undefined,
    )
    for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(performance.now() - begun).toBeLessThan(2_000)
    expect(done).toBe(false)
    locker.exec('COMMIT')
    locker.close()
    await failed
  })

  it('keeps running what else there is while a long journal is read', async () => {
    const journal = journalAt()
    await ran(journal, 'a', 20_000)
    let turns = 0
    const timer = setInterval(() => turns++, 1)
    await createEngine({ journal, workers: [double] }).resume('a')
    clearInterval(timer)
    expect(turns).toBeGreaterThan(3)
  })
})

it('a journal in a folder with spaces and a percent sign', async () => {
  const path = join(folder, 'a folder 100%')
  mkdirSync(path)
  await ran(journalAt(join(path, 'runs #1.db')), 'a')
})
