import { describe, expect, it } from 'vitest'
import { createRandom } from '../random.ts'
import { fisherFell, holm, mcnemar, pairedEValues } from './paired.ts'

describe('paired trials', () => {
  it('McNemar: as in tables', () => {
    // 2·P(X ≥ 10 | 12, ½) = 2·79/4096 and 2·P(X ≥ 9 | 10, ½) = 22/1024.
    expect(mcnemar({ better: 2, worse: 10 })).toBeCloseTo(158 / 4096, 10)
    expect(mcnemar({ better: 9, worse: 1 })).toBeCloseTo(22 / 1024, 10)
    expect(mcnemar({ better: 0, worse: 0 })).toBe(1)
    expect(mcnemar({ better: 5, worse: 5 })).toBe(1)
    expect(() => mcnemar({ better: -1, worse: 0 })).toThrow(/better is -1/)
  })

  it('e-values cry wolf in 5 % of runs at most, however long they are watched', () => {
    const random = createRandom('pairs')
    let alarms = 0
    const runs = 1_000
    for (let run = 0; run < runs; run++) {
      let [better, worse] = [0, 0]
      for (let pair = 0; pair < 300; pair++) {
        random.uniform() < 0.5 ? better++ : worse++
        const values = pairedEValues({ better, worse })
        if (Math.max(values.better, values.worse) < 40) continue
        alarms++
        break
      }
    }
    expect(alarms / runs).toBeLessThan(0.05)
    expect(pairedEValues({ better: 1, worse: 14 }).worse).toBeGreaterThan(40)
  })

  it('Fisher: the lady who tastes tea, and what is sure', () => {
    expect(fisherFell({ successes: 3, trials: 4 }, { successes: 1, trials: 4 })).toBeCloseTo(17 / 70, 10)
    expect(fisherFell({ successes: 4, trials: 4 }, { successes: 0, trials: 4 })).toBeCloseTo(1 / 70, 10)
    expect(fisherFell({ successes: 10, trials: 10 }, { successes: 10, trials: 10 })).toBeCloseTo(1, 10)
    expect(fisherFell({ successes: 0, trials: 0 }, { successes: 0, trials: 0 })).toBeCloseTo(1, 10)
  })

  it('Holm', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005])).toEqual([0.03, 0.06, 0.06, 0.02])
    expect(holm([0.9, 0.8])).toEqual([1, 1])
    expect(holm([])).toEqual([])
  })
})
