import { describe, expect, test } from 'vitest'
import { definePlan } from './define-plan.ts'
import { createEngine } from './engine.ts'
import type { StartOptions } from './engine-options.ts'
import { defineWorker, type Worker, type WorkerOptions } from './worker.ts'

const strictly = (more: Partial<WorkerOptions<{ input: number; answer: number }, never>> = {}) =>
  defineWorker({
    name: 'judge',
    run: ({ input, answer }: { input: number; answer: number }) =>
      answer === input * 2 || `${answer} is not twice ${input}`,
    ...more,
  } as never)

async function run(double: Worker, judges: readonly Worker[], options: StartOptions = {}, count = 1) {
  const plan = definePlan(
    'doubles',
    (p) => Array.from({ length: count }, (_, n) => p.subtask(double, n)),
    judges,
  )
  const reasons: (string | undefined)[] = []
  const started = createEngine({ concurrency: 1 }).start(plan, { seed: 1, ...options })
  const { output, report } = await started.result
  return { output, report, reasons }
}

describe('a verifier that the policy names', () => {
  test('judges in the attempt, and its reason reaches the next', async () => {
    const reasons: (string | undefined)[] = []
    const double = defineWorker<number, number>({
      name: 'double',
      run: (n, { attempt, reason }) => {
        reasons.push(reason)
        return attempt < 3 ? attempt : n * 2
      },
      policy: { verify: { by: 'judge' } },
    })
    const costly = strictly({
      run: ((
        { input, answer }: { input: number; answer: number },
        { spend }: { spend: (c: object) => void },
      ) => {
        spend({ usd: 1 })
        return answer === input * 2 || `${answer} is not twice ${input}`
      }) as never,
    })
    const { output, report } = await run(double, [costly])
    expect(output).toEqual([0])
    expect(reasons).toEqual([undefined, '1 is not twice 0', '2 is not twice 0'])
    expect(report.attempts).toMatchObject({ started: 3, wrong: 2 })
    expect(report.spend.usd).toBe(3)
    expect(report.success.unjudged).toEqual([])
    expect(report.success.trusted).toEqual(['double'])
  })

  test.each<[unknown, number, string | null]>([
    [0.8, 0.7, null],
    [0.6, 0.7, 'It scored 0.6, and 0.7 is the least.'],
    [{ score: 0.2, reason: 'Off by ten.' }, 0.5, 'It scored 0.2, and 0.5 is the least. Off by ten.'],
    [{ score: 1 }, 1, null],
    [2, 0.5, 'nor a score from 0 to 1'],
    [{ score: Number.NaN }, 0.5, 'nor a score from 0 to 1'],
    [undefined, 0.5, 'neither true, nor false'],
  ])('may give a score: %j held against %d', async (said, least, message) => {
    const double = defineWorker<number, number>({
      name: 'double',
      run: (n) => n * 2,
      policy: { verify: { by: 'judge', least }, retry: { attempts: 1 } },
    })
    const { report } = await run(double, [strictly({ run: (() => said) as never })])
    if (message === null) expect(report.status).toBe('succeeded')
    else expect(report.failures[0]?.message).toContain(message)
  })

  test('that throws is a failure in transport, and one that is not known, or itself, is told before anything runs', async () => {
    const double = (by: string) =>
      defineWorker<number, number>({
        name: 'double',
        run: (n) => n * 2,
        policy: { verify: { by }, retry: { attempts: 1 } },
      })
    const throws = strictly({
      run: () => {
        throw new Error('No opinion.')
      },
    })
    expect((await run(double('judge'), [throws])).report.failures[0]).toMatchObject({
      kind: 'transport',
      code: 'verifier-failed',
      message: 'The verifier threw: No opinion.',
    })
    await expect(run(double('jugde'), [strictly()])).rejects.toThrow(
      'Worker "double" is verified by worker "jugde", which is not known.',
    )
    await expect(run(double('double'), [])).rejects.toThrow('is verified by itself')
    const least = defineWorker({ name: 'double', run: () => 1, policy: { verify: { least: 1 } } })
    await expect(run(least, [])).rejects.toThrow('has no "verify"')
    expect(() =>
      defineWorker({ name: 'w', run: () => 1, policy: { verify: { acceptsRight: 0.9 } } }),
    ).toThrow('"acceptsRight" and "acceptsWrong" go together')
    expect(() =>
      defineWorker({ name: 'w', run: () => 1, policy: { verify: { acceptsRight: 0.1, acceptsWrong: 0.2 } } }),
    ).toThrow('must be more than')
  })
})

describe('a verifier whose rates are known', () => {
  const weighed = (calls: number[], verify: object, margin: number | 'auto' = 3) =>
    defineWorker<number, number>({
      name: 'double',
      // The first sample is wrong.
      run: (n, { sample }) => (sample === 1 ? -1 : n * 2),
      verify: (answer) => {
        calls.push(answer)
        return answer >= 0 || 'It is negative.'
      },
      policy: { vote: { margin, atOnce: 1 }, verify },
    })

  test('is weighed with the votes, and counts once for each answer', async () => {
    const calls: number[] = []
    // Each verdict is worth a vote: ln 9 with a worker that is right nine times in ten.
    const rates = { acceptsRight: 0.9, acceptsWrong: 0.1 }
    const { output, report } = await run(weighed(calls, rates), [])
    expect(output).toEqual([0])
    expect(calls).toEqual([-1, 0])
    // One against, then two for: +1 from votes, +1 for its acceptance, +1 for the other's rejection.
    expect(report.attempts).toMatchObject({ started: 3, succeeded: 2, wrong: 1 })
    const believed = await run(weighed([], {}), [])
    expect(believed.report.attempts.started).toBe(4)
  })

  test('is not believed blindly: a wrong verdict is outvoted', async () => {
    const double = defineWorker<number, number>({
      name: 'double',
      run: (n) => n * 2,
      verify: () => 'No.',
      policy: { vote: { margin: 2 }, verify: { acceptsRight: 0.9, acceptsWrong: 0.1 } },
    })
    const { output, report } = await run(double, [])
    expect(output).toEqual([0])
    expect(report.attempts.started).toBe(3)
  })

  test('spares votes with margin "auto", within what the target allows', async () => {
    const attempts = async (verify: object, record?: StartOptions['record']) => {
      const double = defineWorker<number, number>({
        name: 'double',
        run: (n, { sample }) => ((n + 3 * sample) % 40 === 0 ? -1 : n * 2),
        verify: (answer) => answer >= 0,
        policy: { vote: { margin: 'auto' }, verify },
      })
      const { output, report } = await run(double, [], { target: 0.9, ...(record && { record }) }, 100)
      expect(output).toEqual(Array.from({ length: 100 }, (_, n) => n * 2))
      expect(report.success.predicted).toBeGreaterThan(0.9)
      return report.attempts.started
    }
    const good = await attempts({ acceptsRight: 0.99, acceptsWrong: 0.01 })
    const poor = await attempts({ acceptsRight: 0.55, acceptsWrong: 0.45 })
    expect(good).toBeLessThan(poor)
    // What the record says of it is as good.
    expect(await attempts({}, { double: { acceptsRight: 0.99, acceptsWrong: 0.01 } })).toBe(good)
  })
})
