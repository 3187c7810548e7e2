import { expect, it } from 'vitest'
import { given } from './fixtures/scenario.ts'

it('an answer that somebody gave and a check sends back is asked for anew, as another sample', () => {
  const run = given([{ id: 'a', worker: 'once' }], {
    checks: [{ id: 'k', covers: ['a'] }],
    workers: { once: { effects: 'once' } },
  }).begin()
  run.tell({ type: 'host-lost', at: run.at })
  const decision = { type: 'answer', answer: 1 } as const
  run.tell({ type: 'decision', at: run.at, node: run.node('a'), decision })
  expect(run.slots()).toEqual(['k'])
  run.answers('k', false)
  expect(run.slots()).toEqual(['a'])
  const started = run.events.filter((event) => event.type === 'attempt-started' && event.node === 0)
  expect(started).toMatchObject([{ sample: 1 }, { attempt: 2, sample: 2 }])
})
