import { createEngine, definePlan, defineWorker } from 'kilostep'
import { expect, test } from 'vitest'

const work = (extra: object = {}) => defineWorker({ name: 'work', run: () => 1, ...extra })
const plan = (worker: ReturnType<typeof work>) => definePlan('p', (p) => p.subtask(worker, null))

test('a start that fails leaves nothing behind: another worker may have the name', async () => {
  const engine = createEngine()
  expect(() => engine.start(plan(work({ policy: { escalate: { to: 'nobody' } } })))).toThrow('nobody')
  expect((await engine.start(plan(work())).result).output).toBe(1)
  await engine.close()
})

test('what its workers hold is given back with the engine all the same, once', async () => {
  let disposed = 0
  const held = work({ policy: { escalate: { to: 'nobody' } }, dispose: () => void disposed++ })
  const engine = createEngine()
  for (let i = 0; i < 2; i++) expect(() => engine.start(plan(held))).toThrow()
  expect(disposed).toBe(0)
  await engine.close()
  expect(disposed).toBe(1)
})

test('an answer with a getter is flagged, wherever it is, and the getter is not called', async () => {
  let read = 0
  const getter = { get: () => ++read, enumerable: true }
  const list = Object.defineProperty([1, 2], '1', getter)
  const answers = [Object.defineProperty({}, 'x', getter), { deep: [list] }, list]
  const worker = defineWorker({
    name: 'work',
    run: (i: number) => answers[i],
    policy: { retry: { attempts: 1 } },
  })
  const many = definePlan('p', (p) => answers.map((_, i) => p.subtask(worker, i)))
  const { report } = await createEngine().start(many).result
  expect(report.failures.map(({ code }) => code)).toEqual([
    'invalid-answer',
    'invalid-answer',
    'invalid-answer',
  ])
  expect(report.failures[1]?.message).toContain('holds a getter at deep[0][1], which JSON cannot hold')
  expect(read).toBe(0)
})
