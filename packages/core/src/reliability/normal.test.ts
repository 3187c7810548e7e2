import { describe, expect, it } from 'vitest'
import { normalCdf, normalQuantile } from './normal.ts'

// Reference values: SciPy 1.17 (ndtr, ndtri).
describe('normal distribution', () => {
  it.each([
    [-8, 6.22096057427174e-16],
    [-3, 0.0013498980316300933],
    [-1, 0.15865525393145707],
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [1.96, 0.9750021048517795],
    [5, 0.9999997133484281],
  ])('Φ(%f)', (z, expected) => {
    expect(Math.abs(normalCdf(z) / expected - 1)).toBeLessThan(1e-13)
  })

  it.each([
    [1e-10, -6.361340902404056],
    [0.025, -1.9599639845400545],
    [0.5, 0],
    [0.9, 1.2815515655446004],
    [0.999, 3.090232306167813],
  ])('quantile at %f', (p, expected) => expect(normalQuantile(p)).toBeCloseTo(expected, 13))

  it('ends at 0 and 1, and names what is wrong', () => {
    expect(normalCdf(-Infinity)).toBe(0)
    expect(normalCdf(Infinity)).toBe(1)
    expect(() => normalCdf(Number.NaN)).toThrow(/z is NaN/)
    expect(() => normalQuantile(1)).toThrow(/probability is 1/)
  })
})
