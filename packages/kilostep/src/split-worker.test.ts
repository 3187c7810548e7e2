import type { KilostepError } from '@kilostep/core'
import { describe, expect, it } from 'vitest'
import { createEngine } from './engine.ts'
import { AttemptError } from './failure.ts'
import { type Planner, planTask } from './planner.ts'
import { type SplitTask, splitWorker } from './split-worker.ts'
import { defineWorker } from './worker.ts'

const square = defineWorker({ name: 'square', run: (n: number) => n * n })
const add = defineWorker({ name: 'add', run: (parts: readonly number[]) => parts.reduce((a, b) => a + b, 0) })

function faultsOf(make: () => unknown): string[] {
  try {
    make()
    return []
  } catch (error) {
    return (error as KilostepError).faults.map(({ where }) => where)
  }
}

/** Halves a list until one is left, as far as it may. */
const halving: Planner<SplitTask> = ({ given }, { workers }) => {
  const list = given as readonly number[]
  const deeper = workers.some(({ name }) => name === 'split')
  const parts =
    list.length > 2 && deeper ? [list.slice(0, list.length / 2), list.slice(list.length / 2)] : undefined
  const subtasks = (parts ?? list).map((part, i) => ({
    id: `part ${i}`,
    ...(parts === undefined
      ? { worker: 'square', input: part }
      : { worker: 'split', input: { task: 'sum of squares', given: part } }),
  }))
  const sum = { id: 'sum', worker: 'add', input: subtasks.map(({ id }) => ({ $from: id })) }
  return { kilostep: 1, name: 'sum', subtasks: [...subtasks, sum], output: { $from: 'sum' } }
}

function start(planner: Planner<SplitTask>, maxDepth: number) {
  const split = splitWorker({
    planner,
    workers: [square, add],
    maxDepth,
    policy: { retry: { backoffMs: 0 } },
  })
  const root = { task: 'all', given: [1, 2, 3, 4, 5, 6, 7, 8] }
  return planTask(root, planner, { workers: [square, add, split] }).then(
    (plan) => createEngine().start(plan).result,
  )
}

describe('splitWorker', () => {
  it.each([
    [1, 3 + 2 * 5],
    [2, 3 + 2 * 3 + 4 * 3],
    [5, 3 + 2 * 3 + 4 * 3],
  ])('splits when its turn comes, at most %i deep', async (maxDepth, planned) => {
    const { output, report } = await start(halving, maxDepth)
    expect(output).toBe(204)
    expect(report.subtasks).toMatchObject({ planned, succeeded: planned })
  })

  it('asks again where the planner gives no plan, and then fails as any worker does', async () => {
    let asked = 0
    const { report, status } = await start((task, context) => {
      if (task.task === 'all') return halving(task, context)
      asked++
      return { kilostep: 1, name: 'x', subtasks: [{ id: 'a', worker: 'nobody' }] }
    }, 1)
    expect(status).toBe('failed')
    // Two parts, three attempts each, three rounds an attempt.
    expect(asked).toBe(18)
    expect(report.attempts).toMatchObject({ flagged: 6 })
  })

  it('hands on what could not be reached', async () => {
    let failed = false
    const { output, report } = await start((task, context) => {
      if (task.task !== 'all' && !failed) {
        failed = true
        throw new AttemptError('busy', { code: 'rate-limit', retryAfterMs: 1 })
      }
      return halving(task, context)
    }, 1)
    expect(output).toBe(204)
    expect(report.attempts).toMatchObject({ transport: 1 })
  })

  it('tells everything that is wrong with its options', () => {
    const wrong = { planner: 7, workers: [{}], maxDepth: 0, rounds: 1.5, deep: 1 }
    expect(faultsOf(() => splitWorker(wrong as never))).toEqual([
      'planner',
      'workers.0',
      'rounds',
      'maxDepth',
      '',
    ])
    for (const none of [undefined, null, 7]) expect(() => splitWorker(none as never)).toThrow('splitWorker')
    expect(() => splitWorker({ planner: halving, workers: [], name: '' })).toThrow('"name" must be a text')
  })
})
