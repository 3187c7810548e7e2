import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { definePlan } from '../define-plan.ts'
import { createEngine } from '../engine.ts'
import type { Journal } from '../journal.ts'
import type { Run } from '../run.ts'
import { defineWorker } from '../worker.ts'
import { emptyRows, pushRow } from './rows.ts'
import { applicationId, upgrades } from './schema.ts'
import { sqliteJournal } from './sqlite-journal.ts'

/* What happens to a journal's file while a run goes on: it is told, and the run can go on when that is over. */

let folder: string
let file: string
const open: Journal[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilostep-faults-'))
  file = join(folder, 'runs.db')
})
afterEach(async () => {
  for (const journal of open.splice(0)) await journal.close?.()
  rmSync(folder, { recursive: true })
})

function journalAt(options = {}): Journal {
  const journal = sqliteJournal(file, options)
  open.push(journal)
  return journal
}

/** A run of 20 subtasks, one after another, of which each waits to be let through from the sixth on. */
function gated(journal: Journal) {
  let pass: (() => void) | undefined
  const accepted: number[] = []
  const gate = defineWorker({
    name: 'gate',
    run: (n: number) => (n < 5 ? n : new Promise<number>((resolve) => (pass = () => resolve(n)))),
  })
  const run = createEngine({ journal, concurrency: 1 }).start(planOf(gate), { run: 'r' }) as Run
  run.on('subtask-succeeded', ({ subtask }) => accepted.push(Number(subtask.slice(5))))
  return { run, accepted, next: () => pass?.() }
}

const planOf = (worker: ReturnType<typeof defineWorker<number, number>>) =>
  definePlan('gates', (p) => {
    for (let n = 0; n < 20; n++) p.subtask(worker, n)
  })
const quick = defineWorker({ name: 'gate', run: (n: number) => n })

async function sixth(run: Run): Promise<void> {
  while (run.progress().succeeded < 5 || run.progress().inFlight === 0)
    await new Promise((resolve) => setImmediate(resolve))
  await run.durable()
}

/** The run goes on to its end, with nothing done again that was acknowledged. */
async function goesOn(started: number): Promise<void> {
  const run = await createEngine({ journal: journalAt(), workers: [quick] }).resume('r')
  const { status, report } = await run.result
  expect({ status, succeeded: report.subtasks.succeeded }).toEqual({ status: 'succeeded', succeeded: 20 })
  expect(report.attempts).toMatchObject({ started: 20 + started, transport: started })
}

it.skipIf(process.platform === 'win32')('a file that is deleted while a run goes on', async () => {
  const { run, next } = gated(journalAt())
  await sixth(run)
  for (const name of ['', '-wal', '-shm']) renameSync(file + name, `${file}.away${name}`)
  next()
  await expect(run.result).rejects.toMatchObject({
    code: 'journal-failed',
    message: `The journal ${file} cannot be used: it was deleted or replaced. Put it back.`,
  })
  for (const journal of open.splice(0)) await journal.close?.()
  for (const name of ['', '-wal', '-shm']) {
    rmSync(file + name, { force: true })
    try {
      renameSync(`${file}.away${name}`, file + name)
    } catch {
      // What the last one to close the file has taken away.
    }
  }
  await goesOn(1)
})

it('a file that another program has locked for too long', async () => {
  const { run, next } = gated(journalAt({ lockedMs: 20 }))
  await sixth(run)
  const other = new DatabaseSync(file)
  other.exec('BEGIN IMMEDIATE')
  next()
  await expect(run.result).rejects.toMatchObject({
    code: 'journal-failed',
    message: expect.stringContaining('it is locked by another program. Wait until'),
  })
  other.exec('ROLLBACK')
  other.close()
  for (const journal of open.splice(0)) await journal.close?.()
  await goesOn(1)
})

/** A process of its own that begins the run and never ends it. */
async function holder(): Promise<ChildProcess> {
  const index = JSON.stringify(new URL('../index.ts', import.meta.url).href)
  const program = `
    import { createEngine, definePlan, defineWorker, sqliteJournal } from ${index}
    const gate = defineWorker({ name: 'gate', run: (n) => n < 5 ? n : new Promise(() => setInterval(() => {}, 1000)) })
    const plan = definePlan('gates', (p) => { for (let n = 0; n < 20; n++) p.subtask(gate, n) })
    const run = createEngine({ journal: sqliteJournal(${JSON.stringify(file)}), concurrency: 1 }).start(plan, { run: 'r' })
    while (run.progress().succeeded < 5 || run.progress().inFlight === 0) await new Promise((r) => setImmediate(r))
    await run.durable()
    process.stdout.write('ready')`
  const flags = [
    '--conditions=@kilostep/source',
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
  ]
  const child = spawn(process.execPath, [...flags, '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}

it('a run that another process has, until that is killed', async () => {
  const child = await holder()
  const engine = createEngine({ journal: journalAt(), workers: [quick] })
  await expect(engine.resume('r')).rejects.toMatchObject({
    code: 'run-taken',
    message: `Run "r" is being run by process ${child.pid}. Two hosts must not run it at once: wait until that one has ended, or end it.`,
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  await goesOn(1)
})

it('a last write that was torn', async () => {
  const child = await holder()
  child.kill('SIGKILL')
  await once(child, 'exit')
  truncateSync(`${file}-wal`, statSync(`${file}-wal`).size - 1_000)
  const run = await createEngine({ journal: journalAt(), workers: [quick] }).resume('r')
  expect(await run.result).toMatchObject({ status: 'succeeded' })
})

it('a file of the first version of the tables is brought up to date, and its run goes on', async () => {
  const database = new DatabaseSync(file)
  database.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; ${upgrades[0]}`)
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1`)
  const rows = emptyRows()
  const plan = planOf(quick).data
  const workers = [{ name: 'gate', effects: 'idempotent' as const, verified: false, undo: false }]
  const started = {
    type: 'run-started',
    at: 1,
    version: 1,
    run: 'r',
    plan,
    workers,
    options: {},
    seed: 1,
  } as const
  pushRow({ ...started, digest: 'd' }, rows)
  database.prepare("INSERT INTO run (name, plan, started_at) VALUES ('r', 'gates', 1)").run()
  database
    .prepare("INSERT INTO event VALUES (1, 0, 1, 'run-started', NULL, NULL, NULL, ?, NULL)")
    .run(rows.texts[0] as string)
  database.close()
  await goesOn(0)
})
