import { describe, expect, it } from 'vitest'
import { createRandom } from '../random.ts'
import { alwaysValidVerdict, confidenceSequence, eValues } from './always-valid.ts'
import { calibrate } from './calibration.ts'
import { clopperPearson } from './interval.ts'

const DESIGN = { bad: 0.7, good: 0.9 }

describe('always-valid test', () => {
  it('is a fair bet: at the edge of a hypothesis the mean e-value is 1', () => {
    const trials = 12
    let [againstBad, againstGood, choose] = [0, 0, 1]
    for (let successes = 0; successes <= trials; successes++) {
      const at = (rate: number) => choose * rate ** successes * (1 - rate) ** (trials - successes)
      const values = eValues({ successes, trials }, DESIGN)
      againstBad += at(DESIGN.bad) * values.againstBad
      againstGood += at(DESIGN.good) * values.againstGood
      choose *= (trials - successes) / (successes + 1)
    }
    expect(againstBad).toBeCloseTo(1, 10)
    expect(againstGood).toBeCloseTo(1, 10)
  })

  it.each([
    [0.7, 'pass'],
    [0.9, 'fail'],
  ] as const)('at %f it says %s in less than 5 % of runs, however long it is watched', (rate, wrong) => {
    const random = createRandom(`e/${rate}`)
    let mistakes = 0
    for (let run = 0; run < 400; run++) {
      let successes = 0
      for (let trials = 1; trials <= 300; trials++) {
        if (random.uniform() < rate) successes++
        const verdict = alwaysValidVerdict({ successes, trials }, DESIGN)
        if (verdict === 'undecided') continue
        if (verdict === wrong) mistakes++
        break
      }
    }
    expect(mistakes / 400).toBeLessThan(0.05)
  })

  it('stays finite in words after a hundred thousand trials', () => {
    expect(alwaysValidVerdict({ successes: 95_000, trials: 100_000 }, DESIGN)).toBe('pass')
    expect(alwaysValidVerdict({ successes: 50_000, trials: 100_000 }, DESIGN)).toBe('fail')
    expect(alwaysValidVerdict({ successes: 0, trials: 0 }, DESIGN)).toBe('undecided')
    expect(eValues({ successes: 0, trials: 0 }, DESIGN)).toEqual({
      againstBad: expect.closeTo(1, 12),
      againstGood: expect.closeTo(1, 12),
    })
  })
})

describe('confidenceSequence', () => {
  it('is wider than Clopper–Pearson and holds the rate', () => {
    for (const successes of [0, 1, 50, 99, 100]) {
      const counts = { successes, trials: 100 }
      const always = confidenceSequence(counts)
      const once = clopperPearson(counts)
      expect(always.low).toBeLessThanOrEqual(once.low)
      expect(always.high).toBeGreaterThanOrEqual(once.high)
    }
    expect(confidenceSequence({ successes: 0, trials: 0 })).toEqual({ low: 0, high: 1 })
  })

  it('misses the rate at any time in less than 5 % of runs', () => {
    const random = createRandom('sequence')
    let missed = 0
    for (let run = 0; run < 200; run++) {
      let successes = 0
      for (let trials = 1; trials <= 200; trials++) {
        if (random.uniform() < 0.8) successes++
        const { low, high } = confidenceSequence({ successes, trials })
        if (low <= 0.8 && 0.8 <= high) continue
        missed++
        break
      }
    }
    expect(missed / 200).toBeLessThan(0.05)
  })
})

describe('calibrate', () => {
  it('gives the z-score of measured against predicted', () => {
    expect(calibrate(0.9, { successes: 185, trials: 200 })).toEqual({
      measured: 0.925,
      difference: expect.closeTo(0.025, 12),
      z: expect.closeTo(1.1785, 4),
      probability: expect.closeTo(0.2386, 4),
    })
    expect(calibrate(0.93, { successes: 64, trials: 200 })?.z).toBeLessThan(-30)
    expect(calibrate(1, { successes: 9, trials: 10 })).toMatchObject({ z: -Infinity, probability: 0 })
    expect(calibrate(1, { successes: 10, trials: 10 })).toMatchObject({ z: 0, probability: 1 })
    expect(calibrate(0.9, { successes: 0, trials: 0 })).toBeNull()
    expect(() => calibrate(1.1, { successes: 0, trials: 0 })).toThrow(/predicted is 1.1/)
  })
})
