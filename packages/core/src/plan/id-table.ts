/** A probe that has looked at so many places has met ids that were chosen to collide. */
const longestProbe = 256

/**
 * Nodes by their id, the first of those that have it. A table of numbers with open addressing (Knuth, The Art of
 * Computer Programming, volume 3, 6.4, algorithm L): eight bytes a node where a map of texts takes fifty, and one look
 * into memory. Who builds a million ids that collide gets such a map instead, whose hashes nobody can foresee.
 */
export class IdTable {
  /** Nodes, −1 where there is none; as many as a power of two. */
  #slots = new Int32Array(16).fill(-1)
  #size = 0
  #map: Map<string, number> | undefined

  /** @param ids of every node that was added. */
  get(ids: readonly string[], id: string): number | undefined {
    if (this.#map !== undefined) return this.#map.get(id)
    const node = this.#slots[this.#find(ids, id)]
    return node === -1 ? undefined : node
  }

  /** Adds the node unless an earlier one has its id; says whether it did. */
  add(ids: readonly string[], node: number): boolean {
    const id = ids[node] as string
    this.reserve(ids, this.#size + 1)
    if (this.#map === undefined) {
      const place = this.#find(ids, id)
      if (place !== -1) {
        if (this.#slots[place] !== -1) return false
        this.#slots[place] = node
        this.#size++
        return true
      }
      this.#becomeMap(ids, this.#slots)
    }
    const map = this.#map as unknown as Map<string, number>
    if (map.has(id)) return false
    map.set(id, node)
    return true
  }

  /** Makes room for so many nodes in all. */
  reserve(ids: readonly string[], size: number): void {
    if (this.#map !== undefined || size * 2 <= this.#slots.length) return
    const before = this.#slots
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(size * 2))).fill(-1)
    for (const node of before) {
      if (node === -1) continue
      const place = this.#find(ids, ids[node] as string)
      if (place === -1) {
        this.#becomeMap(ids, before)
        return
      }
      this.#slots[place] = node
    }
  }

  /** The place of the id, or the empty one where it belongs; −1 where neither is near. */
  #find(ids: readonly string[], id: string): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let place = hashOf(id) & mask
    for (let probe = 0; probe < longestProbe; probe++) {
      const node = slots[place] as number
      if (node === -1 || ids[node] === id) return place
      place = (place + 1) & mask
    }
    return -1
  }

  #becomeMap(ids: readonly string[], slots: Int32Array): void {
    this.#map = new Map()
    for (const node of slots) if (node !== -1) this.#map.set(ids[node] as string, node)
    this.#slots = new Int32Array(0)
  }
}

/** FNV-1a over the text's UTF-16 units, with the finaliser of MurmurHash3. */
export function hashOf(id: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  return hash ^ (hash >>> 13)
}
