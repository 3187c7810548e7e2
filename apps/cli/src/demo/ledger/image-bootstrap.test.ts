import { describe, expect, it } from 'vitest'
import { ledgerInterval } from './image-bootstrap.ts'

const spread = ({ low, high }: { low: number; high: number }) => high - low

describe('the interval over images and ledgers', () => {
  it('is wider where one image failed all rows than where each row had its own', () => {
    const own = Array.from({ length: 20 }, (_, image) => ({ images: [image] }))
    const same = Array.from({ length: 20 }, () => ({ images: [7] }))
    const many = ledgerInterval({ failed: own, measured: 10_000, rows: 100 })
    const one = ledgerInterval({ failed: same, measured: 10_000, rows: 100 })
    expect(spread(one)).toBeGreaterThan(1.5 * spread(many))
    // One such image in three pools is not drawn at all.
    expect(one.high).toBe(1)
    for (const { low, high } of [one, many]) {
      expect(low).toBeLessThan(0.998 ** 100)
      expect(high).toBeGreaterThan(0.998 ** 100)
    }
  })

  it('covers about as many measurements as it says where rows fail alone', () => {
    const rate = 0.002
    const measured = 5_000
    let covered = 0
    for (let seed = 0; seed < 60; seed++) {
      // Every row fails or not by a hash of its number: a binomial count, whose images are its own.
      const failed: { images: number[] }[] = []
      for (let row = 0; row < measured; row++) {
        const draw = Math.imul(row + seed * 7919 + 1, 0x9e3779b1) >>> 0
        const mixed = Math.imul(draw ^ (draw >>> 15), 0x85ebca6b) >>> 0
        if (mixed / 2 ** 32 < rate) failed.push({ images: [row] })
      }
      const { low, high } = ledgerInterval({ failed, measured, rows: 10, seed })
      if (low <= (1 - rate) ** 10 && (1 - rate) ** 10 <= high) covered++
    }
    expect(covered).toBeGreaterThan(50)
  })

  it('where no row failed is that of the rows', () => {
    const { low, high } = ledgerInterval({ failed: [], measured: 1_000, rows: 1 })
    expect(high).toBe(1)
    expect(low).toBeCloseTo(0.025 ** (1 / 1_000), 4)
  })
})
