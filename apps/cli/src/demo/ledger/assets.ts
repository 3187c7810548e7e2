import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import { decodeNetwork, type Network } from './network.ts'
import { type ImagePool, openPool } from './pool.ts'

/**
 * The two pools: `test` (10,000 images of the MNIST test set) for what is published, `validation` (the
 * last 5,000 images of its training set, which no reader was trained on) for choosing settings.
 */
export type PoolName = 'test' | 'validation'

// The same number of folders above src/demo/ledger and dist/demo/ledger.
const read = (name: string): Uint8Array => readFileSync(new URL(`../../../assets/${name}`, import.meta.url))

/** The images of a pool. The labels are in a file of their own that nothing here opens: see labels.ts. */
export const loadImages = (pool: PoolName): ImagePool =>
  openPool(brotliDecompressSync(read(`${pool}.images.br`)))

/** Weights of the small reader, 196-48-10, for `createReader`. */
export const loadReaderNetwork = (): Network => decodeNetwork(read('reader.bin'))

/** Weights of the convolutional networks of the strong reader, for `createStrongReader`. */
export const loadStrongNetworks = (): readonly Network[] =>
  ['strong-1.bin', 'strong-2.bin'].map((name) => decodeNetwork(read(name)))
