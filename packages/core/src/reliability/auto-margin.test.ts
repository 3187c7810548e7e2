import { describe, expect, it } from 'vitest'
import { createRandom } from '../random.ts'
import {
  type AutoMargin,
  allowance,
  chargeError,
  countAbandoned,
  countAccepted,
  countVote,
  decideVote,
  learnedMix,
  mayGoOn,
  predictedSuccess,
  refit,
  resizeAutoMargin,
  startAutoMargin,
  tallyHistory,
} from './auto-margin.ts'
import { natsPerVote } from './mix.ts'

const NONE = { leader: 0, runnerUp: 0 }

/** A chain: one subtask after the other. */
function runChain(state: AutoMargin, rate: () => number, seed: string): number {
  const random = createRandom(seed)
  let wrong = 0
  for (let i = 0; i < state.subtasks; i++) {
    const mine = rate()
    let [right, other] = [0, 0]
    for (let tally = NONE; ; ) {
      if (random.uniform() < mine) right++
      else other++
      const next = { leader: Math.max(right, other), runnerUp: Math.min(right, other) }
      countVote(state, tally, next)
      tally = next
      const decision = decideVote(state, { tally })
      if (decision === 'vote') continue
      if (decision === 'accept') countAccepted(state, tally)
      else countAbandoned(state, tally)
      if (decision !== 'accept' || other >= right) wrong++
      break
    }
  }
  refit(state)
  return wrong
}

describe('the rule', () => {
  it('learns that subtasks are easy, and starts warm from what it learned', () => {
    const cold = startAutoMargin({ subtasks: 1000, target: 0.9 })
    expect(runChain(cold, () => 0.8 ** 0.1, 'cold')).toBe(0)
    expect(cold.votes).toBeLessThan(4500)
    expect(predictedSuccess(cold)).toBeGreaterThan(0.9)
    const warm = startAutoMargin({ subtasks: 1000, target: 0.9, history: tallyHistory(cold) })
    expect(runChain(warm, () => 0.8 ** 0.1, 'warm')).toBe(0)
    expect(warm.votes).toBeLessThan(3400)
    const seen = tallyHistory(warm)
    expect(seen.reduce((sum, { subtasks }) => sum + subtasks, 0)).toBe(1000)
    expect(
      seen.reduce((sum, { subtasks, leader, runnerUp }) => sum + subtasks * (leader + runnerUp), 0),
    ).toBe(warm.votes)
  })

  it('learns that a few are hard, and spends votes on those', () => {
    const random = createRandom('rates')
    const state = startAutoMargin({ subtasks: 1000, target: 0.9 })
    runChain(state, () => (random.uniform() < 0.95 ? 0.995 : 0.6), 'mixed')
    const hard = learnedMix(state).reduce((sum, { rate, share }) => sum + (rate < 0.75 ? share : 0), 0)
    expect(hard).toBeGreaterThan(0.03)
    expect(hard).toBeLessThan(0.08)
    expect(state.votes).toBeGreaterThan(10_000)
    expect(tallyHistory(state).at(-1)?.leader).toBeGreaterThan(40)
  })

  it('is plain data: a copy through JSON goes on as the original does', () => {
    const original = startAutoMargin({ subtasks: 200, target: 0.9 })
    for (let i = 0; i < 100; i++) countVote(original, NONE, { leader: 1, runnerUp: 0 })
    const copy = JSON.parse(JSON.stringify(original)) as AutoMargin
    for (const state of [original, copy]) {
      for (let i = 0; i < 60; i++) countVote(state, { leader: 1, runnerUp: 0 }, { leader: 2, runnerUp: 0 })
      for (let i = 0; i < 5; i++) countVote(state, { leader: 1, runnerUp: 0 }, { leader: 1, runnerUp: 1 })
      refit(state)
    }
    expect(copy).toEqual(original)
  })

  it('lets the doubtful go first', () => {
    const state = startAutoMargin({ subtasks: 100, target: 0.9 })
    const two = { leader: 2, runnerUp: 0 }
    const split = { leader: 1, runnerUp: 1 }
    for (let i = 0; i < 100; i++) countVote(state, NONE, { leader: 1, runnerUp: 0 })
    for (let i = 0; i < 95; i++) countVote(state, { leader: 1, runnerUp: 0 }, two)
    for (let i = 0; i < 5; i++) countVote(state, { leader: 1, runnerUp: 0 }, split)
    expect(mayGoOn(state)).toBe(false)
    expect(decideVote(state, { tally: two, mayWait: true })).toBe('wait')
    expect(decideVote(state, { tally: two })).toBe('vote')
    expect(decideVote(state, { tally: split, mayWait: true })).toBe('vote')
    for (let i = 0; i < 4; i++) countAbandoned(state, split)
    expect(mayGoOn(state)).toBe(true)
    expect(decideVote(state, { tally: two, mayWait: true })).toBe('vote')
  })

  it('ends at the limit, or on the next rung', () => {
    const state = startAutoMargin({ subtasks: 100, target: 0.9, maxVotes: 6 })
    const tally = { leader: 3, runnerUp: 3 }
    expect(decideVote(state, { tally })).toBe('give-up')
    expect(decideVote(state, { tally: { leader: 1, runnerUp: 1 }, votes: 6 })).toBe('give-up')
    const strongerNatsPerVote = natsPerVote(0.999) / 10
    expect(decideVote(state, { tally, strongerNatsPerVote })).toBe('escalate')
    expect(decideVote(state, { tally: { leader: 2, runnerUp: 2 }, strongerNatsPerVote })).toBe('escalate')
    expect(decideVote(state, { tally: { leader: 4, runnerUp: 0 }, strongerNatsPerVote })).toBe('vote')
    expect(decideVote(state, { tally: { leader: 1, runnerUp: 1 }, strongerNatsPerVote })).toBe('vote')
  })

  it('takes the answer in front where no more votes can be had, unless it is to fail', () => {
    const state = startAutoMargin({ subtasks: 100, target: 0.9, maxVotes: 20 })
    const ahead = { leader: 4, runnerUp: 3 }
    expect(decideVote(state, { tally: ahead })).toBe('vote')
    expect(decideVote(state, { tally: ahead, last: true })).toBe('accept')
    expect(decideVote(state, { tally: ahead, last: true, unsettled: 'fail' })).toBe('give-up')
    expect(decideVote(state, { tally: { leader: 3, runnerUp: 3 }, last: true })).toBe('give-up')
    expect(decideVote(state, { tally: NONE, votes: 0, last: true })).toBe('give-up')
    // At the limit more could be had, so what is taken must be likely: not 10 to 9, but 14 to 6.
    expect(decideVote(state, { tally: { leader: 10, runnerUp: 9 }, votes: 20 })).toBe('give-up')
    expect(decideVote(state, { tally: { leader: 14, runnerUp: 6 } })).toBe('accept')
    expect(decideVote(state, { tally: { leader: 14, runnerUp: 6 }, unsettled: 'fail' })).toBe('give-up')
  })

  it('asks no further than votes can tell, says so in the prediction, and has nobody else pay for it', () => {
    const state = startAutoMargin({ subtasks: 100, target: 0.9 })
    const tally = { leader: 8, runnerUp: 2 }
    expect(decideVote(state, { tally })).toBe('vote')
    expect(decideVote(state, { tally, doubt: 0.2 })).toBe('accept')
    expect(decideVote(state, { tally, doubt: 0.2, strongerNatsPerVote: 0.01 })).toBe('escalate')
    for (let i = 0; i < 8; i++) {
      const before = i === 0 ? NONE : { leader: Math.min(i, 8), runnerUp: 0 }
      countVote(state, before, { leader: i + 1, runnerUp: 0 })
    }
    const before = allowance(state)
    countAccepted(state, { leader: 8, runnerUp: 0 }, 0.2)
    expect(state.doubtful).toBe(1)
    expect(allowance(state)).toBeGreaterThanOrEqual(before)
    expect(predictedSuccess(state)).toBeLessThan(Math.exp(-0.2))
    expect(() => countAccepted(state, { leader: 8, runnerUp: 0 }, 2)).toThrow(/doubt is 2/)
  })

  it('takes few hard subtasks for a sign of more', () => {
    const history = [{ leader: 5, runnerUp: 0, subtasks: 998 }]
    const hard = { leader: 90, runnerUp: 60 }
    const surprise = (subtasks: number): number =>
      startAutoMargin({ subtasks: 1000, target: 0.9, history: [...history, { ...hard, subtasks }] }).surprise
    expect(startAutoMargin({ subtasks: 1000, target: 0.9, history }).surprise).toBeCloseTo(1, 2)
    expect(surprise(2)).toBeGreaterThan(1.25)
    expect(surprise(50)).toBeLessThan(1.05)
  })

  it('accounts for what is spent elsewhere, and for plans that grow', () => {
    const state = startAutoMargin({ subtasks: 100, target: 0.9 })
    const before = allowance(state)
    chargeError(state, 0.05)
    expect(allowance(state)).toBeLessThan(before)
    refit(state)
    expect(predictedSuccess(state)).toBeCloseTo(Math.exp(-0.05), 12)
    resizeAutoMargin(state, 1000)
    expect(allowance(state)).toBeCloseTo((-Math.log(0.9) * 0.38) / 1000 / 2, 12)
  })

  it('names what is wrong', () => {
    expect(() => startAutoMargin({ subtasks: 0, target: 0.9 })).toThrow(/subtasks is 0/)
    expect(() => startAutoMargin({ subtasks: 1, target: 1 })).toThrow(/target is 1/)
    expect(() => startAutoMargin({ subtasks: 1, target: 0.9, maxVotes: 0 })).toThrow(/maxVotes is 0/)
    const history = [{ leader: 1, runnerUp: 2, subtasks: 1 }]
    expect(() => startAutoMargin({ subtasks: 1, target: 0.9, history })).toThrow(/the larger first/)
    const state = startAutoMargin({ subtasks: 1, target: 0.9 })
    expect(() => countAccepted(state, { leader: 3, runnerUp: 0 })).toThrow(
      /No open subtask has the tally 3 to 0/,
    )
  })
})
