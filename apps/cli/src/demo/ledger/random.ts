/**
 * One step of a 32-bit integer hash: murmur3's finaliser (Appleby 2011), in which every input bit
 * reaches every output bit.
 */
const scramble = (word: number): number => {
  let h = word | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/**
 * One seed out of several integers (run seed, row, column, attempt), so that neighbouring attempts do
 * not get neighbouring perturbations. The order of the parts counts.
 *
 * @returns an integer in 0 … 2³² − 1.
 */
export const seedFrom = (...parts: readonly number[]): number => {
  let seed = 0x9e3779b9
  for (const part of parts) {
    seed = scramble(seed ^ scramble(part))
    // A second word keeps large numbers apart that agree in their lowest 32 bits.
    seed = scramble(seed + Math.floor(part / 2 ** 32) + 0x6d2b79f5)
  }
  return seed
}

/** {@link seedFrom} of a text, so that an id can say which of many draws is meant. */
export const seedFromText = (text: string): number => {
  // FNV-1a over UTF-16 units gathers the text into a word; the scrambling after it is seedFrom's.
  let word = 0x811c9dc5
  for (let i = 0; i < text.length; i++) word = Math.imul(word ^ text.charCodeAt(i), 0x01000193)
  return seedFrom(word >>> 0, text.length)
}

/**
 * A seeded generator of uniform numbers in [0, 1): mulberry32 (Ettinger 2017). Its 32 bits of state are
 * plenty for a demo and for a training run, and the same seed gives the same numbers on every machine.
 */
export const createRandom = (seed: number): (() => number) => {
  let state = scramble(seed)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
