import { describe, expect, it } from 'vitest'
import { spreadVoteBound } from './spread.ts'
import { voteBound } from './stopping.ts'

const RATE = 0.8 ** 0.1

describe('spreadVoteBound', () => {
  it.each([
    [10, 1.55],
    [100, 2.0],
    [1000, 2.06],
    [10_000, 2.87],
    [1_000_000, 3.16],
  ])('N = %i takes %f attempts with wrong answers over ten values', (subtasks, votes) => {
    const bound = spreadVoteBound({ subtasks, target: 0.9, rate: RATE, wrongAnswers: 10 }) ?? 0
    expect(Math.abs(bound - votes)).toBeLessThan(0.006)
  })

  it('is the bound of agreeing wrong answers for one value', () => {
    const plan = { subtasks: 1000, target: 0.9 }
    const agreeing = voteBound({ ...plan, mix: [{ rate: RATE, weight: 1 }], maxVotes: 14 })
    expect(spreadVoteBound({ ...plan, rate: RATE, wrongAnswers: 1 })).toBeCloseTo(agreeing ?? 0, 6)
  })

  it('names what is wrong, and gives up on what 14 votes cannot do', () => {
    const plan = { subtasks: 1000, target: 0.9, wrongAnswers: 2 }
    expect(() => spreadVoteBound({ ...plan, rate: 0.5 })).toThrow(/rate is 0.5; give a rate above 0.5/)
    expect(() => spreadVoteBound({ ...plan, rate: 0.9, wrongAnswers: 0 })).toThrow(/wrongAnswers is 0/)
    expect(spreadVoteBound({ ...plan, rate: 0.55 })).toBeNull()
  })
})
