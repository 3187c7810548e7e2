import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { betaCdf, betaQuantile } from './beta.ts'

// Reference values: SciPy 1.17 (betainc, betaincinv).
const near = (actual: number, expected: number, tolerance: number) =>
  expect(Math.abs(actual / expected - 1)).toBeLessThan(tolerance)

describe('betaCdf', () => {
  it.each([
    [0.3, 2.5, 7, 0.6412224629717214],
    [0.5, 5e5, 500100, 0.5398258692329362],
    [0.99, 200, 1.5, 0.25876115169399455],
    [0.001, 0.5, 0.5, 0.020135041633377492],
    [0.9, 44, 1, 0.009697737297875247],
    [0.2, 0.001, 3, 0.9995103749029407],
  ])('I_%f(%f, %f)', (x, a, b, expected) => near(betaCdf(x, a, b), expected, 1e-12))

  it('is symmetric', () => {
    const positive = fc.double({ min: 0.05, max: 500, noNaN: true })
    fc.assert(
      fc.property(fc.nat(1024), positive, positive, (k, a, b) => {
        const x = k / 1024 // so that 1 − x is exact
        expect(betaCdf(x, a, b)).toBeCloseTo(1 - betaCdf(1 - x, b, a), 11)
      }),
    )
  })

  it('names what is wrong', () => {
    expect(() => betaCdf(1.5, 1, 1)).toThrow(/x is 1.5; give a probability/)
    expect(() => betaCdf(0.5, 0, 1)).toThrow(/a is 0/)
    expect(() => betaQuantile(0, 1, 1)).toThrow(/probability is 0/)
  })
})

describe('betaQuantile', () => {
  it.each([
    [0.025, 21, 1, 0.8389023847809204],
    [0.975, 3, 1000, 0.007191493497751076],
    [0.05, 1e5, 300, 0.9967198330102909],
    [0.5, 0.01, 2, 2.916507216282999e-31],
    [0.001, 0.5, 0.5, 2.4673990709169446e-6],
  ])('at %f of Beta(%f, %f)', (p, a, b, expected) => near(betaQuantile(p, a, b), expected, 1e-11))

  it('inverts betaCdf', () => {
    const shape = fc.double({ min: 1, max: 300, noNaN: true })
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), shape, shape, (p, a, b) => {
        expect(betaCdf(betaQuantile(p, a, b), a, b)).toBeCloseTo(p, 9)
      }),
      { numRuns: 50 },
    )
  })
})
