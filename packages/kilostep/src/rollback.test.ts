import { expect, it } from 'vitest'
import { definePlan } from './define-plan.ts'
import { createEngine } from './engine.ts'
import { defineWorker } from './worker.ts'

function bookings(undone: string[]) {
  const book = defineWorker({
    name: 'book',
    run: (what: string) => {
      if (what === 'hotel') throw new Error('full')
      return what
    },
    undo: (answer) => {
      if (answer === 'train') throw new Error('not refundable')
      undone.push(answer)
    },
    policy: { retry: { attempts: 1 } },
  })
  return definePlan('trip', (p) => {
    const flight = p.subtask(book, 'flight')
    const train = p.subtask(book, 'train', { needs: [flight] })
    const car = p.subtask(book, 'car', { needs: [train] })
    return p.subtask(book, 'hotel', { needs: [car] })
  })
}

it('undoes what was done, last first, and goes on past an undo that fails', async () => {
  const undone: string[] = []
  const run = createEngine().start(bookings(undone), { rollBack: 'on-failure' })
  const { status, report } = await run.result
  expect(status).toBe('failed')
  expect(undone).toEqual(['car', 'flight'])
  expect(report.undone).toEqual({ done: 2, failed: 1 })
})

it('is asked for where it is not ordered beforehand, and only once the run has ended', async () => {
  const undone: string[] = []
  const run = createEngine().start(bookings(undone))
  await expect(run.rollBack()).rejects.toThrow('has not ended')
  await run.result
  expect(undone).toEqual([])
  expect(await run.rollBack()).toEqual({ undone: 2, failed: 1 })
  expect(undone).toEqual(['car', 'flight'])
})
