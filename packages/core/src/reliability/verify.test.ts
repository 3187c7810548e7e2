import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { beliefAfterVerdict, verifiedRetry } from './verify.ts'

const probability = fc.double({ min: 0.01, max: 0.99, noNaN: true })

describe('verifiedRetry', () => {
  it('costs 1.02 attempts with a perfect verifier at 0.97793', () => {
    const { success, attempts } = verifiedRetry({ rate: 0.8 ** 0.1, acceptRight: 1, acceptWrong: 0 })
    expect(success).toBe(1)
    expect(attempts).toBeCloseTo(1.02, 2)
  })

  it('changes nothing with a verifier that cannot tell', () => {
    expect(verifiedRetry({ rate: 0.7, acceptRight: 0.5, acceptWrong: 0.5 })).toEqual({
      success: expect.closeTo(0.7, 12),
      error: expect.closeTo(0.3, 12),
      attempts: 2,
    })
  })

  it('is the belief after an acceptance', () => {
    fc.assert(
      fc.property(probability, probability, probability, (rate, acceptRight, acceptWrong) => {
        const { success, error } = verifiedRetry({ rate, acceptRight, acceptWrong })
        expect(beliefAfterVerdict(rate, 'accepted', { acceptRight, acceptWrong })).toBeCloseTo(success, 12)
        expect(success + error).toBeCloseTo(1, 12)
      }),
    )
  })

  it('keeps beliefs consistent: their mean over verdicts is the belief before', () => {
    fc.assert(
      fc.property(probability, probability, probability, (belief, acceptRight, acceptWrong) => {
        const rates = { acceptRight, acceptWrong }
        const accepted = belief * acceptRight + (1 - belief) * acceptWrong
        const mean =
          accepted * beliefAfterVerdict(belief, 'accepted', rates) +
          (1 - accepted) * beliefAfterVerdict(belief, 'rejected', rates)
        expect(mean).toBeCloseTo(belief, 12)
      }),
    )
  })

  it('is plain at the edges', () => {
    expect(verifiedRetry({ rate: 0, acceptRight: 1, acceptWrong: 0 }).attempts).toBe(Infinity)
    expect(beliefAfterVerdict(1, 'rejected', { acceptRight: 1, acceptWrong: 0 })).toBe(1)
    expect(() => verifiedRetry({ rate: 0.9, acceptRight: 2, acceptWrong: 0 })).toThrow(/acceptRight is 2/)
  })
})
