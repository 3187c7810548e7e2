import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createEngine, definePlan, defineWorker, sqliteJournal, type WorkerOptions } from 'kilostep'
import { afterEach, beforeEach, expect, test } from 'vitest'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilostep-learned-'))
  file = join(folder, 'runs.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Wrong on every eighth sample: enough for a vote to tell. */
const guess = (more: Partial<WorkerOptions<number, number>> = {}) =>
  defineWorker<number, number>({
    name: 'guess',
    run: (n, { sample }) => ((n * 7 + sample * 3) % 8 === 0 ? -1 : n),
    cost: { usd: 0.001 },
    policy: { vote: { margin: 'auto' } },
    ...more,
  })

async function run(worker = guess(), options: object = {}, at = file) {
  const plan = definePlan('guesses', (p) => Array.from({ length: 60 }, (_, n) => p.subtask(worker, n)))
  const journal = sqliteJournal(at, { synchronous: 'off' })
  const engine = createEngine({ journal })
  try {
    const started = engine.start(plan, { target: 0.9, seed: 1, ...options })
    const { report } = await started.result
    return { report, learned: started.learned, forecast: started.forecast, id: started.id }
  } finally {
    await engine.close()
    await journal.close?.()
  }
}

test('the next run on the same journal starts from what the last one learned, and says so', async () => {
  const cold = await run()
  expect([cold.learned, cold.forecast]).toEqual([[], undefined])
  const warm = await run()
  expect(warm.learned).toEqual([{ worker: 'guess', version: expect.any(String), runs: 1 }])
  // What the record says the target takes, before anything runs.
  expect(warm.forecast).toMatchObject({ target: 0.9, reached: true, limits: [] })
  expect(warm.forecast?.attempts).toBeGreaterThan(60)
  expect(warm.forecast?.cost.usd).toBeCloseTo((warm.forecast?.attempts ?? 0) * 0.001, 6)
  expect(warm.forecast?.message).toMatch(/^The target of 90\.0 % is expected to take \d+ attempts/)
  expect(warm.report.attempts.started).toBeLessThan(cold.report.attempts.started)
  expect((await run()).learned[0]?.runs).toBe(2)
})

test('what is learned goes with the worker and its version', async () => {
  await run()
  expect((await run(guess({ version: '2' }))).learned).toEqual([])
  expect((await run(guess({ version: '2' }))).learned).toEqual([{ worker: 'guess', version: '2', runs: 1 }])
  expect((await run(guess({ name: 'other' }))).learned).toEqual([])
  // Other code is another version too.
  expect((await run(guess({ run: (n) => n }))).learned).toEqual([])
})

test('it can be switched off, and a record that is given goes before', async () => {
  await run(guess(), { learn: false })
  expect((await run(guess(), { learn: false })).learned).toEqual([])
  expect((await run()).learned).toEqual([])
  expect((await run(guess(), { learn: false })).learned).toEqual([])
  const given = await run(guess(), { record: { guess: { right: 95, of: 100 } } })
  expect(given.learned).toEqual([])
  expect(given.forecast?.reached).toBe(true)
})

test('a run is learned from once, however often it is resumed, and also after it is deleted', async () => {
  const { id } = await run()
  const journal = sqliteJournal(file)
  const engine = createEngine({ journal, workers: [guess()] })
  await (await engine.resume(id)).result
  await journal.delete(id)
  await engine.close()
  await journal.close?.()
  expect((await run()).learned[0]?.runs).toBe(1)
})

test('many runs are kept as one, and what cannot be understood is left out', async () => {
  await run()
  const database = new DatabaseSync(file)
  const row = database.prepare('SELECT worker, version, record FROM learned').get() as Record<string, string>
  const insert = database.prepare('INSERT INTO learned VALUES (?, ?, ?, 1, ?)')
  const { worker = '', version = '', record = '' } = row
  for (let i = 0; i < 150; i++) insert.run(worker, version, `run-${i}`, record)
  insert.run(worker, version, 'newer', '{"telepathy":1}')
  database.close()
  const warm = await run()
  expect(warm.learned[0]?.runs).toBe(151)
  const after = new DatabaseSync(file)
  expect(after.prepare('SELECT run, runs FROM learned').all()).toEqual([{ run: '', runs: 152 }])
  after.close()
})

test('a target that cannot be reached is told before the run starts', async () => {
  const below = await run(guess(), { record: { guess: { right: 40, of: 100 } } })
  expect(below.forecast?.reached).toBe(false)
  expect(below.forecast?.limits.map(({ code }) => code)).toContain('below-half')
  expect(below.forecast?.message).toMatch(/^The target of 90\.0 % is out of reach: guess is right in 40\.0 %/)
  const poor = await run(guess(), { record: { guess: { right: 95, of: 100 } }, budget: { attempts: 61 } })
  expect(poor.forecast?.limits.map(({ code }) => code)).toContain('attempts')
  const once = await run(guess({ policy: {} }), { record: { guess: { right: 95, of: 100 } } })
  expect(once.forecast?.message).toMatch(/short of 90\.0 %\. Votes with margin "auto" would/)
})

test('a journal of before is brought up to date', async () => {
  await run()
  const database = new DatabaseSync(file)
  database.exec('DROP TABLE learned; PRAGMA user_version = 2')
  database.close()
  expect((await run()).learned).toEqual([])
  expect((await run()).learned[0]?.runs).toBe(1)
})
