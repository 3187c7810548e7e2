import { KilostepError } from '@kilostep/core'
import { expect, it } from 'vitest'
import { definePlan } from '../define-plan.ts'
import { createEngine } from '../engine.ts'
import type { Worker } from '../worker.ts'
import { recordedWorker } from './recorded.ts'

const quick = { retry: { backoffMs: 0 } } as const

async function replayOf(worker: Worker, subtasks = 1) {
  const plan = definePlan('replay', (p) => Array.from({ length: subtasks }, () => p.subtask(worker, 'sum')))
  return await createEngine().start(plan, { seed: 1 }).result
}

it('gives the samples of a case in their order, a new one for each vote, and counts what was flagged or failed', async () => {
  const worker = recordedWorker({
    name: 'model',
    samples: {
      sum: [
        { failure: 'connection reset' },
        { answer: 4 },
        { flag: 'no number' },
        { answer: 5 },
        { answer: 4 },
        { answer: 4 },
      ],
    },
    policy: { ...quick, vote: { margin: 2 } },
  })
  const { output, report } = await replayOf(worker)
  expect(output).toEqual([4])
  expect(report.attempts).toMatchObject({ started: 6, transport: 1, flagged: 1, succeeded: 3, wrong: 1 })
})

it('fails for good when the samples are used up, and says so', async () => {
  const worker = recordedWorker({
    name: 'model',
    samples: { sum: [{ answer: 4 }, { answer: 5 }] },
    policy: { ...quick, vote: { margin: 2 } },
  })
  const { report } = await replayOf(worker)
  expect(report.failures[0]).toMatchObject({ kind: 'wrong', code: 'samples-used-up' })
  expect(report.failures[0]?.message).toContain('All 2 samples recorded for case "sum" are used up.')
  expect(report.attempts.started).toBe(3)
})

it('shuffles without replacement, for each subtask anew, the same way for the same seed', async () => {
  const samples = { sum: Array.from({ length: 50 }, (_, answer) => ({ answer })) }
  const first = (seed: number) =>
    replayOf(recordedWorker({ name: 'model', samples, order: 'shuffled', seed }), 8).then(
      ({ output }) => output,
    )
  const one = await first(1)
  expect(await first(1)).toEqual(one)
  expect(await first(2)).not.toEqual(one)
  expect(new Set(one).size).toBeGreaterThan(1)
  // Every sample once: with margin 2 no two agree, so all 50 are asked for.
  const all = recordedWorker({
    name: 'model',
    samples,
    order: 'shuffled',
    policy: { ...quick, vote: { margin: 2 } },
  })
  const { report } = await replayOf(all)
  expect(report.attempts).toMatchObject({ started: 51, wrong: 51 })
})

it('tells what cannot be replayed', async () => {
  expect(() => recordedWorker({ name: 'model', samples: {} })).toThrow(KilostepError)
  expect(() => recordedWorker({ name: 'model', samples: { sum: [] } })).toThrow('one sample or more')
  expect(() => recordedWorker({ name: 'model', samples: { sum: [{} as never] } })).toThrow('neither')
  const { report } = await replayOf(recordedWorker({ name: 'model', samples: { other: [{ answer: 1 }] } }))
  expect(report.failures[0]?.code).toBe('unknown-case')
})
