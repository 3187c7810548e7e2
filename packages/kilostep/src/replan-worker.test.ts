import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createEngine } from './engine.ts'
import { AttemptError } from './failure.ts'
import type { Planner } from './planner.ts'
import { type ReplanTask, replanWorker } from './replan-worker.ts'
import { sqliteJournal } from './sqlite/sqlite-journal.ts'
import { defineWorker } from './worker.ts'

const fetched: string[] = []
const fetchPage = defineWorker({
  name: 'fetch',
  run: (url: string) => {
    fetched.push(url)
    if (url === 'gone') throw new AttemptError('404', { code: 'http-404', retryable: false })
    return `page ${url}`
  },
})
const join_ = defineWorker({ name: 'join', run: (parts: readonly string[]) => parts.join(' + ') })

const data = {
  kilostep: 1,
  name: 'pages',
  subtasks: [
    { id: 'one', worker: 'fetch', input: 'here' },
    { id: 'two', worker: 'fetch', input: 'gone' },
    { id: 'both', worker: 'join', input: [{ $from: 'one' }, { $from: 'two' }] },
  ],
  output: { $from: 'both' },
}

/** Takes another page, and joins it with what is done; what it says first will not do. */
const another: Planner<ReplanTask> = ({ task, replan }, { round, existing }) => {
  expect(task).toBe('join two pages')
  expect(replan.failed.map(({ id, failure }) => [id, failure.code])).toEqual([['two', 'http-404']])
  expect(existing).toEqual(['one'])
  if (round === 1)
    return { kilostep: 1, name: 'p', subtasks: [{ id: 'one', worker: 'fech', needs: ['two'] }] }
  return {
    kilostep: 1,
    name: 'pages again',
    subtasks: [
      { id: 'two again', worker: 'FETCH', input: 'elsewhere' },
      { id: 'both again', worker: 'join', input: [{ $from: 'One' }, { $from: 'two again' }] },
    ],
    output: { $from: 'both again' },
  }
}

const replan = replanWorker({ planner: another, task: 'join two pages', workers: [fetchPage, join_] })

describe('replanWorker', () => {
  it('lets a planner put another way in the place of what failed, in a journal that can be resumed', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'kilostep-replan-')), 'runs.db')
    const engine = createEngine({ workers: [fetchPage, join_, replan], journal: sqliteJournal(file) })
    const run = engine.start(data, { run: 'r', replan: { worker: 'replan' } })
    const replanned: unknown[] = []
    run.on('subtask-replanned', ({ subtask, superseded, kept }) =>
      replanned.push([subtask, superseded, kept]),
    )
    const { status, output, report } = await run.result
    expect([status, output]).toEqual(['succeeded', 'page here + page elsewhere'])
    expect(replanned).toEqual([['two', ['two', 'both'], ['one']]])
    expect(report.subtasks).toMatchObject({ planned: 6, succeeded: 4, superseded: 2 })
    await engine.close()

    // From its journal alone it comes to the same, and nothing is done twice.
    const before = fetched.length
    const next = createEngine({ workers: [fetchPage, join_, replan], journal: sqliteJournal(file) })
    expect((await (await next.resume('r')).result).report).toEqual(report)
    expect(fetched).toHaveLength(before)
    await next.close()
  })

  it('goes on where its host was lost while the planner was asked', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'kilostep-replan-')), 'runs.db')
    let asked = () => {}
    const wasAsked = new Promise<void>((resolve) => {
      asked = resolve
    })
    const hanging = defineWorker({
      name: 'replan',
      run: (_input: unknown, { signal }) =>
        new Promise((_, reject) => {
          asked()
          signal.addEventListener('abort', () => reject(signal.reason))
        }),
    })
    const engine = createEngine({ workers: [fetchPage, join_, hanging], journal: sqliteJournal(file) })
    const run = engine.start(data, { run: 'r', replan: { worker: 'replan' } })
    await wasAsked
    await run.durable()
    await engine.drain({ graceMs: 0 })
    await engine.close()

    const next = createEngine({ workers: [fetchPage, join_, replan], journal: sqliteJournal(file) })
    const { output } = await (await next.resume('r')).result
    expect(output).toBe('page here + page elsewhere')
    await next.close()
  })

  it('tells everything that is wrong with its options', () => {
    const wrong = { planner: another, workers: [fetchPage], task: '', depth: 2 }
    expect(() => replanWorker(wrong as never)).toThrow(
      /"task" must have at least 1 character.*"depth" is not known/s,
    )
  })

  it('must be known to the run', () => {
    const engine = createEngine({ workers: [fetchPage, join_, replan] })
    expect(() => engine.start(data, { replan: { worker: 'replann' } })).toThrow(
      '"replan" asks worker "replann", which is not known. Did you mean "replan"?',
    )
  })
})
