import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cleanAuditsNeeded,
  cleanTrialsNeeded,
  clopperPearson,
  lowerBound,
  upperBound,
  wilson,
} from './interval.ts'

describe('intervals', () => {
  // 81 of 263 and 15 of 148 are the examples of R. G. Newcombe, Statistics in Medicine 17 (1998), table I.
  it.each([
    [81, 263, 0.2553, 0.3662, 0.2527, 0.3676],
    [15, 148, 0.0624, 0.1605, 0.0578, 0.1617],
    [0, 20, 0, 0.1611, 0, 0.1684],
    [1, 29, 0.0061, 0.1718, 0.0009, 0.1776],
    [8, 10, 0.4902, 0.9433, 0.4439, 0.9748],
  ])('%i of %i as published', (successes, trials, wilsonLow, wilsonHigh, exactLow, exactHigh) => {
    const shown = wilson({ successes, trials })
    expect(shown.low).toBeCloseTo(wilsonLow, 4)
    expect(shown.high).toBeCloseTo(wilsonHigh, 4)
    const claimed = clopperPearson({ successes, trials })
    expect(claimed.low).toBeCloseTo(exactLow, 4)
    expect(claimed.high).toBeCloseTo(exactHigh, 4)
  })

  it('agrees with SciPy to 12 digits', () => {
    expect(wilson({ successes: 8, trials: 10 }).low).toBeCloseTo(0.4901624715366418, 12)
    expect(clopperPearson({ successes: 8, trials: 10 }).high).toBeCloseTo(0.9747892736731665, 12)
  })

  it('bounds all-clean runs: 29, 59, 299', () => {
    expect([0.9, 0.95, 0.99].map((rate) => cleanTrialsNeeded(rate))).toEqual([29, 59, 299])
    for (const [trials, rate] of [
      [29, 0.9],
      [59, 0.95],
      [299, 0.99],
    ] as const) {
      expect(lowerBound({ successes: trials, trials })).toBeGreaterThanOrEqual(rate)
      expect(lowerBound({ successes: trials - 1, trials: trials - 1 })).toBeLessThan(rate)
    }
    expect(cleanTrialsNeeded(0.75, 0.4375)).toBe(2)
    expect(upperBound({ successes: 0, trials: 1000 })).toBeCloseTo(3 / 1000, 4)
  })

  it('asks for 28,433.2 clean audits, so 28,434, at N = 1,000 and 0.9', () => {
    expect(cleanAuditsNeeded({ subtasks: 1000, target: 0.9 })).toBe(28_434)
    expect(cleanAuditsNeeded({ subtasks: 1, target: 0.9 })).toBe(29)
  })

  it('contains the observed rate, widens with confidence, and mirrors', () => {
    const counts = fc
      .tuple(fc.nat(300), fc.nat(300))
      .map(([successes, failures]) => ({ successes, trials: successes + failures }))
    fc.assert(
      fc.property(counts, ({ successes, trials }) => {
        for (const interval of [wilson, clopperPearson]) {
          const { low, high } = interval({ successes, trials })
          const rate = trials === 0 ? 0.5 : successes / trials
          expect(low).toBeLessThanOrEqual(rate)
          expect(high).toBeGreaterThanOrEqual(rate)
          expect(interval({ successes, trials }, 0.99).low).toBeLessThanOrEqual(low)
          expect(interval({ successes: trials - successes, trials }).high).toBeCloseTo(1 - low, 9)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('covers the true rate as promised, by exact calculation', () => {
    const [n, p] = [30, 0.9]
    let probability = p ** n
    let coverage = 0
    for (let successes = n; successes >= 0; successes--) {
      const { low, high } = clopperPearson({ successes, trials: n })
      if (low <= p && p <= high) coverage += probability
      probability *= (successes / (n - successes + 1)) * ((1 - p) / p)
    }
    expect(coverage).toBeGreaterThanOrEqual(0.95)
  })

  it('names what is wrong', () => {
    expect(() => wilson({ successes: 3, trials: 2 })).toThrow(/successes is 3, more than the 2/)
    expect(() => wilson({ successes: 1, trials: 2 }, 1)).toThrow(/confidence is 1/)
    expect(() => clopperPearson({ successes: 0.5, trials: 2 })).toThrow(
      /successes is 0.5; give a whole number/,
    )
    expect(() => cleanAuditsNeeded({ subtasks: 0, target: 0.9 })).toThrow(/subtasks is 0/)
  })
})
