import { describe, expect, test } from 'vitest'
import { errorOfCombination, pooledOpinion } from './opinion.ts'

const unstated = { rate: 0.9, samples: 3, votes: [2, 1], stated: null }

describe('what workers say of a subtask together', () => {
  test('weighs votes by (p/q)^a, and what nobody named as one more candidate without a vote', () => {
    const weights = [81, 9, 1]
    pooledOpinion(2, [unstated]).forEach((probability, at) => {
      expect(probability).toBeCloseTo((weights[at] as number) / 91, 12)
    })
  })

  test('takes the mean of what one worker states, however often it is asked', () => {
    const once = pooledOpinion(2, [{ rate: 0.9, samples: 1, votes: [1], stated: [0.7, 0.2] }])
    const often = pooledOpinion(2, [{ rate: 0.9, samples: 5, votes: [5], stated: [3.5, 1] }])
    expect(once[0]).toBeCloseTo(0.7, 12)
    expect(once[2]).toBeCloseTo(0.1, 12)
    expect(often.map((p) => p.toFixed(12))).toEqual(once.map((p) => p.toFixed(12)))
  })

  test('shares what a worker leaves among what it did not name', () => {
    const [first, second, none] = pooledOpinion(2, [{ rate: 0.9, samples: 1, votes: [1], stated: [0.8] }])
    expect([first, second, none].map((p) => p?.toFixed(6))).toEqual(['0.800000', '0.100000', '0.100000'])
  })

  test('multiplies different workers, so that neither sure of a different answer decides alone', () => {
    const cheap = { rate: 0.9, samples: 3, votes: [3, 0], stated: [2.4, 0.6] }
    const strong = { rate: 0.99, samples: 1, votes: [0, 1], stated: [0.1, 0.9] }
    const [first, second] = pooledOpinion(2, [cheap, strong]) as [number, number]
    expect(first / second).toBeCloseTo((0.8 * 0.1) / (0.2 * 0.9), 9)
  })

  test('never holds anything for certain', () => {
    const [sure] = pooledOpinion(1, [{ rate: 0.9, samples: 1, votes: [1], stated: [1] }])
    expect(sure).toBeLessThan(1)
  })
})

describe('the error of a combination that a check accepts', () => {
  test('is that of Bayes', () => {
    expect(errorOfCombination(0.9, 0.1, 1 / 97)).toBeCloseTo(0.1 / 97 / (0.9 + 0.1 / 97), 12)
    expect(errorOfCombination(0.01, 0.5, 0.5)).toBeCloseTo(0.25 / 0.26, 12)
  })

  test('is none where the check lets nothing wrong pass, and certain where nothing speaks for it', () => {
    expect(errorOfCombination(0.2, 0.8, 0)).toBe(0)
    expect(errorOfCombination(0, 0, 0.5)).toBe(1)
  })
})
