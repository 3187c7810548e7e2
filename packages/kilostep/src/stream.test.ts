import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { PlanBuilder } from './define-plan.ts'
import { createEngine } from './engine.ts'
import { sqliteJournal } from './sqlite/sqlite-journal.ts'
import { type StreamedItem, streamPlan } from './stream.ts'
import { defineWorker } from './worker.ts'

function counted() {
  const calls: string[] = []
  const double = defineWorker({
    name: 'double',
    run: (n: number) => {
      calls.push(`double ${n}`)
      if (n === 13) throw new TypeError('unlucky')
      return n * 2
    },
    policy: { retry: { attempts: 1 } },
  })
  const add = defineWorker({
    name: 'add',
    run: (n: number) => {
      calls.push(`add ${n}`)
      return n + 1
    },
  })
  const build = (p: PlanBuilder, n: number) => p.subtask(add, p.subtask(double, n))
  return { calls, build }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)
const output = (item: StreamedItem<number>) => (item.status === 'succeeded' ? item.output : item.message)

it('gives what became of each item, in the order of the source, and adds it up', async () => {
  const { build } = counted()
  const stream = streamPlan(createEngine(), 'rows', numbers(1_000), build, { batch: 64 })
  const items = await all(stream)
  expect(items.map(({ index }) => index)).toEqual(numbers(1_000))
  expect(items.filter(({ status }) => status === 'failed')).toEqual([
    { index: 13, status: 'failed', message: '"double-14" failed: unlucky' },
  ])
  expect(items.filter((_, n) => n !== 13).map(output)).toEqual(
    numbers(1_000)
      .filter((n) => n !== 13)
      .map((n) => n * 2 + 1),
  )
  expect(stream.summary()).toMatchObject({
    batches: 16,
    items: 1_000,
    failedItems: 1,
    subtasks: { planned: 2_000, succeeded: 1_998, failed: 1, skipped: 1, cancelled: 0 },
    attempts: { started: 1_999 },
    success: { predicted: 0 },
  })
})

it('takes items as there is room and no more, and finishes what it has taken first', async () => {
  const { calls, build } = counted()
  let taken = 0
  let closed = false
  async function* rows() {
    try {
      for (let n = 20; ; n++) {
        taken++
        yield n
      }
    } finally {
      closed = true
    }
  }
  const engine = createEngine({ concurrency: 1 })
  for await (const { index } of streamPlan(engine, 'endless', rows(), build, { batch: 10, window: 3 })) {
    expect(taken).toBeLessThanOrEqual((Math.floor(index / 10) + 3) * 10)
    if (index === 199) break
  }
  expect(closed).toBe(true)
  // Of each batch an item's last subtask comes before the next item's first.
  const ofFirst = calls.filter((call) => /^(double 2\d|add [45]\d)$/.test(call))
  expect(ofFirst.slice(0, 4)).toEqual(['double 20', 'add 40', 'double 21', 'add 42'])
  await engine.close()
})

it('goes on where another process stopped: nothing that ended is done again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kilostep-stream-'))
  const options = { run: 'rows', batch: 10, window: 2 }
  const first = counted()
  const engine = createEngine({ journal: sqliteJournal(join(folder, 'runs.db')) })
  const before: number[] = []
  for await (const item of streamPlan(engine, 'rows', numbers(50), first.build, options)) {
    before.push(item.index)
    if (item.index === 24) break
  }
  await engine.close()

  const second = counted()
  const next = createEngine({ journal: sqliteJournal(join(folder, 'runs.db')) })
  const items = await all(streamPlan(next, 'rows', numbers(50), second.build, options))
  expect(items.map(output)).toEqual(
    numbers(50).map((n) => (n === 13 ? '"double-4" failed: unlucky' : n * 2 + 1)),
  )
  expect(second.calls.filter((call) => call.startsWith('double')).length).toBeLessThanOrEqual(30)
  expect(second.calls.some((call) => call === 'double 5')).toBe(false)

  const other = streamPlan(next, 'rows', numbers(50).reverse(), second.build, options)
  await expect(all(other)).rejects.toThrow(
    'Batch "rows/1" was made of other items or by another plan. Give the stream the same source and the same "batch", or another "run".',
  )
  await next.close()
})

it('shares a target among the batches', async () => {
  const { build } = counted()
  const items = numbers(12)
  const stream = streamPlan(createEngine(), 'rows', items, build, { batch: 5, target: 0.9, items: 12 })
  expect(await all(stream)).toHaveLength(12)
  expect(() => streamPlan(createEngine(), 'rows', items, build, { target: 0.9 })).toThrow(
    'A target is for all items together: say how many there are with "items", or leave "target" out.',
  )
  const more = streamPlan(createEngine(), 'rows', items, build, { target: 0.9, items: 11 })
  await expect(all(more)).rejects.toThrow('The source has more than 11 items')
})

it('ends with what the source throws, and what was taken is cancelled', async () => {
  const { build } = counted()
  function* rows() {
    yield* numbers(10)
    throw new Error('The file ended early.')
  }
  const stream = streamPlan(createEngine(), 'rows', rows(), build, { batch: 2, window: 2 })
  const seen: number[] = []
  const read = async () => {
    for await (const { index } of stream) seen.push(index)
  }
  await expect(read()).rejects.toThrow('The file ended early.')
  expect(seen).toEqual(numbers(8))
  await expect(all(stream)).rejects.toThrow('A stream can be iterated over only once.')
})

it('of nothing is nothing; wrong options are told at once', async () => {
  const { build } = counted()
  const empty = streamPlan(createEngine(), 'rows', [], build)
  expect(await all(empty)).toEqual([])
  expect(empty.summary()).toMatchObject({ batches: 0, items: 0, success: { predicted: 1 } })
  const options = { batch: 0, windows: 2, budget: { attempts: 1 } } as never
  expect(() => streamPlan(createEngine(), 'rows', [], build, options)).toThrow(
    /"batch" .*\n.*"windows"[\s\S]*"budget"/,
  )
})
