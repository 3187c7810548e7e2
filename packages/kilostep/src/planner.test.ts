import { describe, expect, it } from 'vitest'
import { definePlan } from './define-plan.ts'
import { createEngine } from './engine.ts'
import { planTask } from './planner.ts'
import { defineWorker } from './worker.ts'

const square = defineWorker({ name: 'square', run: (n: number) => n * n })
const add = defineWorker({ name: 'add', run: (parts: readonly number[]) => parts.reduce((a, b) => a + b, 0) })

describe('planTask', () => {
  it('has a planner split a task, and the engine does it', async () => {
    const plan = await planTask(3, (upTo) =>
      definePlan('squares', (p) =>
        p.subtask(
          add,
          Array.from({ length: upTo }, (_, n) => p.subtask(square, n + 1)),
        ),
      ),
    )
    expect((await createEngine().start(plan).result).output).toBe(14)
  })

  it('sends a plan back with all of its faults', async () => {
    const asked: unknown[] = []
    const plan = await planTask(
      'squares',
      (task, { round, faults, workers }) => {
        asked.push([task, round, faults.map((fault) => fault.code), workers.map((worker) => worker.name)])
        if (round === 1)
          return { kilostep: 1, name: 'x', subtasks: [{ id: 'a', worker: 'sqare', needs: ['b', 'a'] }] }
        return { kilostep: 1, name: 'x', subtasks: [{ id: 'a', worker: 'square', input: 4 }] }
      },
      { workers: [square] },
    )
    expect(asked).toEqual([
      ['squares', 1, [], ['square']],
      ['squares', 2, ['unknown-subtask', 'unknown-worker'], ['square']],
    ])
    expect((await createEngine().start(plan).result).output).toBe(16)
  })

  it('gives up after its rounds, and says why', async () => {
    let rounds = 0
    const planner = () => {
      rounds++
      return { subtasks: 'many' }
    }
    await expect(planTask('t', planner, { rounds: 2 })).rejects.toThrow(
      'asked 2 times and gave no plan that can be used',
    )
    expect(rounds).toBe(2)
  })

  it('says what a planner threw', async () => {
    const planner = () => {
      throw new Error('no model')
    }
    await expect(planTask('t', planner)).rejects.toThrow('The planner threw: "no model"')
    await expect(planTask('t', planner, { rounds: 0 })).rejects.toThrow('"rounds" is 0')
  })
})
