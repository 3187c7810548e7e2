import type { ConvolutionShape } from '../src/demo/ledger/layers.ts'
import type { TrainedLayer } from './descent.ts'

/**
 * Adds a dense layer's gradient for one image, and writes that of its input where asked for.
 *
 * @param input what went in. Where it is 0, the ReLU before it was closed (or the paper blank) and nothing
 * flows back.
 * @param error gradient of the loss by the layer's output.
 */
export const denseBackward = (
  layer: TrainedLayer,
  input: Float32Array,
  error: Float32Array,
  inputError?: Float32Array,
): void => {
  const { inputs, outputs, weights, weightGradient, biasGradient } = layer
  inputError?.fill(0)
  for (let j = 0; j < outputs; j++) biasGradient[j] = (biasGradient[j] as number) + (error[j] as number)
  for (let i = 0; i < inputs; i++) {
    const value = input[i] as number
    if (value === 0) continue
    const from = i * outputs
    let sum = 0
    for (let j = 0; j < outputs; j++) {
      const e = error[j] as number
      weightGradient[from + j] = (weightGradient[from + j] as number) + value * e
      sum += e * (weights[from + j] as number)
    }
    if (inputError !== undefined) inputError[i] = sum
  }
}

/**
 * The same for a convolution with ReLU and pooling: only the place that won each 2×2 block takes part.
 *
 * @param winners from `applyConvolution`.
 */
export const convolutionBackward = (
  layer: TrainedLayer,
  shape: ConvolutionShape,
  input: Float32Array,
  winners: Int8Array,
  error: Float32Array,
  inputError?: Float32Array,
): void => {
  const { outputs, weights, weightGradient, biasGradient } = layer
  const { side, channels, kernel } = shape
  const half = (side - kernel + 1) / 2
  const run = kernel * channels
  inputError?.fill(0)
  for (let to = 0; to < error.length; to++) {
    const winner = winners[to] as number
    const e = error[to] as number
    if (winner < 0 || e === 0) continue
    const channel = to % outputs
    const place = (to - channel) / outputs
    const x = place % half
    const top = (2 * (place - x)) / half + (winner >> 1)
    const left = 2 * x + (winner & 1)
    biasGradient[channel] = (biasGradient[channel] as number) + e
    let at = channel * layer.inputs
    for (let row = 0; row < kernel; row++) {
      const from = ((top + row) * side + left) * channels
      for (let i = 0; i < run; i++) {
        weightGradient[at + i] = (weightGradient[at + i] as number) + e * (input[from + i] as number)
      }
      if (inputError !== undefined) {
        for (let i = 0; i < run; i++) {
          inputError[from + i] = (inputError[from + i] as number) + e * (weights[at + i] as number)
        }
      }
      at += run
    }
  }
}
