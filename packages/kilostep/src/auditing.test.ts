import { accountingFaults } from '@kilostep/core'
import { describe, expect, test } from 'vitest'
import { definePlan } from './define-plan.ts'
import { createEngine } from './engine.ts'
import type { StartOptions } from './engine-options.ts'
import { memoryJournal } from './memory-journal.ts'
import { defineWorker, type WorkerOptions } from './worker.ts'

const double = defineWorker<number, number>({
  name: 'double',
  run: (n) => (n === 7 ? 0 : n * 2),
  policy: { vote: { margin: 2 }, audit: { share: 1, by: 'auditor' } },
})
type Question = { readonly subtask: string; readonly input: number; readonly answer: number }
const auditor = (more: Partial<WorkerOptions<Question, boolean | string>> = {}) =>
  defineWorker<Question, boolean | string>({
    name: 'auditor',
    run: ({ input, answer }) => answer === input * 2 || `It should be ${input * 2}.`,
    ...more,
  })

async function run(count: number, audits = auditor(), options: StartOptions = {}) {
  const plan = definePlan('doubles', (p) => Array.from({ length: count }, (_, n) => p.subtask(double, n)), [
    audits,
  ])
  const journal = memoryJournal()
  const engine = createEngine({ journal })
  const started = engine.start(plan, { seed: 1, run: 'audited', target: 0.9, ...options })
  const found: string[] = []
  started.on('audit-ended', ({ subtask, found: what }) => found.push(`${subtask} ${what}`))
  const { output, report } = await started.result
  expect(accountingFaults(report)).toEqual([])
  return { output, report, found, engine, started }
}

describe('audits', () => {
  test('tell of an accepted answer that it is wrong, and change nothing', async () => {
    const { output, report, found } = await run(10)
    expect((output as number[])[7]).toBe(0)
    expect(report.status).toBe('succeeded')
    expect(found.filter((line) => line.endsWith('wrong'))).toEqual(['double-8 wrong'])
    expect(report.audits).toMatchObject({ audited: 10, right: 9, wrong: 1, failed: 0 })
    expect(report.audits?.found).toEqual([{ subtask: 'double-8', reason: 'It should be 14.' }])
    // The run is known to be wrong, though its votes all agreed; another would be right as often as the audits say.
    expect(report.success).toMatchObject({ predicted: 0, basis: 'audits of double', n: 10, targetMet: false })
    expect(report.success.measured).toBeCloseTo(0.9 ** 10, 9)
    expect(report.audits?.kinds[0]?.share.high).toBeGreaterThan(0.3)
    expect(report.audits?.z).toBeLessThan(-2.5)
    // Attempts are attempts; audits are told apart.
    expect(report.attempts.started).toBe(20)
  })

  test('draw a share by the seed, and bound what no vote sees', async () => {
    const sampled = defineWorker({
      ...double,
      policy: { ...double.policy, audit: { share: 0.2, by: 'auditor' } },
    })
    const plan = definePlan('many', (p) => Array.from({ length: 500 }, (_, n) => p.subtask(sampled, n + 8)), [
      auditor(),
    ])
    const once = async (seed: number) => {
      const audited: string[] = []
      const started = createEngine().start(plan, { seed })
      started.on('audit-started', ({ subtask }) => audited.push(subtask))
      const { report } = await started.result
      return { audited: audited.toSorted(), report }
    }
    const { audited, report } = await once(1)
    expect(audited.length).toBeGreaterThan(70)
    expect(audited.length).toBeLessThan(130)
    expect((await once(1)).audited).toEqual(audited)
    expect((await once(2)).audited).not.toEqual(audited)
    const [kind] = report.audits?.kinds ?? []
    expect(kind?.share.high).toBeCloseTo(1 - 0.05 ** (1 / audited.length), 6)
    expect(report.success.measured).toBe(1)
    expect(kind?.cleanNeeded).toBeGreaterThan(10_000)
  })

  test('that cannot be made are counted apart, and cost what they cost', async () => {
    const { report } = await run(
      4,
      auditor({
        run: ({ subtask }, { spend }) => {
          spend({ usd: 0.5 })
          if (subtask === 'double-1') throw new Error('Out of office.')
          return subtask === 'double-2' ? (17 as never) : true
        },
      }),
    )
    expect(report.audits).toMatchObject({ audited: 2, right: 2, failed: 2 })
    expect(report.spend.usd).toBe(2)
    expect(report.success.basis).toBe('audits of double')
  })

  test('keep within the budget, their time, and what was learned before', async () => {
    const costly = auditor({ cost: { usd: 1 } })
    expect((await run(10, costly, { budget: { usd: 3 } })).report.audits?.audited).toBe(3)
    const slow = auditor({ run: () => new Promise(() => undefined), policy: { timeoutMs: 5 } })
    expect((await run(2, slow)).report.audits).toMatchObject({ audited: 0, failed: 2 })
    const warm = await run(5, auditor(), { record: { double: { audits: { right: 995, of: 1_000 } } } })
    expect(warm.report.audits?.kinds[0]?.share.known).toBe(1_005)
    expect(warm.started.record()['double']?.audits).toEqual({ right: 1_000, of: 1_005 })
  })

  test('are not waited for by who cancels, and are made when the run is resumed', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const stuck = auditor({
      run: () => {
        resolve()
        return new Promise(() => undefined)
      },
    })
    const plan = definePlan('doubles', (p) => [p.subtask(double, 1)], [stuck])
    const journal = memoryJournal()
    const engine = createEngine({ journal })
    const started = engine.start(plan, { run: 'audited' })
    await promise
    started.cancel()
    expect((await started.result).report).toMatchObject({
      status: 'succeeded',
      audits: { audited: 0, failed: 1 },
    })
  })

  test('by a worker that is not known are told before anything runs', () => {
    const plan = definePlan('doubles', (p) => [p.subtask(double, 1)])
    expect(() => createEngine().start(plan)).toThrow('is audited by worker "auditor", which is not known')
  })
})
