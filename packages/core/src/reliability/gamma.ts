import { checkPositive } from './check.ts'

const HALF_LN_2PI = 0.9189385332046728

/**
 * What Stirling's formula leaves out: ln Γ(x + 1) − (x + ½) ln x + x − ½ ln 2π, for x > 0. Kept apart because
 * binomial terms need it alone: at x = 1,000,000 the logarithms themselves would cancel seven digits.
 * Source: C. Loader, "Fast and accurate computation of binomial probabilities" (2000).
 */
export function stirlingError(x: number): number {
  if (x < 16) return logGamma(x + 1) - (x + 0.5) * Math.log(x) + x - HALF_LN_2PI
  return stirlingSeries(x)
}

/** Source: Abramowitz & Stegun 6.1.40; at x ≥ 16 the first term left out is below 1e-18. */
function stirlingSeries(x: number): number {
  const s = 1 / (x * x)
  return (
    (1 / 12 -
      s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s * (1 / 1188 - s * (691 / 360360 - s / 156)))))) /
    x
  )
}

/**
 * ln Γ(x) for x > 0, good to about 15 digits (near 1 and 2, where it is 0, to 1e-15 absolutely).
 * Source: shift to x ≥ 16, then Stirling's series. Throws RangeError for x that is not positive.
 */
export function logGamma(x: number): number {
  checkPositive('x', x)
  let product = 1
  let y = x
  while (y < 16) product *= y++
  return (y - 0.5) * Math.log(y) - y + HALF_LN_2PI + stirlingSeries(y) - Math.log(product)
}

/** ψ(x) = d ln Γ(x) / dx for x > 0. Source: Abramowitz & Stegun 6.3.5 (shift) and 6.3.18 (series). */
export function digamma(x: number): number {
  checkPositive('x', x)
  let shift = 0
  let y = x
  while (y < 16) shift -= 1 / y++
  const s = 1 / (y * y)
  const series =
    s * (1 / 12 - s * (1 / 120 - s * (1 / 252 - s * (1 / 240 - s * (1 / 132 - (s * 691) / 32760)))))
  return shift + Math.log(y) - 1 / (2 * y) - series
}

/** ψ′(x) for x > 0. Source: Abramowitz & Stegun 6.4.6 and 6.4.12. */
export function trigamma(x: number): number {
  checkPositive('x', x)
  let shift = 0
  let y = x
  while (y < 16) shift += 1 / (y * y++)
  const s = 1 / (y * y)
  const series = s * (1 / 6 - s * (1 / 30 - s * (1 / 42 - s * (1 / 30 - s * (5 / 66 - (s * 691) / 2730)))))
  return shift + 1 / y + s / 2 + series / y
}

/** ψ″(x) for x > 0, a negative number. Source: the derivative of the series of ψ′. */
export function tetragamma(x: number): number {
  checkPositive('x', x)
  let shift = 0
  let y = x
  while (y < 16) shift -= 2 / (y * y * y++)
  const s = 1 / (y * y)
  const series = s * (1 / 2 - s * (1 / 6 - s * (1 / 6 - s * (3 / 10 - s * (5 / 6 - (s * 691) / 210)))))
  return shift - s - s / y - s * series
}

/**
 * Regularised lower incomplete gamma function P(a, x): the distribution function at x ≥ 0 of a gamma variable
 * of shape a > 0 and scale 1. Source: Numerical Recipes 6.2 (series below a + 1, continued fraction above).
 */
export function gammaCdf(a: number, x: number): number {
  checkPositive('a', a)
  if (Number.isNaN(x)) throw new RangeError('x is NaN; give a number, 0 or more.')
  if (x <= 0) return 0
  if (x === Infinity) return 1
  // x^a e^−x / Γ(a + 1), through the Stirling error so that large shapes keep their digits.
  const front = Math.exp(-a * deviance(x / a) - stirlingError(a)) / Math.sqrt(2 * Math.PI * a)
  if (x < a + 1) {
    let term = 1
    let sum = 1
    for (let n = 1; term > sum * 1e-17; n++) sum += term *= x / (a + n)
    return Math.min(1, front * sum)
  }
  let b = x + 1 - a
  let c = 1e300
  let d = 1 / b
  let fraction = d
  for (let n = 1; n < 100_000; n++) {
    const an = -n * (n - a)
    b += 2
    d = 1 / (an * d + b)
    c = b + an / c
    const step = c * d
    fraction *= step
    if (Math.abs(step - 1) < 1e-16) break
  }
  return Math.max(0, 1 - front * a * fraction)
}

/** t − 1 − ln t for t > 0, without the loss of digits near 1. */
export function deviance(t: number): number {
  const d = t - 1
  if (Math.abs(d) > 0.1) return d - Math.log(t)
  // With v = d/(2+d): ln t = 2 (v + v³/3 + v⁵/5 + …), and d − 2v = d·v.
  const v = d / (2 + d)
  const square = v * v
  let power = v * square
  let sum = 0
  for (let n = 3; n < 40; n += 2) {
    const term = power / n
    sum += term
    if (Math.abs(term) <= Math.abs(sum) * 1e-17) break
    power *= square
  }
  return d * v - 2 * sum
}

/** The x at which `gammaCdf(a, x)` is `probability`, from 0 to 1. Bisection: it cannot go astray. */
export function gammaQuantile(a: number, probability: number): number {
  checkPositive('a', a)
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`probability is ${probability}; give a number from 0 to 1.`)
  if (probability === 0) return 0
  if (probability === 1) return Infinity
  let high = a + 10 * Math.sqrt(a) + 10
  while (gammaCdf(a, high) < probability) high *= 2
  let low = 0
  // Halving the exponent first finds tiny quantiles to full relative accuracy.
  for (let i = 0; i < 200 && high - low > 1e-15 * high; i++) {
    const middle =
      low > 0 && high > 4 * low ? Math.sqrt(low * high) : low === 0 && i < 60 ? high / 16 : (low + high) / 2
    if (gammaCdf(a, middle) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}
