import { describe, expect, it } from 'vitest'
import { createRandom } from '../random.ts'
import {
  checkTally,
  DIFFICULTY_GRID,
  doubtOf,
  fitMix,
  hardSubtasks,
  natsPerVote,
  PRIOR_MIX,
  tallyKey,
  tallyOfKey,
} from './mix.ts'

const pure = (rate: number) => DIFFICULTY_GRID.map((p) => (p === rate ? 1 : 0))

describe('doubtOf', () => {
  it('is the gambler’s ruin for one rate: only the lead counts', () => {
    const mix = pure(0.9)
    for (const runnerUp of [0, 1, 7]) {
      const { error, information } = doubtOf(mix, { leader: runnerUp + 2, runnerUp })
      expect(error).toBeCloseTo(1 / (1 + 81), 12)
      expect(information).toBeCloseTo(0.8 * Math.log(9), 12)
    }
    expect(doubtOf(mix, { leader: 3, runnerUp: 3 }).error).toBeCloseTo(0.5, 12)
  })

  it('reads difficulty from dissent, and stays a number after thousands of votes', () => {
    const clean = doubtOf(PRIOR_MIX, { leader: 5, runnerUp: 0 })
    const split = doubtOf(PRIOR_MIX, { leader: 15, runnerUp: 10 })
    expect(split.error).toBeGreaterThan(clean.error)
    expect(split.information).toBeLessThan(clean.information)
    expect(doubtOf(PRIOR_MIX, { leader: 5000, runnerUp: 4990 }).error).toBeCloseTo(0.118, 2)
  })
})

describe('fitMix', () => {
  it('finds the mix that the tallies came from', () => {
    const random = createRandom('mix')
    const counts = new Map<string, { leader: number; runnerUp: number; subtasks: number; times: number }>()
    for (let i = 0; i < 2000; i++) {
      const rate = random.uniform() < 0.9 ? 0.99 : 0.65
      let right = 0
      for (let vote = 0; vote < 15; vote++) if (random.uniform() < rate) right++
      const tally = { leader: Math.max(right, 15 - right), runnerUp: Math.min(right, 15 - right) }
      const line = counts.get(`${tally.leader}`) ?? { ...tally, subtasks: 0, times: 1 }
      line.subtasks++
      counts.set(`${tally.leader}`, line)
    }
    let mix = PRIOR_MIX
    for (let i = 0; i < 10; i++) mix = fitMix([...counts.values()], mix)
    const hard = mix.slice(0, 5).reduce((a, b) => a + b, 0)
    expect(Math.abs(hard - 0.1)).toBeLessThan(0.02)
    expect(mix.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12)
  })

  it('stays at the prior without evidence', () => {
    fitMix([]).forEach((weight, i) => {
      expect(weight).toBeCloseTo(PRIOR_MIX[i] ?? 0, 12)
    })
  })
})

describe('tallies', () => {
  it('become keys and back, and bad ones are named', () => {
    expect(tallyOfKey(tallyKey({ leader: 285, runnerUp: 245 }))).toEqual({ leader: 285, runnerUp: 245 })
    expect(() => checkTally({ leader: 1, runnerUp: 2 })).toThrow(/1 votes for the leader and 2/)
    expect(natsPerVote(0.5)).toBe(0)
    expect(natsPerVote(0.999)).toBeCloseTo(6.893, 3)
    expect(() => natsPerVote(2)).toThrow(/rate is 2/)
  })
})

describe('hardSubtasks', () => {
  it('counts those of .7 or less, and not what was only supposed beforehand', () => {
    expect(hardSubtasks(PRIOR_MIX, 0)).toBe(0)
    expect(hardSubtasks(pure(0.999), 1_000)).toBe(0)
    const hard = fitMix([
      { leader: 6, runnerUp: 0, subtasks: 990, times: 1 },
      { leader: 60, runnerUp: 40, subtasks: 10, times: 1 },
    ])
    expect(Math.round(hardSubtasks(hard, 1_000) - 0.5)).toBe(10)
  })
})
