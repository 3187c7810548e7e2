import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../random.ts'
import { allocateMargins } from './allocate.ts'
import { compoundSuccess } from './compound.ts'
import { bestMarginMix, logVoteSuccess, smallestMargin, voteHorizon, voteOutcome } from './vote.ts'

const RATE = 0.8 ** 0.1

describe('voting by a margin', () => {
  it.each([
    [10, 2, 2.09, 1.59],
    [100, 2, 2.09, 2.06],
    [1000, 3, 3.14, 2.94],
    [10_000, 4, 4.19, 3.23],
    [1_000_000, 5, 5.23, 4.82],
  ])('N = %i takes margin %i and %f attempts, or %f in the best mix', (subtasks, margin, votes, mixed) => {
    const plan = { subtasks, target: 0.9, rate: RATE }
    expect(smallestMargin(plan)).toBe(margin)
    // The document cuts 4.185 to 4.19 and 5.231 to 5.23.
    expect(Math.abs(voteOutcome(RATE, margin).votes - votes)).toBeLessThan(0.0055)
    expect(bestMarginMix(plan)?.votes).toBeCloseTo(mixed, 2)
  })

  it('multiplies the horizon by about 44 per unit of margin', () => {
    const horizons = [1, 2, 3, 4].map((margin) => voteHorizon({ rate: RATE, margin, target: 0.9 }))
    expect(horizons).toEqual([4, 206, 9169, 406_370])
  })

  it('shows that averages mislead: .229, not .99998', () => {
    const success = compoundSuccess([
      { rate: voteOutcome(0.998, 3).success, subtasks: 999 },
      { rate: voteOutcome(0.4, 3).success },
    ])
    expect(success).toBeCloseTo(0.229, 3)
  })

  it('agrees with simulation', () => {
    const random = createRandom('vote')
    for (const [rate, margin] of [
      [0.7, 3],
      [0.55, 2],
      [0.9, 2],
    ] as const) {
      const plays = 20_000
      let right = 0
      let votes = 0
      for (let i = 0; i < plays; i++) {
        let lead = 0
        for (; Math.abs(lead) < margin; votes++) lead += random.uniform() < rate ? 1 : -1
        if (lead > 0) right++
      }
      const outcome = voteOutcome(rate, margin)
      expect(Math.abs(right / plays - outcome.success)).toBeLessThan(0.015)
      expect(Math.abs(votes / plays / outcome.votes - 1)).toBeLessThan(0.02)
    }
  })

  it('is right at the edges', () => {
    expect(voteOutcome(0.9, 1)).toEqual({
      margin: 1,
      success: expect.closeTo(0.9, 14),
      error: expect.closeTo(0.1, 14),
      votes: 1,
    })
    expect(voteOutcome(0.5, 3).votes).toBe(9)
    expect(voteOutcome(0.5 + 1e-7, 3).votes).toBeCloseTo(9, 6)
    expect(logVoteSuccess(0.999, 10) * 999 ** 10).toBeCloseTo(-1, 9)
    expect(logVoteSuccess(1e-3, 200)).toBeCloseTo(200 * Math.log(0.001 / 0.999), 6)
    expect(smallestMargin({ subtasks: 10, target: 0.9, rate: 0.5 })).toBeNull()
    expect(bestMarginMix({ subtasks: 10, target: 0.9, rate: 0.4 })).toBeNull()
    expect(bestMarginMix({ subtasks: 1, target: 0.9, rate: 0.95 })?.votes).toBe(1)
  })

  it('gives the smallest margin that holds', () => {
    const rate = fc.double({ min: 0.52, max: 0.9999, noNaN: true })
    fc.assert(
      fc.property(
        rate,
        fc.integer({ min: 1, max: 1e6 }),
        fc.double({ min: 0.1, max: 0.999, noNaN: true }),
        (rate, subtasks, target) => {
          const margin = smallestMargin({ subtasks, target, rate }) ?? Number.NaN
          const loss = (m: number) => subtasks * logVoteSuccess(rate, m)
          expect(loss(margin)).toBeGreaterThanOrEqual(Math.log(target) * (1 + 1e-6))
          if (margin > 1) expect(loss(margin - 1)).toBeLessThan(Math.log(target))
        },
      ),
    )
  })

  it('names what is wrong', () => {
    expect(() => voteOutcome(1, 2)).toThrow(/rate is 1; give a number above 0 and below 1/)
    expect(() => voteOutcome(0.9, 0)).toThrow(/margin is 0; give a whole number, 1 or more/)
    expect(() => smallestMargin({ subtasks: 0, target: 0.9, rate: 0.9 })).toThrow(/subtasks is 0/)
    expect(() => voteHorizon({ rate: 0.9, margin: 2, target: 1 })).toThrow(/target is 1/)
  })
})

describe('allocateMargins', () => {
  it('is the best mix of margins for one group', () => {
    const { groups, success, votes, reached } = allocateMargins({
      groups: [{ name: 'read', subtasks: 1000, rate: RATE }],
      target: 0.9,
    })
    expect(reached).toBe(true)
    expect(success).toBeGreaterThanOrEqual(0.9)
    expect(votes / 1000).toBeCloseTo(2.94, 2)
    expect(groups[0]?.margins).toEqual([
      { margin: 2, subtasks: 188 },
      { margin: 3, subtasks: 812 },
    ])
  })

  it('spends where the doubt is', () => {
    const { groups, reached } = allocateMargins({
      groups: [
        { name: 'easy', subtasks: 950, rate: 0.995 },
        { name: 'hard', subtasks: 50, rate: 0.6 },
      ],
      target: 0.9,
    })
    expect(reached).toBe(true)
    expect(groups[0]?.margins).toEqual([{ margin: 2, subtasks: 950 }])
    expect(groups[1]?.margins[0]?.margin).toBeGreaterThan(10)
  })

  it('says when voting cannot do it', () => {
    const plan = { groups: [{ name: 'a', subtasks: 2, rate: 0.4 }], target: 0.9 }
    expect(allocateMargins(plan)).toMatchObject({
      reached: false,
      votes: 2,
      success: expect.closeTo(0.16, 9),
    })
    expect(() => allocateMargins({ groups: [], target: 0.9 })).toThrow(/groups is empty/)
    expect(() => allocateMargins({ ...plan, target: 0 })).toThrow(/target is 0/)
  })

  it('reaches every target, no dearer than one margin for each group or for all', () => {
    const group = fc.record({
      name: fc.constant('g'),
      subtasks: fc.integer({ min: 1, max: 500 }),
      rate: fc.double({ min: 0.55, max: 0.999, noNaN: true }),
      cost: fc.double({ min: 0.1, max: 10, noNaN: true }),
    })
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 4 }), (groups) => {
        const target = 0.9
        const { reached, success, cost } = allocateMargins({ groups, target })
        expect(reached).toBe(true)
        expect(success).toBeGreaterThanOrEqual(target - 1e-9)
        const total = groups.reduce((sum, { subtasks }) => sum + subtasks, 0)
        const fixed = groups.reduce((sum, { subtasks, rate, cost }) => {
          const margin = smallestMargin({ subtasks: total, target, rate }) ?? 1
          return sum + subtasks * cost * voteOutcome(rate, margin).votes
        }, 0)
        // Rounding to whole subtasks may cost the last step of the dearest one.
        const step = Math.max(...groups.map(({ rate, cost }) => cost / (2 * rate - 1)))
        expect(cost).toBeLessThanOrEqual(fixed + 2 * step)
      }),
    )
  })
})
