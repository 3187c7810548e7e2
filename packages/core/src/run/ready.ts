import { resized } from '../plan/graph.ts'

/**
 * A binary heap of nodes, least rank first, the lower node first among equals. Many million nodes, no object each.
 * Ranks are read from a column of the state and must not change while a node is in the heap.
 */
export interface Heap {
  size: number
  nodes: Int32Array
}

export function emptyHeap(): Heap {
  return { size: 0, nodes: new Int32Array(16) }
}

export function push(heap: Heap, node: number, rank: Float64Array): void {
  if (heap.size === heap.nodes.length) heap.nodes = resized(heap.nodes, heap.size * 2)
  const nodes = heap.nodes
  let at = heap.size++
  const nodeRank = rank[node] as number
  while (at > 0) {
    const up = (at - 1) >> 1
    const other = nodes[up] as number
    const otherRank = rank[other] as number
    if (otherRank < nodeRank || (otherRank === nodeRank && other < node)) break
    nodes[at] = other
    at = up
  }
  nodes[at] = node
}

/** The first node, or -1. */
export function top(heap: Heap): number {
  return heap.size === 0 ? -1 : (heap.nodes[0] as number)
}

export function pop(heap: Heap, rank: Float64Array): void {
  const nodes = heap.nodes
  const size = --heap.size
  if (size === 0) return
  const node = nodes[size] as number
  const nodeRank = rank[node] as number
  let at = 0
  for (;;) {
    let down = 2 * at + 1
    if (down >= size) break
    let child = nodes[down] as number
    let childRank = rank[child] as number
    if (down + 1 < size) {
      const right = nodes[down + 1] as number
      const rightRank = rank[right] as number
      if (rightRank < childRank || (rightRank === childRank && right < child)) {
        down++
        child = right
        childRank = rightRank
      }
    }
    if (nodeRank < childRank || (nodeRank === childRank && node < child)) break
    nodes[at] = child
    at = down
  }
  nodes[at] = node
}

/** Takes a node out from wherever it is, where it is there at all: it has to be looked for unless it is the first. */
export function remove(heap: Heap, node: number, rank: Float64Array): boolean {
  const place = heap.nodes.subarray(0, heap.size).indexOf(node)
  if (place === -1) return false
  // All that is above keeps its order; a heap of what is left above the place takes what was behind it.
  if (place === 0) pop(heap, rank)
  else {
    const behind = heap.nodes.slice(place + 1, heap.size)
    heap.size = place
    for (const other of behind) push(heap, other, rank)
  }
  return true
}
