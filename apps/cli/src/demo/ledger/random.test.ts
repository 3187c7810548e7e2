import { describe, expect, it } from 'vitest'
import { createRandom, seedFrom } from './random.ts'

describe('createRandom', () => {
  it('gives the same numbers for the same seed, on every machine', () => {
    const random = createRandom(1)
    expect([random(), random(), random()]).toMatchInlineSnapshot(`
      [
        0.2860478847287595,
        0.24245584453456104,
        0.5236019375734031,
      ]
    `)
  })

  it('is uniform on [0, 1), for neighbouring seeds too', () => {
    const firsts = Array.from({ length: 20_000 }, (_, seed) => createRandom(seed)())
    const tenths = Array.from({ length: 10 }, (_, i) => firsts.filter((x) => Math.floor(x * 10) === i).length)
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(200)
  })
})

describe('seedFrom', () => {
  it('depends on every part and on their order', () => {
    const seeds = [
      seedFrom(1, 2, 3),
      seedFrom(3, 2, 1),
      seedFrom(1, 2),
      seedFrom(1, 2, 3, 0),
      seedFrom(1, 2, 4),
    ]
    expect(new Set(seeds).size).toBe(seeds.length)
    expect(seedFrom(1, 2, 3)).toBe(seedFrom(1, 2, 3))
  })

  it('keeps seeds beyond 32 bits apart', () => {
    expect(seedFrom(5)).not.toBe(seedFrom(5 + 2 ** 32))
  })

  it('has next to no collisions over rows, columns and attempts', () => {
    const seeds = new Set<number>()
    for (let row = 0; row < 100; row++)
      for (let column = 0; column < 10; column++)
        for (let attempt = 0; attempt < 40; attempt++) seeds.add(seedFrom(1, row, column, attempt))
    expect(seeds.size).toBeGreaterThan(40_000 - 5)
  })
})
