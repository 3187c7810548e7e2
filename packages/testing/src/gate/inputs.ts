import { createHash } from 'node:crypto'
import { hashUniform, type Seed } from '@kilostep/core'

/**
 * Which input a trial gets: rounds over all of them, each in an order of its own that is drawn with the seed. So each
 * is tried as often as any other, and the easy ones do not come first.
 */
export function inputOrder(count: number, seed: Seed): (index: number) => number {
  let round = -1
  let order: number[] = []
  const drawn = new Map<number, number[]>()
  return (index) => {
    const wanted = Math.floor(index / count)
    if (wanted !== round) {
      round = wanted
      order = drawn.get(wanted) ?? shuffled(count, seed, wanted)
      drawn.set(wanted, order)
    }
    return order[index % count] as number
  }
}

function shuffled(count: number, seed: Seed, round: number): number[] {
  const keys = Array.from({ length: count }, (_, input) =>
    hashUniform(String(seed), `inputs/${round}`, input),
  )
  return keys.map((_, input) => input).sort((a, b) => (keys[a] as number) - (keys[b] as number))
}

/** What tells whether two gates had the same inputs. Where they are not data, their number has to do. */
export function digestOfInputs(inputs: readonly unknown[]): string {
  let text: string
  try {
    text = JSON.stringify(inputs)
  } catch {
    text = `${inputs.length} inputs`
  }
  return `sha256:${createHash('sha256').update(text).digest('hex')}`
}
