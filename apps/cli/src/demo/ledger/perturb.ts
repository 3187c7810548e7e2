import { type DigitImage, SIDE } from './image.ts'
import { createRandom } from './random.ts'

/** How far a perturbation may go; each quantity is drawn uniformly from ± its limit. */
export type PerturbLimits = {
  /** Shift along each axis, in pixels of the 28×28 image. */
  readonly shiftPx: number
  /** Rotation about the centre, in degrees. */
  readonly rotationDeg: number
  /** Relative change of size; 0.03 is three percent. */
  readonly scale: number
  /** Horizontal shift per pixel of height, without unit. */
  readonly shear: number
}

/**
 * What one more look at the same sheet changes: about what a second scan would. Small enough that a
 * person sees the same digit, large enough that two reads are two attempts and not one repeated.
 */
const READ_PERTURBATION: PerturbLimits = { shiftPx: 0.5, rotationDeg: 4, scale: 0.03, shear: 0.04 }

/**
 * Writes a shifted, turned, scaled and sheared copy of an image, sampled bilinearly; what lies outside
 * the image is paper (0). The same image, seed and limits give the same copy.
 *
 * @param into 784 values, overwritten: 0 (paper) … 1 (ink).
 */
export const perturb = (
  image: DigitImage,
  seed: number,
  into: Float32Array,
  limits: PerturbLimits = READ_PERTURBATION,
): void => {
  const random = createRandom(seed)
  const draw = (limit: number) => (2 * random() - 1) * limit
  const angle = draw((limits.rotationDeg * Math.PI) / 180)
  const scale = 1 + draw(limits.scale)
  const shear = draw(limits.shear)
  const shiftX = draw(limits.shiftPx)
  const shiftY = draw(limits.shiftPx)

  // The map from a pixel of the copy to its source: rotation · shear / scale, about the centre.
  const cos = Math.cos(angle) / scale
  const sin = Math.sin(angle) / scale
  const xx = cos
  const xy = cos * shear - sin
  const yx = sin
  const yy = sin * shear + cos
  const centre = (SIDE - 1) / 2
  const startX = centre - (xx + xy) * centre + shiftX
  const startY = centre - (yx + yy) * centre + shiftY
  const last = SIDE - 1

  for (let y = 0; y < SIDE; y++) {
    let u = startX + xy * y
    let v = startY + yy * y
    for (let x = 0; x < SIDE; x++, u += xx, v += yx) {
      const at = y * SIDE + x
      // The border pixel whose neighbour lies outside counts as outside: MNIST leaves four pixels blank.
      if (u < 0 || v < 0 || u >= last || v >= last) {
        into[at] = 0
        continue
      }
      const left = u | 0
      const top = v | 0
      const from = top * SIDE + left
      const right = u - left
      const down = v - top
      const upper = (image[from] as number) * (1 - right) + (image[from + 1] as number) * right
      const lower = (image[from + SIDE] as number) * (1 - right) + (image[from + SIDE + 1] as number) * right
      into[at] = (upper * (1 - down) + lower * down) / 255
    }
  }
}
