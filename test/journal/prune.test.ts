import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createEngine,
  definePlan,
  defineWorker,
  type Journal,
  memoryJournal,
  pruneRuns,
  sqliteJournal,
} from 'kilostep'
import { afterEach, beforeEach, expect, it } from 'vitest'

let folder: string
let file: string
let journal: Journal
let now: number
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilostep-prune-'))
  file = join(folder, 'runs.db')
  journal = sqliteJournal(file, { synchronous: 'off' })
  now = 1_000_000
})
afterEach(async () => {
  await journal.close?.()
  rmSync(folder, { recursive: true })
})

const write = defineWorker({ name: 'write', run: (text: string) => text })
const clock = {
  now: () => now,
  after: (ms: number, call: () => void) => {
    const timer = setTimeout(call, ms)
    return () => clearTimeout(timer)
  },
  turn: () => new Promise<void>((resolve) => setImmediate(resolve)),
}

/** Runs of which one a day ends, each with a text of 20,000 characters that is its own. */
async function runsOf(...runs: string[]): Promise<void> {
  for (const run of runs) {
    now += 86_400_000
    const text = run.repeat(20_000 / run.length)
    const plan = definePlan('p', (p) => p.subtask(write, text))
    await createEngine({ journal, clock }).start(plan, { run }).result
  }
}

async function names(): Promise<string[]> {
  return (await journal.runs()).map(({ run }) => run)
}

it('by age: nothing that is younger, and with everything that was stored', async () => {
  await runsOf('aaaa', 'bbbb', 'cccc')
  const options = { olderThanMs: 1.5 * 86_400_000, now }
  const would = await pruneRuns(journal, { ...options, dryRun: true })
  expect(would).toMatchObject([{ run: 'aaaa', reason: 'age', status: 'succeeded', lastAt: 87_400_000 }])
  expect(would[0]?.bytes).toBeGreaterThan(40_000)
  expect(await names()).toEqual(['cccc', 'bbbb', 'aaaa'])
  expect((await pruneRuns(journal, options)).map(({ run }) => run)).toEqual(['aaaa'])
  expect(await names()).toEqual(['cccc', 'bbbb'])
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), 'latin1')
    expect([name, text.includes('aaaaaaaa'), name === 'runs.db' && !text.includes('bbbbbbbb')]).toEqual([
      name,
      false,
      false,
    ])
  }
})

it('by size: the oldest first, until the rest fits', async () => {
  await runsOf('aaaa', 'bbbb', 'cccc', 'dddd')
  const size = (): number =>
    readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  const before = size()
  const pruned = await pruneRuns(journal, { maxBytes: 100_000 })
  expect(pruned.map(({ run, reason }) => [run, reason])).toEqual([
    ['aaaa', 'size'],
    ['bbbb', 'size'],
  ])
  expect(await pruneRuns(journal, { maxBytes: 100_000 })).toEqual([])
  expect(size()).toBeLessThan(before - 80_000)
})

it('never one that goes on, and one that was interrupted only where that is said', async () => {
  const waits = defineWorker({ name: 'waits', policy: { wait: 'approval' }, run: () => 1 })
  const plan = definePlan('p', (p) => p.subtask(waits, undefined))
  const run = createEngine({ journal, clock }).start(plan, { run: 'open' })
  while (run.waiting().length === 0) await clock.turn()
  await run.durable()
  now += 86_400_000
  const all = { olderThanMs: 0, maxBytes: 0, now }
  expect(await pruneRuns(journal, { ...all, interrupted: true })).toEqual([])
  await run.drain()
  expect(await pruneRuns(journal, all)).toEqual([])
  expect((await pruneRuns(journal, { ...all, interrupted: true })).map((one) => one.run)).toEqual(['open'])
})

it('not without a word about what is to go', async () => {
  await expect(pruneRuns(journal, {})).rejects.toMatchObject({
    code: 'invalid-options',
    message: expect.stringContaining('"olderThanMs"'),
  })
  await expect(pruneRuns(memoryJournal(), { maxBytes: 0 })).rejects.toMatchObject({ code: 'no-sizes' })
})
