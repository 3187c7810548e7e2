import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { definePlan } from './define-plan.ts'
import { createEngine } from './engine.ts'
import { defineWorker, type WorkerOptions } from './worker.ts'

type Read = { readonly digit: number; readonly maybe: readonly (readonly [number, number])[] }

const read: WorkerOptions<Read, Read> = {
  name: 'read',
  run: (input) => input,
  key: ({ digit }) => String(digit),
  confidence: ({ maybe }) => 1 - maybe.reduce((sum, [, p]) => sum + p, 0),
  alternatives: ({ maybe }) =>
    maybe.map(([digit, confidence]) => ({ answer: { digit, maybe: [] }, confidence })),
  policy: { retry: { attempts: 1 } },
}
const even = defineWorker({
  name: 'even',
  run: (reads: readonly Read[]) =>
    reads.reduce((sum, { digit }) => sum + digit, 0) % 2 === 0 || 'The sum is odd.',
  policy: { retry: { wrong: 1 }, combine: { error: 1 } },
})

async function run(options: WorkerOptions<Read, Read>, reads: readonly Read[]) {
  const worker = defineWorker(options)
  const plan = definePlan('digits', (p) => {
    const digits = reads.map((each) => p.subtask(worker, each))
    p.check(even, digits)
    return digits
  })
  const events: string[] = []
  const started = createEngine().start(plan)
  started.on('combination-chosen', ({ choice }) => events.push(JSON.stringify(choice)))
  const { output, report } = await started.result
  return { output, report, events }
}

const odd: readonly Read[] = [
  { digit: 1, maybe: [[2, 0.1]] },
  { digit: 4, maybe: [[5, 0.3]] },
]

describe('what a worker says of its answers', () => {
  test('is tried by a check that combines candidates, likeliest first', async () => {
    const { output, report, events } = await run(read, odd)
    expect((output as Read[]).map(({ digit }) => digit)).toEqual([1, 5])
    expect(events).toEqual(['[["read-1",0],["read-2",1]]'])
    expect(report.checks).toMatchObject({ accepted: 1, rejections: 1, tried: 1, combined: 1 })
  })

  test('may be promised', async () => {
    const later: WorkerOptions<Read, Read> = {
      ...read,
      key: async ({ digit }) => String(digit),
      confidence: async () => 0.7,
      alternatives: async ({ maybe }) =>
        maybe.map(([digit, confidence]) => ({ answer: { digit, maybe: [] }, confidence })),
    }
    const { output } = await run(later, odd)
    expect((output as Read[]).map(({ digit }) => digit)).toEqual([1, 5])
  })

  test.each<[string, Partial<WorkerOptions<Read, Read>>, string]>([
    ['a confidence over 1', { confidence: () => 2 }, '"confidence" gave 2; it must be a number from 0 to 1.'],
    ['no confidence', { confidence: () => 'sure' as never }, '"confidence" gave a string'],
    [
      'one that throws',
      {
        confidence: () => {
          throw new Error('no idea')
        },
      },
      'cannot be had: no idea',
    ],
    ['alternatives that are no list', { alternatives: () => 7 as never }, 'must give a list of up to 1000'],
    [
      'an alternative without confidence',
      { alternatives: () => [{ answer: odd[0] }] as never },
      '{ answer, confidence }',
    ],
    [
      'more than can be',
      { confidence: () => 0.9, alternatives: () => [{ answer: odd[0] as Read, confidence: 0.2 }] },
      'add up to 1.1',
    ],
    [
      'an alternative that is no data',
      { alternatives: () => [{ answer: (() => 1) as never, confidence: 0.1 }] },
      'which JSON cannot hold',
    ],
    [
      'one that does not fit',
      {
        output: z.strictObject({ digit: z.int(), maybe: z.array(z.any()) }) as never,
        alternatives: () => [{ answer: 'x' as never, confidence: 0.1 }],
      },
      'does not fit its output',
    ],
  ])('is told where it cannot be used: %s', async (_, more, message) => {
    const { report } = await run({ ...read, ...more }, odd)
    expect(report.attempts.flagged).toBeGreaterThan(0)
    expect(report.failures[0]?.message).toContain(message)
  })

  test('is wanted by a policy before anything runs', () => {
    const plain = defineWorker({
      name: 'plain',
      run: () => 1,
      policy: { escalate: { to: 'read', below: 0.5 } },
    })
    const plan = definePlan('doubt', (p) => p.subtask(plain, null), [defineWorker(read)])
    expect(() => createEngine().start(plan)).toThrow(
      'Worker "plain" escalates below a confidence of 0.5, but "plain" does not say how sure it is.',
    )
    expect(() => defineWorker({ name: 'w', run: () => 1, alternatives: () => [] })).toThrow(
      '"alternatives" goes with "confidence"',
    )
  })
})
