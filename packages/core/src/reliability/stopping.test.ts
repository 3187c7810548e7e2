import { describe, expect, it } from 'vitest'
import { optimalStopping, voteBound } from './stopping.ts'
import { bestMarginMix } from './vote.ts'

const RATE = 0.8 ** 0.1

describe('the bound that knows the mix', () => {
  it('is 2.94, 3.12 and 11.51 on the three mixes', () => {
    const plan = { subtasks: 1000, target: 0.9 }
    expect(voteBound({ ...plan, mix: [{ rate: RATE, weight: 1 }] })).toBeCloseTo(2.94, 2)
    // Beta(44, 1) by its quantiles.
    const spread = Array.from({ length: 150 }, (_, i) => ({ rate: ((i + 0.5) / 150) ** (1 / 44), weight: 1 }))
    expect(Math.abs((voteBound({ ...plan, mix: spread }) ?? 0) - 3.12)).toBeLessThan(0.015)
    // One threshold on the error for all tallies takes 11.9 votes; the optimal one depends on the tally.
    const hard = [
      { rate: 0.995, weight: 95 },
      { rate: 0.6, weight: 5 },
    ]
    expect(voteBound({ ...plan, mix: hard })).toBeCloseTo(11.51, 2)
  })

  it.each([10, 100, 10_000, 1_000_000])(
    'is the best mix of margins where all rates are equal, N = %i',
    (subtasks) => {
      const plan = { subtasks, target: 0.9 }
      // Margins are mixed on the scale of ln success there, tests on that of error here: the same but for ½ ln² T/N.
      expect(voteBound({ ...plan, mix: [{ rate: RATE, weight: 1 }], maxVotes: 200 })).toBeCloseTo(
        bestMarginMix({ ...plan, rate: RATE })?.votes ?? 0,
        subtasks < 50 ? 1.5 : 3,
      )
    },
  )

  it('is one vote where that is enough and null where nothing is', () => {
    expect(voteBound({ subtasks: 1, target: 0.9, mix: [{ rate: 0.95, weight: 1 }] })).toBeCloseTo(1, 9)
    expect(
      voteBound({ subtasks: 10, target: 0.9, mix: [{ rate: 0.5, weight: 1 }], maxVotes: 100 }),
    ).toBeNull()
    expect(() => optimalStopping({ mix: [], error: 0.1 })).toThrow(/mix is empty/)
    expect(() => optimalStopping({ mix: [{ rate: 2, weight: 1 }], error: 0.1 })).toThrow(/rate is 2/)
    expect(() => optimalStopping({ mix: [{ rate: 0.9, weight: 1 }], error: 0.1, maxVotes: 2000 })).toThrow(
      /1,000/,
    )
  })
})
