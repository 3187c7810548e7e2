import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom, hashUniform } from './random.ts'

/** Pearson's statistic over equal cells; with 99 degrees of freedom, 160 is exceeded once in 10,000. */
function chiSquare(samples: number, cells: number, draw: () => number): number {
  const counts = new Array<number>(cells).fill(0)
  for (let i = 0; i < samples; i++) {
    const cell = Math.floor(draw() * cells)
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  const expected = samples / cells
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

describe('createRandom', () => {
  it('gives the same sequence for the same seed, and another for another', () => {
    const draw = (seed: number | string) => Array.from({ length: 5 }, createRandom(seed).uniform)
    expect(draw(7)).toEqual(draw(7))
    expect(draw('a')).toEqual(draw('a'))
    expect(draw(7)).not.toEqual(draw(8))
    expect(draw('1')).not.toEqual(draw(1))
    expect(draw(0)).toEqual(draw(-0))
  })

  it('never changes its sequence: runs are replayed from their seed', () => {
    const random = createRandom('kilostep')
    expect([random.uniform(), random.uniform(), random.integer(1000)]).toMatchInlineSnapshot(`
      [
        0.28483362788253985,
        0.6295567433116835,
        291,
      ]
    `)
    expect(hashUniform(1, 'read', 2)).toMatchInlineSnapshot(`0.6010406552131998`)
  })

  it('is uniform', () => {
    const random = createRandom(3)
    expect(chiSquare(200_000, 100, random.uniform)).toBeLessThan(160)
    expect(chiSquare(200_000, 100, () => (random.uniform() * 1000) % 1)).toBeLessThan(160)
  })

  it('draws whole numbers below the limit', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 53 - 1 }), (seed, limit) => {
        const drawn = createRandom(seed).integer(limit)
        return Number.isSafeInteger(drawn) && drawn >= 0 && drawn < limit
      }),
    )
  })

  it('names what is wrong', () => {
    expect(() => createRandom(Number.NaN)).toThrow(/A seed is NaN/)
    expect(() => createRandom(1).integer(0)).toThrow(/limit is 0/)
    expect(() => createRandom(1).integer(1.5)).toThrow(RangeError)
  })
})

describe('hashUniform', () => {
  it('depends on its arguments alone and on their order', () => {
    expect(hashUniform(1, 2, 3)).toBe(hashUniform(1, 2, 3))
    expect(hashUniform(1, 2, 3)).not.toBe(hashUniform(1, 3, 2))
    expect(hashUniform(1, 'ab', 'c')).not.toBe(hashUniform(1, 'a', 'bc'))
  })

  it('is uniform and independent over neighbouring arguments', () => {
    let i = 0
    expect(chiSquare(200_000, 100, () => hashUniform('run', i++, 1))).toBeLessThan(160)
    expect(chiSquare(200_000, 100, () => hashUniform('run', 1, i++))).toBeLessThan(160)
    expect(chiSquare(200_000, 100, () => hashUniform(i++, 'subtask', 1))).toBeLessThan(160)
    const pair = () => {
      const x = Math.floor(hashUniform(9, i, 1) * 10)
      const y = Math.floor(hashUniform(9, i++, 2) * 10)
      return (x * 10 + y) / 100 + 0.001
    }
    expect(chiSquare(200_000, 100, pair)).toBeLessThan(160)
  })
})
