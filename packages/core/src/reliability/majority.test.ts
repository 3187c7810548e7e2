import { describe, expect, it } from 'vitest'
import { usualDoubt } from './majority.ts'

describe('usualDoubt', () => {
  it('is nothing where answers are two, however even, and where one has half of the samples', () => {
    expect(usualDoubt({ leader: 50, answers: 2, samples: 100 })).toBe(0)
    expect(usualDoubt({ leader: 50, answers: 12, samples: 100 })).toBe(0)
    expect(usualDoubt({ leader: 0, answers: 0, samples: 0 })).toBe(0)
  })

  it('grows with what the leader lacks of a majority, and with how sure that is', () => {
    // 0.5 − 0.3 − √(0.3 · 0.7/100)
    expect(usualDoubt({ leader: 30, answers: 3, samples: 100 })).toBeCloseTo(0.1542, 4)
    expect(usualDoubt({ leader: 3, answers: 3, samples: 10 })).toBeCloseTo(0.0551, 4)
    expect(usualDoubt({ leader: 1, answers: 3, samples: 3 })).toBe(0)
    expect(usualDoubt({ leader: 1, answers: 3, samples: 1_000 })).toBeLessThan(0.5)
  })

  it('names what is wrong', () => {
    expect(() => usualDoubt({ leader: 3, answers: 3, samples: 2 })).toThrow(/samples is 2/)
    expect(() => usualDoubt({ leader: -1, answers: 3, samples: 2 })).toThrow(/leader is -1/)
  })
})
