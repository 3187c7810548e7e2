import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Gate } from './gate.ts'

it('lets no more in at once than it may', () => {
  const gate = new Gate({ concurrency: 2 })
  gate.enter(0)
  expect(gate.opensAt()).toBeLessThanOrEqual(0)
  gate.enter(0)
  expect(gate.opensAt()).toBe(Number.POSITIVE_INFINITY)
  gate.leave()
  expect(gate.opensAt()).toBeLessThanOrEqual(0)
})

it('starts no more than the limit in any stretch of time, whatever the moments', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 100 }),
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 200 }),
      (limit, intervalMs, waits) => {
        const gate = new Gate({ rate: { limit, intervalMs } })
        const starts: number[] = []
        let now = 0
        for (const wait of waits) {
          now += wait
          if (gate.opensAt() > now) continue
          gate.enter(now)
          gate.leave()
          starts.push(now)
        }
        for (const start of starts) {
          const within = starts.filter((other) => other >= start && other < start + intervalMs)
          expect(within.length).toBeLessThanOrEqual(limit)
        }
      },
    ),
  )
})

it('is open where nothing limits it', () => {
  const gate = new Gate({})
  expect(gate.limited).toBe(false)
  expect(gate.opensAt()).toBe(Number.NEGATIVE_INFINITY)
})
