import { type DigitImage, PIXELS } from './image.ts'

/** Images that ledgers are composed of, in the order of the data set. There is no label in here. */
export type ImagePool = {
  readonly count: number
  /** The image at an index, 0 … count − 1; a view, not to be written to. Throws a RangeError outside. */
  readonly image: (index: number) => DigitImage
}

/** Which digit each image of a pool shows. Only what composes and scores a ledger may hold it. */
export type PoolLabels = Uint8Array

/** Grey levels are kept in four bits: level 0 … 15 stands for grey 0, 17 … 255. */
const STEP = 17

/**
 * Packs images two pixels a byte, the first in the low four bits. Grey is rounded to 16 levels, which
 * halves the file once it is compressed.
 *
 * @param pixels of all images one after the other, 0 … 255.
 */
export const packPixels = (pixels: Uint8Array): Uint8Array =>
  Uint8Array.from(
    { length: pixels.length / 2 },
    (_, i) => Math.round((pixels[2 * i] ?? 0) / STEP) | (Math.round((pixels[2 * i + 1] ?? 0) / STEP) << 4),
  )

/** Opens images that {@link packPixels} packed. Throws when the bytes are not whole images. */
export const openPool = (packed: Uint8Array): ImagePool => {
  const count = (packed.length * 2) / PIXELS
  if (!Number.isInteger(count)) {
    throw new Error(`The image pool has ${packed.length} bytes, which is not a whole number of 28×28 images.`)
  }
  const pixels = new Uint8Array(packed.length * 2)
  for (let i = 0; i < packed.length; i++) {
    const byte = packed[i] as number
    pixels[2 * i] = (byte & 15) * STEP
    pixels[2 * i + 1] = (byte >> 4) * STEP
  }
  return {
    count,
    image: (index) => {
      if (!Number.isInteger(index) || index < 0 || index >= count) {
        throw new RangeError(`There is no image ${index} in the pool; it has the images 0 to ${count - 1}.`)
      }
      return pixels.subarray(index * PIXELS, (index + 1) * PIXELS)
    },
  }
}
