/** What a generator or a hash is seeded with. Any finite number or any string; equal seeds give equal results. */
export type Seed = number | string

/** A generator of pseudo-random numbers. Not for secrets. */
export interface Random {
  /** A number in [0, 1), with 53 random bits. */
  readonly uniform: () => number
  /** A whole number in [0, limit); `limit` is a whole number from 1 to 2^53. Throws RangeError otherwise. */
  readonly integer: (limit: number) => number
}

const float = new DataView(new ArrayBuffer(8))

/** Bijective 32-bit mixer of low bias: Ettinger, "Prospecting for hash functions" (2018), improved constants. */
function mix(word: number): number {
  let h = word ^ (word >>> 16)
  h = Math.imul(h, 0x21f0aaad)
  h ^= h >>> 15
  h = Math.imul(h, 0x735a2d97)
  return (h ^ (h >>> 15)) >>> 0
}

function absorb(hash: number, word: number): number {
  // The constant is that of splitmix: it keeps a run of zeros from standing still at zero.
  return mix((Math.imul(hash, 5) + word + 0x9e3779b9) | 0)
}

function absorbSeed(hash: number, seed: Seed): number {
  if (typeof seed === 'string') {
    let h = absorb(hash, 0x73747200 + seed.length)
    for (let i = 0; i < seed.length; i++) h = absorb(h, seed.charCodeAt(i))
    return h
  }
  if (!Number.isFinite(seed))
    throw new RangeError(`A seed is ${seed}, which is not a finite number. Give a finite number or a string.`)
  float.setFloat64(0, seed + 0) // + 0 makes −0 the same seed as 0
  return absorb(absorb(hash, float.getUint32(0)), float.getUint32(4))
}

/** 53 bits out of two words, as a number in [0, 1). */
function toUnit(high: number, low: number): number {
  return ((high >>> 5) * 0x4000000 + (low >>> 6)) / 0x20000000000000
}

/**
 * A seeded generator: sfc32 (Chris Doty-Humphrey, PractRand), seeded through a 32-bit mixer. The same seed
 * gives the same sequence on every machine. Where the result must not depend on the order of calls (jitter,
 * tie-breaks), use `hashUniform`.
 */
export function createRandom(seed: Seed): Random {
  let a = absorbSeed(1, seed)
  let b = absorbSeed(2, seed)
  let c = absorbSeed(3, seed)
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return sum >>> 0
  }
  for (let i = 0; i < 15; i++) next() // the author's warm-up, so that similar seeds part
  const uniform = (): number => toUnit(next(), next())
  const integer = (limit: number): number => {
    if (!Number.isSafeInteger(limit - 1) || limit < 1)
      throw new RangeError(`limit is ${limit}; give a whole number from 1 to 2^53.`)
    return Math.floor(uniform() * limit)
  }
  return { uniform, integer }
}

/**
 * A number in [0, 1) that depends on its arguments alone: the same three give the same number in any order of
 * calls, after a restart and on any machine. For jitter, tie-breaks and audits, e.g.
 * `hashUniform(seed, subtaskId, attempt)`. Throws RangeError for a number that is not finite.
 */
export function hashUniform(seed: Seed, a: Seed, b: Seed): number {
  const high = absorbSeed(absorbSeed(absorbSeed(4, seed), a), b)
  const low = absorbSeed(absorbSeed(absorbSeed(5, seed), a), b)
  return toUnit(high, low)
}
