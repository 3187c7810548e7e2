import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { passAtK, passHatK } from './passk.ts'

/** The estimator as printed in the Codex paper: 1 − Π (1 − k/i) for i from n − c + 1 to n. */
function codex(n: number, c: number, k: number): number {
  if (n - c < k) return 1
  let product = 1
  for (let i = n - c + 1; i <= n; i++) product *= 1 - k / i
  return 1 - product
}

const counts = fc
  .tuple(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat())
  .map(([trials, c, k]) => ({ trials, correct: c % (trials + 1), k: 1 + (k % trials) }))

describe('pass@k and pass^k', () => {
  it('pass@k is the estimator of the Codex paper', () => {
    fc.assert(
      fc.property(counts, (counts) => {
        expect(passAtK(counts)).toBeCloseTo(codex(counts.trials, counts.correct, counts.k), 11)
      }),
    )
  })

  it('pass^k is the mirror of pass@k: none of k failures', () => {
    fc.assert(
      fc.property(counts, ({ trials, correct, k }) => {
        expect(passHatK({ trials, correct, k })).toBeCloseTo(
          1 - passAtK({ trials, correct: trials - correct, k }),
          11,
        )
      }),
    )
  })

  it('counts small cases by hand', () => {
    expect(passAtK({ trials: 5, correct: 2, k: 2 })).toBeCloseTo(0.7, 14)
    expect(passHatK({ trials: 5, correct: 2, k: 2 })).toBeCloseTo(0.1, 14)
    expect(passAtK({ trials: 5, correct: 4, k: 2 })).toBe(1)
    expect(passHatK({ trials: 4, correct: 4, k: 4 })).toBe(1)
    expect(passHatK({ trials: 2000, correct: 1999, k: 1000 })).toBeCloseTo(0.5, 12)
    expect(passAtK({ trials: 8, correct: 6, k: 1 })).toBe(0.75)
  })

  it('names what is wrong', () => {
    expect(() => passAtK({ trials: 5, correct: 6, k: 1 })).toThrow(/correct is 6, more than the 5 trials/)
    expect(() => passHatK({ trials: 5, correct: 5, k: 6 })).toThrow(/k is 6, but only 5 trials/)
    expect(() => passAtK({ trials: 5, correct: 5, k: 0 })).toThrow(/k is 0/)
  })
})
