import { checkOpenProbability, checkPositive, checkProbability } from './check.ts'
import { deviance, stirlingError } from './gamma.ts'

/**
 * x^a (1 − x)^b / (a B(a, b)), the factor before the continued fraction, by Loader's saddle-point form
 * ("Fast and accurate computation of binomial probabilities", 2000): good to 14 digits at counts of a million.
 */
function front(a: number, b: number, x: number): number {
  const n = a + b
  const exponent = -a * deviance((n * x) / a) - b * deviance((n * (1 - x)) / b)
  const stirling = stirlingError(n) - stirlingError(a) - stirlingError(b)
  return Math.exp(exponent + stirling) * Math.sqrt(b / (2 * Math.PI * a * n))
}

/** Continued fraction of the incomplete beta function by Lentz's method. Source: Numerical Recipes 6.4. */
function continuedFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300
  let c = 1
  let d = 1 - ((a + b) * x) / (a + 1)
  d = 1 / (Math.abs(d) < tiny ? tiny : d)
  let result = d
  for (let m = 1; m < 200_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    d = 1 + even * d
    c = 1 + even / c
    d = 1 / (Math.abs(d) < tiny ? tiny : d)
    if (Math.abs(c) < tiny) c = tiny
    result *= d * c
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 + odd * d
    c = 1 + odd / c
    d = 1 / (Math.abs(d) < tiny ? tiny : d)
    if (Math.abs(c) < tiny) c = tiny
    const step = d * c
    result *= step
    if (Math.abs(step - 1) < 1e-16) break
  }
  return result
}

/**
 * Regularised incomplete beta function I_x(a, b): the distribution function at x of Beta(a, b), with a, b > 0
 * and x from 0 to 1. About 13 digits. Throws RangeError outside those ranges. Source: Numerical Recipes 6.4
 * with Loader's factor.
 */
export function betaCdf(x: number, a: number, b: number): number {
  checkPositive('a', a)
  checkPositive('b', b)
  checkProbability('x', x)
  if (x === 0 || x === 1) return x
  if (x < (a + 1) / (a + b + 2)) return Math.min(1, front(a, b, x) * continuedFraction(a, b, x))
  return Math.max(0, 1 - front(b, a, 1 - x) * continuedFraction(b, a, 1 - x))
}

/**
 * The x at which `betaCdf(x, a, b)` is `probability`, which lies in (0, 1); a, b > 0. Bisection on the side of
 * the smaller tail, so that both a quantile near 0 and one near 1 keep their digits.
 */
export function betaQuantile(probability: number, a: number, b: number): number {
  checkOpenProbability('probability', probability)
  const atMiddle = betaCdf(0.5, a, b)
  if (atMiddle < probability) {
    // Search for 1 − x from below: I_x(a, b) = 1 − I_(1−x)(b, a).
    return 1 - lowerQuantile((y) => 1 - probability - betaCdf(y, b, a))
  }
  return lowerQuantile((x) => probability - betaCdf(x, a, b))
}

/** Zero of a falling function on (0, ½]. On the logarithm first: the zero may be 1e-200. */
function lowerQuantile(above: (x: number) => number): number {
  let low = 0
  let high = 0.5
  while (high > 1e-300 && above(high / 2) <= 0) high /= 2
  if (high <= 1e-300) return 0
  low = high / 2
  for (let i = 0; i < 60 && high - low > 1e-16 * high; i++) {
    const middle = (low + high) / 2
    if (above(middle) > 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}
