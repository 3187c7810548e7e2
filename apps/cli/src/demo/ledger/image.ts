/** Width and height of an image, in pixels, as in MNIST. */
export const SIDE = 28

/** Pixels of one image. */
export const PIXELS = SIDE * SIDE

/** Width and height after pooling, in pixels. */
const POOLED_SIDE = SIDE / 2

/** Inputs of the small reader: one per pooled pixel. */
export const POOLED_PIXELS = POOLED_SIDE * POOLED_SIDE

/** One handwritten digit, row by row, 0 (paper) … 255 (ink). It carries no label. */
export type DigitImage = Uint8Array

/** Mean of each 2×2 block of a 28×28 image: 14×14 values of the same range. */
export const pool2x2 = (image: ArrayLike<number>, into: Float32Array): void => {
  for (let y = 0; y < POOLED_SIDE; y++) {
    for (let x = 0; x < POOLED_SIDE; x++) {
      const at = 2 * y * SIDE + 2 * x
      const sum =
        (image[at] ?? 0) + (image[at + 1] ?? 0) + (image[at + SIDE] ?? 0) + (image[at + SIDE + 1] ?? 0)
      into[y * POOLED_SIDE + x] = sum / 4
    }
  }
}
