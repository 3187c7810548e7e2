import type { Layer } from './network.ts'

/** output = biases + weights · input, without an activation. An input of 0 (blank paper) costs nothing. */
export const applyDense = (layer: Layer, input: Float32Array, output: Float32Array): void => {
  const { inputs, outputs, weights } = layer
  output.set(layer.biases)
  for (let i = 0; i < inputs; i++) {
    const value = input[i] as number
    if (value === 0) continue
    const from = i * outputs
    for (let j = 0; j < outputs; j++) {
      output[j] = (output[j] as number) + value * (weights[from + j] as number)
    }
  }
}

/** Replaces negative values by 0, in place. */
export const relu = (values: Float32Array): void => {
  for (let i = 0; i < values.length; i++) if ((values[i] as number) < 0) values[i] = 0
}

/** Turns scores into probabilities that add up to 1, in place. */
export const softmax = (values: Float32Array): void => {
  let most = Number.NEGATIVE_INFINITY
  for (const value of values) if (value > most) most = value
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const power = Math.exp((values[i] as number) - most)
    values[i] = power
    sum += power
  }
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) / sum
}

/** A convolution without padding, followed by ReLU and the maximum of each 2×2 block. */
export type ConvolutionShape = {
  /** Width and height of the input; the output's is (side − kernel + 1) / 2, which must be whole. */
  readonly side: number
  readonly channels: number
  /** Width and height of the patch that one output sees. */
  readonly kernel: number
}

/**
 * Applies a convolution, ReLU and 2×2 maximum pooling. Images are stored row by row with the channels of
 * one pixel together, so that a patch is `kernel` runs of `kernel · channels` values.
 *
 * @param winners for each output, which place of its 2×2 block was largest (0 … 3, row by row), or −1
 * where none was positive. Training needs it on the way back.
 */
export const applyConvolution = (
  layer: Layer,
  shape: ConvolutionShape,
  input: Float32Array,
  output: Float32Array,
  winners: Int8Array,
): void => {
  const { weights, biases, outputs } = layer
  const { side, channels, kernel } = shape
  const half = (side - kernel + 1) / 2
  const run = kernel * channels
  const right = channels
  const below = side * channels
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const corner = (2 * y * side + 2 * x) * channels
      if (isBlank(input, corner, side * channels, kernel + 1, (kernel + 1) * channels)) {
        // Half of an image is blank paper, where every place of a block sees only the bias.
        for (let channel = 0; channel < outputs; channel++) {
          const bias = biases[channel] as number
          output[(y * half + x) * outputs + channel] = Math.max(bias, 0)
          winners[(y * half + x) * outputs + channel] = bias > 0 ? 0 : -1
        }
        continue
      }
      for (let channel = 0; channel < outputs; channel++) {
        // The four places of one 2×2 block at once: four independent sums keep the processor busy.
        let a = biases[channel] as number
        let b = a
        let c = a
        let d = a
        let at = channel * layer.inputs
        for (let row = 0; row < kernel; row++) {
          const from = corner + row * below
          for (let i = from; i < from + run; i++, at++) {
            const weight = weights[at] as number
            a += (input[i] as number) * weight
            b += (input[i + right] as number) * weight
            c += (input[i + below] as number) * weight
            d += (input[i + below + right] as number) * weight
          }
        }
        const best = Math.max(a, b, c, d, 0)
        const to = (y * half + x) * outputs + channel
        output[to] = best
        winners[to] = best === 0 ? -1 : best === a ? 0 : best === b ? 1 : best === c ? 2 : 3
      }
    }
  }
}

/** Whether a rectangle of `rows` runs, each `stride` after the last, holds nothing but 0. */
const isBlank = (input: Float32Array, from: number, stride: number, rows: number, run: number): boolean => {
  for (let row = 0; row < rows; row++) {
    for (let i = from + row * stride, end = i + run; i < end; i++) if (input[i] !== 0) return false
  }
  return true
}
