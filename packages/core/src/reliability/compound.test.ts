import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compoundSuccess, errorAllowance, logCompoundSuccess, rateNeeded } from './compound.ts'
import { horizon, horizonOfPlan } from './horizon.ts'
import { weakestLinks } from './weakest.ts'

const RATE = 0.8 ** 0.1

describe('compound success', () => {
  it('is the naive column of the table', () => {
    const naive = (subtasks: number) => compoundSuccess([{ rate: RATE, subtasks }])
    expect(naive(10)).toBeCloseTo(0.8, 12)
    expect(naive(100)).toBeCloseTo(0.107, 3)
    expect(naive(1000)).toBeCloseTo(2.037e-10, 12)
    expect(Math.round(logCompoundSuccess([{ rate: RATE, subtasks: 10_000 }]) / Math.LN10)).toBe(-97)
    expect(naive(1_000_000)).toBe(0)
    expect(logCompoundSuccess([{ rate: RATE, subtasks: 1_000_000 }])).toBeCloseTo(1e5 * Math.log(0.8), 6)
  })

  it('does not depend on grouping', () => {
    const group = fc.record({ rate: fc.double({ min: 0.01, max: 1, noNaN: true }), subtasks: fc.nat(20) })
    fc.assert(
      fc.property(fc.array(group), (groups) => {
        const single = groups.flatMap(({ rate, subtasks }) =>
          Array.from({ length: subtasks }, () => ({ rate })),
        )
        expect(logCompoundSuccess(groups)).toBeCloseTo(logCompoundSuccess(single), 9)
      }),
    )
  })

  it('is 1 for nothing and 0 with a dead link', () => {
    expect(compoundSuccess([])).toBe(1)
    expect(compoundSuccess([{ rate: 0 }, { rate: 1 }])).toBe(0)
    expect(compoundSuccess([{ rate: 0, subtasks: 0 }])).toBe(1)
  })

  it('turns a target into rates', () => {
    expect(rateNeeded(10, 0.8)).toBeCloseTo(RATE, 14)
    expect(errorAllowance(1000, 0.9)).toBeCloseTo(1.0536e-4, 8)
    expect(() => rateNeeded(0, 0.9)).toThrow(/subtasks is 0; give a whole number, 1 or more/)
    expect(() => compoundSuccess([{ rate: 1.2 }])).toThrow(/rate is 1.2; give a probability/)
  })
})

describe('horizon', () => {
  it('gives N@90 = 4 and N@50 = 31 at 0.97793', () => {
    expect(horizon(RATE)).toBe(4)
    expect(horizon(RATE, 0.5)).toBe(31)
    expect(horizon(0.9, 0.9)).toBe(1)
    expect(horizon(0.89, 0.9)).toBe(0)
    expect(horizon(1)).toBe(Infinity)
    expect(horizon(0)).toBe(0)
  })

  it('is the largest N that holds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 0.99999, noNaN: true }), (rate) => {
        const n = horizon(rate)
        expect(rate ** n).toBeGreaterThanOrEqual(0.9 - 1e-9)
        expect(rate ** (n + 1)).toBeLessThan(0.9)
      }),
    )
  })

  it('takes a plan of unequal rates by its mean', () => {
    expect(horizonOfPlan({ logSuccess: 10 * Math.log(RATE), subtasks: 10 })).toBe(4)
    expect(horizonOfPlan({ logSuccess: 0, subtasks: 10 })).toBe(Infinity)
    expect(() => horizonOfPlan({ logSuccess: 1, subtasks: 10 })).toThrow(/logSuccess is 1/)
    expect(() => horizonOfPlan({ logSuccess: -1, subtasks: 0 })).toThrow(/subtasks is 0/)
  })
})

describe('weakestLinks', () => {
  it('ranks by what fixing a link would bring', () => {
    const links = weakestLinks([
      { name: 'read', rate: 0.998, subtasks: 100 },
      { name: 'merge', rate: 0.7 },
    ])
    const total = 0.998 ** 100 * 0.7
    expect(links.map(({ name }) => name)).toEqual(['merge', 'read'])
    expect(links[0]?.gain).toBeCloseTo(total / 0.7 - total, 12)
    expect(links[0]?.share).toBeCloseTo(Math.log(0.7) / Math.log(total), 12)
    expect(links.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12)
  })

  it('blames the dead link alone', () => {
    const links = weakestLinks([
      { name: 'a', rate: 0.9 },
      { name: 'b', rate: 0 },
    ])
    expect(links[0]).toEqual({ name: 'b', gain: expect.closeTo(0.9, 12), share: 1 })
    expect(links[1]).toEqual({ name: 'a', gain: 0, share: 0 })
    expect(weakestLinks([{ name: 'a', rate: 1 }])).toEqual([{ name: 'a', gain: 0, share: 0 }])
  })
})
