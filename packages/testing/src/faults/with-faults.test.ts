import { createEngine, definePlan, defineWorker, type RunReport } from 'kilostep'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { VirtualClock } from '../clock/virtual-clock.ts'
import { type FaultProfile, type FaultProfileName, faultProfile, faultProfileNames } from './profiles.ts'
import { type FaultOptions, withFaults } from './with-faults.ts'
import { wrongAnswer } from './wrong-answer.ts'

const subtasks = 400
const output = z.object({ n: z.int() })

async function trial(profile: FaultProfile | FaultProfileName, options: FaultOptions = {}, attempts = 30) {
  const clock = new VirtualClock()
  let calls = 0
  const plain = defineWorker({
    name: 'double',
    output,
    policy: { retry: { attempts, backoffMs: 10 }, timeoutMs: 60_000 },
    run: ({ n }: { n: number }) => {
      calls++
      return { n: 2 * n }
    },
  })
  const worker = withFaults(plain, profile, { clock, ...options })
  const plan = definePlan('faulty', (p) =>
    Array.from({ length: subtasks }, (_, n) => p.subtask(worker, { n })),
  )
  const engine = createEngine({ clock, concurrency: 64 })
  const once = async (): Promise<{ report: RunReport; right: number; tookMs: number }> => {
    const before = clock.now()
    const { report, output } = await clock.result(engine.start(plan, { seed: 1 }).result)
    const right = (output ?? []).filter(({ n }: { n: number }, i: number) => n === 2 * i).length
    return { report, right, tookMs: clock.now() - before }
  }
  return { once, calls: () => calls }
}

describe('a worker with faults', () => {
  it.each(['flaky-network', 'rate-limited', 'slow-tail', 'crash'] as const)(
    '%s: gets there in the end',
    async (profile) => {
      const { report, right, tookMs } = await (await trial(profile)).once()
      expect(right).toBe(subtasks)
      const { unreachable = 0, answerLost = 0, crashed = 0, rateLimited = 0 } = faultProfile(profile)
      const share = unreachable + answerLost + crashed + rateLimited
      const { started, transport } = report.attempts
      const spread = 5 * Math.sqrt((share * (1 - share)) / started)
      expect(Math.abs(transport / started - share)).toBeLessThanOrEqual(spread)
      if (profile === 'slow-tail') expect(tookMs).toBeGreaterThan(500)
    },
  )

  it('wrong-answers: only the garbled are seen', async () => {
    const { report, right } = await (await trial('wrong-answers')).once()
    expect(report.attempts.flagged).toBeGreaterThan(5)
    expect(right / subtasks).toBeGreaterThan(0.7)
    expect(right / subtasks).toBeLessThan(0.95)
  })

  it('that hangs is stopped by its time limit', async () => {
    const { report, right, tookMs } = await (await trial({ hung: 0.1 })).once()
    expect(report.attempts.transport).toBeGreaterThan(10)
    expect(report.attempts.stuck).toBe(0)
    expect(right).toBe(subtasks)
    expect(tookMs).toBeGreaterThan(60_000)
  })

  it('does its work or not, as the fault says', async () => {
    for (const [profile, works] of [
      [{ unreachable: 0.3 }, false],
      [{ answerLost: 0.3 }, true],
    ] as const) {
      const { once, calls } = await trial(profile)
      const { report } = await once()
      expect(calls()).toBe(works ? report.attempts.started : subtasks)
    }
  })

  it('has the same faults for the same seed, others in the next run and for another seed', async () => {
    const seen = async (seed: number): Promise<string[]> => {
      const { once } = await trial('flaky-network', { seed })
      return [JSON.stringify((await once()).report.attempts), JSON.stringify((await once()).report.attempts)]
    }
    const [first, second] = await seen(1)
    expect(await seen(1)).toEqual([first, second])
    expect(second).not.toBe(first)
    expect((await seen(2))[0]).not.toBe(first)
  })

  it('asks as politely as a server would', async () => {
    const { once } = await trial({ rateLimited: 0.5, retryAfterMs: [5_000, 5_000] })
    expect((await once()).tookMs).toBeGreaterThan(5_000)
  })

  it('gives a wrong answer of the caller’s own', async () => {
    const { once } = await trial({ wrong: 1 }, { wrong: () => ({ n: -1 }) })
    expect((await once()).right).toBe(0)
  })

  it('leaves a plan that is answered alone', async () => {
    const part = definePlan('part', (p) => p.subtask(defineWorker({ name: 'one', run: () => 1 }), undefined))
    const grows = withFaults(defineWorker({ name: 'grows', run: () => part }), { wrong: 0.5, garbled: 0.5 })
    const plan = definePlan('whole', (p) => p.subtask(grows, undefined), [...part.workers.values()])
    expect((await createEngine().start(plan).result).output).toBe(1)
  })
})

describe('a profile', () => {
  it('is there by its name', () => {
    for (const name of faultProfileNames) expect(Object.keys(faultProfile(name)).length).toBeGreaterThan(0)
  })

  it('that is not there is told, with what was meant', () => {
    expect(() => faultProfile('flaky-netwrok' as never)).toThrow(/"flaky-network"\?/)
    expect(() => faultProfile('__proto__' as never)).toThrow(/no fault profile/)
  })

  it('that makes no sense is told with every fault', () => {
    const worker = defineWorker({ name: 'w', run: () => 1 })
    const bad = { wrong: 0.9, slow: 0.9, hung: -1, slowMs: [9, 1], slowM: 1 } as never
    expect(() => withFaults(worker, bad)).toThrow(
      expect.objectContaining({
        code: 'invalid-faults',
        faults: [
          expect.objectContaining({ where: 'hung' }),
          expect.objectContaining({ message: expect.stringContaining('1.8') }),
          expect.objectContaining({ where: 'slowMs' }),
          expect.objectContaining({ message: expect.stringContaining('"slow"') }),
        ],
      }),
    )
    expect(() => withFaults(worker, null as never)).toThrow(/name or an object/)
  })
})

describe('a wrong answer', () => {
  it.each([0, 7, -2.5, '', 'text', 'a1', true, null, [], [1, 'b'], {}, { a: { b: [false] } }])(
    'of %j is another of the same form',
    (answer) => {
      for (const draw of [0, 0.3, 0.77, 0.999999]) {
        const wrong = wrongAnswer(answer, draw)
        expect(wrong).not.toEqual(answer)
        expect(Array.isArray(wrong)).toBe(Array.isArray(answer))
        if (answer !== null) expect(typeof wrong).toBe(typeof answer)
      }
    },
  )
})
