import { describe, expect, it } from 'vitest'
import { createRandom } from '../random.ts'
import {
  fixedTest,
  gateBehaviour,
  sequentialTest,
  sequentialVerdict,
  waldExpectedTrials,
  worstRate,
} from './sequential.ts'

describe('sequentialTest', () => {
  it.each([
    [0.7, 0.9, 41, 20, 25, 38, 12],
    [0.8, 0.9, 135, 66, 75, 117, 25],
    [0.85, 0.92, 220, 106, 122, 190, 38],
    [0.9, 0.95, 298, 140, 163, 253, 55],
  ])('%f against %f is as in the table', (bad, good, fixed, ifBad, ifGood, worst, shortest) => {
    const test = sequentialTest({ bad, good })
    const atBad = gateBehaviour(test, bad)
    const atGood = gateBehaviour(test, good)
    expect(fixedTest({ bad, good }).trials).toBe(fixed)
    expect(Math.abs(atBad.trials - ifBad)).toBeLessThan(0.6)
    expect(Math.abs(atGood.trials - ifGood)).toBeLessThan(0.6)
    expect(Math.abs(worstRate(test).trials - worst)).toBeLessThan(0.6)
    expect(test.shortestPass).toBe(shortest)
    expect(atBad.pass).toBeLessThanOrEqual(0.05)
    expect(atGood.fail).toBeLessThanOrEqual(0.05)
    // Wald's formula leaves out the overshoot.
    expect(waldExpectedTrials(test, atBad.pass, bad) / atBad.trials).toBeCloseTo(0.92, 0.9)
  })

  it.each([
    [0.7, 0.9, 60, 0.93, 0.043],
    [0.85, 0.92, 400, 0.949, 0.048],
  ])('cut off: %f against %f at %i', (bad, good, cap, goodPasses, badPasses) => {
    const test = sequentialTest({ bad, good })
    expect(gateBehaviour(test, good, cap).pass).toBeCloseTo(goodPasses, 3)
    expect(gateBehaviour(test, bad, cap).pass).toBeCloseTo(badPasses, 3)
    const { pass, fail, undecided } = gateBehaviour(test, good, cap)
    expect(pass + fail + undecided).toBeCloseTo(1, 12)
    expect(undecided).toBeGreaterThan(0)
  })

  it('agrees with simulation', () => {
    const test = sequentialTest({ bad: 0.7, good: 0.9 })
    const random = createRandom('gate')
    const runs = 10_000
    let passes = 0
    let trials = 0
    for (let i = 0; i < runs; i++) {
      let [won, lost] = [0, 0]
      while (sequentialVerdict(test, won, lost) === 'undecided') random.uniform() < 0.8 ? won++ : lost++
      if (sequentialVerdict(test, won, lost) === 'pass') passes++
      trials += won + lost
    }
    const exact = gateBehaviour(test, 0.8)
    expect(Math.abs(passes / runs - exact.pass)).toBeLessThan(0.02)
    expect(Math.abs(trials / runs - exact.trials)).toBeLessThan(1)
  })

  it('passes on a clean run of the shortest length and no sooner', () => {
    const test = sequentialTest({ bad: 0.7, good: 0.9 })
    expect(sequentialVerdict(test, 11, 0)).toBe('undecided')
    expect(sequentialVerdict(test, 12, 0)).toBe('pass')
    expect(sequentialVerdict(test, 0, test.shortestFail)).toBe('fail')
    expect(sequentialVerdict(test, 0, test.shortestFail - 1)).toBe('undecided')
    expect(gateBehaviour(test, 1)).toMatchObject({ pass: 1, trials: 12 })
    expect(gateBehaviour(test, 0)).toMatchObject({ fail: 1, trials: test.shortestFail })
  })

  it('names what is wrong', () => {
    expect(() => sequentialTest({ bad: 0.9, good: 0.8 })).toThrow(/good is 0.8 and bad is 0.9/)
    expect(() => sequentialTest({ bad: 0.8, good: 0.9, alpha: 0.5 })).toThrow(
      /alpha is 0.5; give an error rate/,
    )
    expect(() => gateBehaviour(sequentialTest({ bad: 0.8, good: 0.9 }), 0.8, 0)).toThrow(/cap is 0/)
  })
})
