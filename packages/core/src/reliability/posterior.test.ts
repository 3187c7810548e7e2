import { describe, expect, it } from 'vitest'
import { createRandom, type Random } from '../random.ts'
import { betaQuantile } from './beta.ts'
import { gammaQuantile } from './gamma.ts'
import { compoundPosterior } from './posterior.ts'

describe('compoundPosterior', () => {
  it.each([2, 10, 100, 1000, 1_000_000])(
    'gives Beta(n + 1, 1) for n clean passes of %i subtasks',
    (subtasks) => {
      for (const successes of [0, 1, 20]) {
        const { mean, median, low, high } = compoundPosterior([{ subtasks, successes, failures: 0 }])
        expect(mean).toBeCloseTo((successes + 1) / (successes + 2), 6)
        expect(median).toBeCloseTo(betaQuantile(0.5, successes + 1, 1), 6)
        expect(low).toBeCloseTo(betaQuantile(0.025, successes + 1, 1), 6)
        expect(high).toBeCloseTo(betaQuantile(0.975, successes + 1, 1), 6)
      }
    },
  )

  it('is the beta distribution itself for one subtask', () => {
    const { mean, low } = compoundPosterior([{ successes: 9, failures: 1 }])
    expect(mean).toBeCloseTo(10 / 12, 12)
    expect(low).toBeCloseTo(betaQuantile(0.025, 10, 2), 12)
  })

  it('does not fall for flat priors: 100 subtasks at 20 of 20 are above 0.8', () => {
    expect(compoundPosterior([{ subtasks: 100, successes: 20, failures: 0 }]).low).toBeGreaterThan(0.8)
    expect((21 / 22) ** 100).toBeLessThan(0.1)
  })

  it('agrees with simulation where subtasks differ', () => {
    const groups = [
      { subtasks: 17, successes: 20, failures: 0 },
      { subtasks: 3, successes: 18, failures: 2 },
    ]
    const formula = compoundPosterior(groups)
    const random = createRandom('posterior')
    const records = groups.flatMap(({ subtasks, ...record }) =>
      Array.from({ length: subtasks }, () => record),
    )
    const draws = Array.from({ length: 1500 }, () => {
      // Any order of the subtasks: shuffled anew each time, as the formula averages over positions.
      const order = records.map((record) => ({ record, key: random.uniform() })).sort((a, b) => a.key - b.key)
      const n = order.length
      return order.reduce((product, { record }, i) => {
        const x = gamma(random, 1 + i / n + record.successes)
        const y = gamma(random, 1 / n + record.failures)
        return (product * x) / (x + y)
      }, 1)
    }).sort((a, b) => a - b)
    const mean = draws.reduce((a, b) => a + b, 0) / draws.length
    expect(formula.mean).toBeCloseTo(mean, 1.7)
    expect(Math.abs(formula.low - (draws[37] ?? 0))).toBeLessThan(0.03)
    expect(Math.abs(formula.median - (draws[750] ?? 0))).toBeLessThan(0.02)
    expect(Math.abs(formula.high - (draws[1462] ?? 0))).toBeLessThan(0.03)
  })

  it('takes milliseconds for a million subtasks in few groups, in any order', () => {
    const groups = [
      { subtasks: 999_990, successes: 1000, failures: 0 },
      { subtasks: 10, successes: 990, failures: 10 },
    ]
    const { mean, low, high } = compoundPosterior(groups)
    expect(low).toBeLessThan(mean)
    expect(mean).toBeCloseTo(0.99 ** 10, 1.5)
    expect(high).toBeGreaterThan(mean)
    expect(compoundPosterior([...groups].reverse()).low).toBeCloseTo(low, 9)
    expect(compoundPosterior([{ subtasks: 1e6, successes: 20, failures: 2 }]).high).toBe(0)
  })

  it('names what is wrong', () => {
    expect(() => compoundPosterior([])).toThrow(/groups has no subtasks/)
    expect(() => compoundPosterior([{ successes: -1, failures: 0 }])).toThrow(/successes is -1/)
    expect(() => compoundPosterior([{ successes: 1, failures: 0 }], 0)).toThrow(/confidence is 0/)
  })
})

/** By inversion: slow and sure. Below shape 0.3 by Γ(a) = Γ(a + 1)·U^(1/a), which does not underflow so soon. */
function gamma(random: Random, shape: number): number {
  if (shape < 0.3) return gamma(random, shape + 1) * random.uniform() ** (1 / shape)
  return gammaQuantile(shape, random.uniform())
}
