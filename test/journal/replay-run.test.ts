import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  createEngine,
  definePlan,
  defineWorker,
  type Journal,
  memoryJournal,
  replayRun,
  sqliteJournal,
} from 'kilostep'
import { afterEach, beforeEach, expect, it } from 'vitest'

let folder: string
let file: string
let journal: Journal
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilostep-replay-'))
  file = join(folder, 'runs.db')
  journal = sqliteJournal(file, { synchronous: 'off' })
})
afterEach(async () => {
  await journal.close?.()
  rmSync(folder, { recursive: true })
})

const undone: number[] = []
const part = defineWorker({
  name: 'part',
  policy: { retry: { attempts: 2, backoffMs: 0 } },
  undo: (n: number) => void undone.push(n),
  run: (n: number, { attempt }) => {
    if (n === 3 && attempt === 1) throw new Error('once')
    return n
  },
})
const plan = definePlan('parts', (p) => [0, 1, 2, 3, 4].map((n) => p.subtask(part, n)))

/** Changes the file behind the journal's back. */
function change(sql: string): void {
  const database = new DatabaseSync(file)
  database.exec(sql)
  database.close()
}

it('a run that is replayed gives the report that was stored', async () => {
  const { report } = await createEngine({ journal, concurrency: 2 }).start(plan, { run: 'a' }).result
  const replay = await replayRun(journal, 'a')
  expect(replay).toMatchObject({ verdict: 'same', differences: [], added: [], diverges: undefined })
  expect(JSON.stringify(replay.report)).toBe(JSON.stringify(report))
})

it('after a rollback, too, and what was undone is in it', async () => {
  const run = createEngine({ journal }).start(plan, { run: 'a' })
  await run.result
  await run.rollBack()
  const replay = await replayRun(journal, 'a')
  expect(replay).toMatchObject({ verdict: 'same', report: { undone: { done: 5, failed: 0 } } })
})

it('a run that was resumed, too', async () => {
  const engine = createEngine({ journal, concurrency: 1 })
  const first = engine.start(plan, { run: 'a' })
  first.pause()
  await first.durable()
  change('UPDATE run SET host = NULL')
  await journal.close?.()
  journal = sqliteJournal(file)
  const run = await createEngine({ journal }).resume('a', { plan })
  run.resume()
  await run.result
  expect(await replayRun(journal, 'a')).toMatchObject({ verdict: 'same' })
})

it('an event that was changed is named, with what differs', async () => {
  await createEngine({ journal, concurrency: 1 }).start(plan, { run: 'a' }).result
  change(`UPDATE event SET data = '{"failure":{"kind":"flagged","code":"x","message":"y"}}'
    WHERE type = 'attempt-failed'`)
  const { verdict, differences, diverges } = await replayRun(journal, 'a')
  expect(verdict).toBe('different')
  expect(diverges).toMatchObject({ type: 'attempt-failed', subtask: 'part-4' })
  expect(differences).toContainEqual({ where: 'attempts.transport', kept: 1, now: 0 })
  expect(differences).toContainEqual({ where: 'attempts.flagged', kept: 0, now: 1 })
})

it('an event whose time was changed is named', async () => {
  await createEngine({ journal, concurrency: 1 }).start(plan, { run: 'a' }).result
  change("UPDATE event SET at = at + 5000 WHERE type = 'subtask-succeeded' AND node = 2")
  expect(await replayRun(journal, 'a')).toMatchObject({
    verdict: 'different',
    diverges: { type: 'subtask-succeeded', subtask: 'part-3', problem: undefined },
  })
})

it('an event that cannot be where it is is named with the reason', async () => {
  await createEngine({ journal, concurrency: 1 }).start(plan, { run: 'a' }).result
  change("UPDATE event SET type = 'attempt-succeeded' WHERE type = 'attempt-started' AND node = 1")
  const { diverges } = await replayRun(journal, 'a')
  expect(diverges).toMatchObject({ subtask: 'part-2', problem: expect.stringContaining('not in flight') })
})

it('a journal that lacks its last events is told', async () => {
  await createEngine({ journal, concurrency: 1 }).start(plan, { run: 'a' }).result
  change("DELETE FROM event WHERE type = 'run-finished'")
  expect(await replayRun(journal, 'a')).toMatchObject({
    verdict: 'different',
    diverges: { type: undefined, problem: expect.stringMatching(/made of \d+ events, and there are \d+/) },
  })
})

it('what a newer Kilostep has added to reports is no difference', async () => {
  await createEngine({ journal }).start(plan, { run: 'a' }).result
  change("UPDATE report SET text = json_remove(text, '$.success.again', '$.kinds[0].p95Ms')")
  expect(await replayRun(journal, 'a')).toMatchObject({
    verdict: 'same',
    added: ['success.again', 'kinds[].p95Ms'],
  })
})

it('a figure that is reckoned otherwise now is told, and no event is to blame', async () => {
  await createEngine({ journal }).start(plan, { run: 'a' }).result
  change("UPDATE report SET text = json_set(text, '$.success.predicted', 0.5)")
  const { verdict, differences, diverges } = await replayRun(journal, 'a')
  expect({ verdict, diverges }).toEqual({ verdict: 'different', diverges: undefined })
  expect(differences).toMatchObject([{ where: 'success.predicted', kept: 0.5 }])
})

it('where no report is kept, that is said', async () => {
  await createEngine({ journal }).start(plan, { run: 'a' }).result
  change('DELETE FROM report')
  expect(await replayRun(journal, 'a')).toMatchObject({ verdict: 'nothing-kept' })
  const inMemory = memoryJournal()
  const run = createEngine({ journal: inMemory }).start(plan, { run: 'a' })
  await run.result
  expect(await replayRun(inMemory, 'a')).toMatchObject({ verdict: 'nothing-kept' })
  await expect(replayRun(journal, 'b')).rejects.toMatchObject({ code: 'unknown-run' })
})
