/**
 * When each attempt in flight started, by its number. A table with open addressing (Knuth, The Art of Computer
 * Programming, volume 3, 6.4, algorithms L and R): JavaScript's own maps make a new table every few deletions, and a
 * run of a million subtasks would leave some hundred MB of those behind.
 */
export class InFlight {
  /** Keys, −1 where there is none; as many as a power of two. */
  #keys = new Float64Array(16).fill(-1)
  #values = new Float64Array(16)
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: number): number | undefined {
    const place = this.#find(key)
    return this.#keys[place] === key ? this.#values[place] : undefined
  }

  has(key: number): boolean {
    return this.#keys[this.#find(key)] === key
  }

  /** @param key from 0 to 2^53 − 1. */
  set(key: number, value: number): void {
    if (this.#size * 2 >= this.#keys.length) this.#grow()
    const place = this.#find(key)
    if (this.#keys[place] !== key) this.#size++
    this.#keys[place] = key
    this.#values[place] = value
  }

  delete(key: number): void {
    const keys = this.#keys
    const mask = keys.length - 1
    let hole = this.#find(key)
    if (keys[hole] !== key) return
    this.#size--
    // What comes behind the hole moves up, unless that would take it before the place where it is looked for first.
    for (let at = (hole + 1) & mask; keys[at] !== -1; at = (at + 1) & mask) {
      const home = homeOf(keys[at] as number, mask)
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      keys[hole] = keys[at] as number
      this.#values[hole] = this.#values[at] as number
      hole = at
    }
    keys[hole] = -1
  }

  /** In ascending order. */
  keys(): number[] {
    return [...this.#keys].filter((key) => key !== -1).sort((a, b) => a - b)
  }

  /** The place of the key, or the empty one where it belongs. */
  #find(key: number): number {
    const keys = this.#keys
    const mask = keys.length - 1
    let place = homeOf(key, mask)
    while (keys[place] !== key && keys[place] !== -1) place = (place + 1) & mask
    return place
  }

  #grow(): void {
    const { keys, values } = { keys: this.#keys, values: this.#values }
    this.#keys = new Float64Array(keys.length * 2).fill(-1)
    this.#values = new Float64Array(keys.length * 2)
    this.#size = 0
    for (const [place, key] of keys.entries()) if (key !== -1) this.set(key, values[place] as number)
  }
}

function homeOf(key: number, mask: number): number {
  const high = key < 4_294_967_296 ? 0 : Math.floor(key / 4_294_967_296)
  const hash = Math.imul((key ^ Math.imul(high, 0x85ebca6b)) | 0, 0x9e3779b1)
  return (hash ^ (hash >>> 15)) & mask
}
