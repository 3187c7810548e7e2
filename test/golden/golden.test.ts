import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JournalEvent } from '@kilostep/core'
import { eventsOf } from '@kilostep/testing'
import { createEngine, type Journal, type Run, replayRun, sqliteJournal } from 'kilostep'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shapes, workersOf } from './shapes.ts'

/*
 * Journals that were written once, by whatever version was the newest then. This one must read them, and make of them
 * what was made of them then: what happened does not change. Of the report, only the figures under "success" may come
 * out otherwise, because a formula may become better; and a newer report may have more fields.
 */
const folders = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
const runs = folders.flatMap((folder) =>
  readdirSync(join(import.meta.dirname, folder))
    .filter((file) => file.endsWith('.jsonl'))
    .map((file) => ({ folder, run: file.slice(0, -'.jsonl'.length) })),
)

let scratch: string
let journal: Journal
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'kilostep-golden-'))
  journal = sqliteJournal(join(scratch, 'runs.db'), { synchronous: 'off' })
})
afterAll(async () => {
  await journal.close?.()
  rmSync(scratch, { recursive: true })
})

function read({ folder, run }: { folder: string; run: string }) {
  const file = join(import.meta.dirname, folder, run)
  const events = readFileSync(`${file}.jsonl`, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as JournalEvent)
  const { trail, report } = JSON.parse(readFileSync(`${file}.report.json`, 'utf8')) as {
    trail: number[]
    report: object
  }
  return { events, trail: Uint32Array.from(trail), report }
}

/** Puts a golden run into the journal, under a name of its own, with the report of then. */
async function stored(golden: {
  folder: string
  run: string
}): Promise<{ id: string; events: JournalEvent[] }> {
  const id = `${golden.folder} ${golden.run}`
  const { events, trail, report } = read(golden)
  const log = journal.create(id)
  await log.append(events)
  await log.keep?.({ events: events.length, text: JSON.stringify(report), trail })
  await log.close()
  return { id, events }
}

describe('a journal of', () => {
  it.each(runs)('$folder, $run: is read, and folds to the report of then', async (golden) => {
    const { id, events } = await stored(golden)
    expect(await eventsOf(await journal.open(id))).toEqual(events)
    const { differences, diverges } = await replayRun(journal, id)
    expect({
      diverges,
      differences: differences.filter(({ where }) => !where.startsWith('success.')),
    }).toEqual({
      diverges: undefined,
      differences: [],
    })
  })
})

describe('a run of then that was cut off goes on:', () => {
  it.each(folders)('%s, killed', async (folder) => {
    const { id, events } = again(folder, 'killed')
    const run = await createEngine({ journal, workers: workersOf(events) }).resume(id)
    expect(await run.result).toMatchObject({ status: 'succeeded', output: 10 })
  })

  it.each(folders)('%s, waiting', async (folder) => {
    const { id, events } = again(folder, 'waiting')
    const run = (await createEngine({ journal, workers: workersOf(events) }).resume(id)) as Run
    run.decide('waits-1', { approve: true })
    expect(await run.result).toMatchObject({ status: 'succeeded', output: 3 })
  })
})

/** One that the tests before have stored. */
function again(folder: string, run: string): { id: string; events: JournalEvent[] } {
  return { id: `${folder} ${run}`, events: read({ folder, run }).events }
}

it('there are journals of every shape', () => {
  const newest = folders.toSorted().at(-1)
  const names = runs.filter(({ folder }) => folder === newest).map(({ run }) => run)
  for (const name of [...Object.keys(shapes), 'fork']) expect(names).toContain(name)
})
