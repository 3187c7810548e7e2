import { describe, expect, it } from 'vitest'
import {
  deviance,
  digamma,
  gammaCdf,
  gammaQuantile,
  logGamma,
  stirlingError,
  tetragamma,
  trigamma,
} from './gamma.ts'

// Reference values: SciPy 1.17 (gammaln, digamma, polygamma, gammainc, gammaincinv).
const near = (actual: number, expected: number, tolerance = 1e-13) =>
  expect(Math.abs(actual / expected - 1)).toBeLessThan(tolerance)

describe('logGamma and its derivatives', () => {
  it.each([
    [0.001, 6.907178885383853],
    [0.5, 0.5723649429247],
    [1.5, -0.12078223763524526],
    [3.7, 1.428072326665388],
    [15.9, 27.625493215168696],
    [100.25, 360.28455963776423],
    [1e6, 12815504.569147611],
  ])('ln Γ(%f)', (x, expected) => near(logGamma(x), expected))

  it('is 0 at 1 and 2, and ln of the factorial', () => {
    expect(Math.abs(logGamma(1))).toBeLessThan(1e-14)
    expect(Math.abs(logGamma(2))).toBeLessThan(1e-14)
    near(logGamma(11), Math.log(3628800))
  })

  it.each([
    [0.001, -1000.5755719318103],
    [1, -0.5772156649015329],
    [2.5, 0.7031566406452432],
    [100, 4.600161852738088],
  ])('ψ(%f)', (x, expected) => near(digamma(x), expected))

  it.each([
    [0.1, 101.43329915079275, -2001.8614573783439],
    [1, 1.6449340668482266, -2.404113806319188],
    [2.5, 0.4903577561002349, -0.23620405164172736],
    [100, 0.010050166663333573, -0.00010100499983335001],
  ])('ψ′ and ψ″ at %f', (x, first, second) => {
    near(trigamma(x), first)
    near(tetragamma(x), second)
  })

  it("keeps the digits of Stirling's error and of the deviance", () => {
    near(stirlingError(15.999999), stirlingError(16.000001), 1e-6)
    near(stirlingError(1e6), 1 / 12e6, 1e-12)
    near(deviance(1 + 1e-6), 5e-13 * (1 - 2e-6 / 3), 1e-9)
    near(deviance(1.1000001), deviance(1.0999999), 1e-5)
    expect(deviance(1)).toBe(0)
  })

  it('names what is wrong', () => {
    expect(() => logGamma(0)).toThrow(/x is 0; give a number above 0/)
    expect(() => digamma(-1)).toThrow(RangeError)
    expect(() => gammaCdf(1, Number.NaN)).toThrow(/x is NaN/)
    expect(() => gammaQuantile(1, 2)).toThrow(/probability is 2/)
  })
})

describe('gammaCdf and gammaQuantile', () => {
  it.each([
    [0.5, 0.2, 0.47291074313446196],
    [3, 5, 0.8753479805169189],
    [100, 90, 0.15822098918643007],
    [1e4, 10100, 0.8413487504471796],
    [1e6, 999000, 0.15865521357430365],
  ])('P(%f, %f)', (a, x, expected) => near(gammaCdf(a, x), expected, 1e-11))

  it.each([
    [0.1, 0.001, 6.073048362407869e-31],
    [1, 0.5, 0.6931471805599455],
    [30, 0.975, 41.6488374385866],
    [1e4, 0.025, 9804.952467260184],
  ])('quantile of Gamma(%f) at %f', (a, p, expected) => near(gammaQuantile(a, p), expected, 1e-11))

  it('ends at 0 and Infinity', () => {
    expect(gammaCdf(2, 0)).toBe(0)
    expect(gammaCdf(2, Infinity)).toBe(1)
    expect(gammaQuantile(2, 0)).toBe(0)
    expect(gammaQuantile(2, 1)).toBe(Infinity)
  })
})
