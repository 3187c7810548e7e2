import { dispatcherSuite } from '@kilostep/testing/vitest'
import { createEngine, definePlan, defineWorker, localDispatcher } from 'kilostep'
import { expect, it } from 'vitest'

dispatcherSuite('in this process', localDispatcher)

it('an engine takes its slots from the dispatcher that it is given', async () => {
  const woken: number[] = []
  const engine = createEngine({
    concurrency: 2,
    dispatcher: (concurrency, clock) => {
      const local = localDispatcher(concurrency, clock)
      return {
        concurrency,
        get busy() {
          return local.busy
        },
        attach: (pull) => local.attach(pull),
        wake(count) {
          woken.push(count)
          local.wake(count)
        },
        idle: () => local.idle(),
      }
    },
  })
  const work = defineWorker({ name: 'work', run: (n: number) => n })
  const plan = definePlan('three', (p) => [1, 2, 3].map((n) => p.subtask(work, n)))
  expect((await engine.start(plan).result).output).toEqual([1, 2, 3])
  expect(woken[0]).toBe(3)
})

it('an engine says what a dispatcher is', () => {
  expect(() => createEngine({ dispatcher: 7 as never })).toThrow(/"dispatcher"/)
})
