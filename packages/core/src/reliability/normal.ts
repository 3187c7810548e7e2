import { checkOpenProbability } from './check.ts'
import { gammaCdf } from './gamma.ts'

/** Φ(z), the standard normal distribution function, for any number. Through P(½, z²/2), about 14 digits. */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) throw new RangeError('z is NaN; give a number.')
  if (z < -1) return upperTail(-z)
  if (z > 1) return 1 - upperTail(z)
  return 0.5 + (Math.sign(z) * gammaCdf(0.5, (z * z) / 2)) / 2
}

/** 1 − Φ(z) for z ≥ 1, by the continued fraction of Mills' ratio (Abramowitz & Stegun 26.2.14). */
function upperTail(z: number): number {
  if (z > 39) return 0
  let ratio = z
  const terms = Math.ceil(20 + 400 / (z * z))
  for (let n = terms; n > 0; n--) ratio = z + n / ratio
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * (1 / ratio)
}

function polynomial(x: number, coefficients: readonly number[]): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0)
}

// Coefficients of AS 241, from the constant term up.
const A = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
]
const B = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
]
const C = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
]
const D = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
]
const E = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
]
const F = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  1.8463183175100548e-5, 1.421511758316446e-7, 2.0442631033899397e-15,
]

/**
 * The z at which Φ(z) is `probability`, which lies in (0, 1). About 16 digits.
 * Source: M. J. Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
 */
export function normalQuantile(probability: number): number {
  checkOpenProbability('probability', probability)
  const q = probability - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return (q * polynomial(r, A)) / polynomial(r, B)
  }
  const r = Math.sqrt(-Math.log(Math.min(probability, 1 - probability)))
  const z =
    r <= 5 ? polynomial(r - 1.6, C) / polynomial(r - 1.6, D) : polynomial(r - 5, E) / polynomial(r - 5, F)
  return q < 0 ? -z : z
}
