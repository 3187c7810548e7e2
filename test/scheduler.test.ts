import { createRandom } from '@kilostep/core'
import fc from 'fast-check'
import { createEngine, defineWorker } from 'kilostep'
import { describe, expect, test } from 'vitest'
import { drive } from './scheduler/drive.ts'
import { epigenomics, forkJoin, montage, randomPlan } from './scheduler/shapes.ts'

describe.each([1, 3, 64])('beside the reference scheduler, with %i slots', (concurrency) => {
  test('any plan: all at their time, none twice, none forgotten, no idle slot, the right ones skipped', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const random = createRandom(seed)
        await drive(randomPlan(random, 14), concurrency, random)
      }),
      // The examples: a check fails whose subtasks are to be skipped themselves, one of them with a fallback; and a
      // condition that is not met makes a check hopeless.
      { numRuns: 250, examples: [[261905534], [40685834]] },
    )
  })

  test.each([
    ['fork-join', forkJoin(4, 12)],
    ['montage', montage(20)],
    ['epigenomics', epigenomics(3, 6)],
  ])('%s', async (_name, plan) => {
    for (let seed = 0; seed < 5; seed++) {
      const report = await drive(plan, concurrency, createRandom(seed))
      expect(report.attempts.transport).toBeGreaterThan(0)
    }
  })
})

test('with one slot, what has the highest priority starts first, then what has the longest road, then what the plan says first', async () => {
  const subtask = fc.record({
    needs: fc.array(fc.nat(30), { maxLength: 2 }),
    priority: fc.integer({ min: -1, max: 1 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(subtask, { minLength: 1, maxLength: 25 }), async (specs) => {
      const needs = specs.map((spec, i) => [...new Set(spec.needs.filter((other) => other < i))])
      const roads = specs.map(() => 1)
      for (let i = specs.length - 1; i >= 0; i--) {
        for (const other of needs[i] ?? []) roads[other] = Math.max(roads[other] ?? 0, (roads[i] ?? 0) + 1)
      }
      const expected: number[] = []
      while (expected.length < specs.length) {
        const ready = specs
          .map((_, i) => i)
          .filter((i) => !expected.includes(i) && needs[i]?.every((other) => expected.includes(other)))
        const rank = (i: number): number => (specs[i]?.priority ?? 0) * 1_000 + (roads[i] ?? 0)
        ready.sort((a, b) => rank(b) - rank(a) || a - b)
        expected.push(ready[0] as number)
      }
      const order: number[] = []
      const worker = defineWorker({ name: 'w', run: (i: number) => void order.push(i) })
      const plan = {
        kilostep: 1,
        name: 'order',
        subtasks: specs.map(({ priority }, i) => ({
          id: `s${i}`,
          worker: 'w',
          input: i,
          needs: (needs[i] ?? []).map((other) => `s${other}`),
          priority,
        })),
      }
      await createEngine({ concurrency: 1, workers: [worker] }).start(plan).result
      expect(order).toEqual(expected)
    }),
    { numRuns: 200 },
  )
})
