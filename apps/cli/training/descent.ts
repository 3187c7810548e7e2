import type { Layer } from '../src/demo/ledger/network.ts'

/** A layer while it is trained: its gradient and its momentum, summed over a batch. */
export type TrainedLayer = Layer & {
  readonly weightGradient: Float32Array
  readonly biasGradient: Float32Array
  readonly weightVelocity: Float32Array
  readonly biasVelocity: Float32Array
}

const MOMENTUM = 0.9

/** A normal deviate (Box and Muller 1958). */
const normal = (random: () => number) =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

/** A layer with random weights of the size that suits ReLU (He et al. 2015) and biases of 0. */
export const createLayer = (inputs: number, outputs: number, random: () => number): TrainedLayer => {
  const size = inputs * outputs
  return {
    inputs,
    outputs,
    weights: Float32Array.from({ length: size }, () => normal(random) * Math.sqrt(2 / inputs)),
    biases: new Float32Array(outputs),
    weightGradient: new Float32Array(size),
    biasGradient: new Float32Array(outputs),
    weightVelocity: new Float32Array(size),
    biasVelocity: new Float32Array(outputs),
  }
}

/** One step of gradient descent with momentum; the gradients start from 0 again afterwards. */
export const descend = (layers: readonly TrainedLayer[], rate: number): void => {
  for (const layer of layers) {
    move(layer.weights, layer.weightGradient, layer.weightVelocity, rate)
    move(layer.biases, layer.biasGradient, layer.biasVelocity, rate)
  }
}

const move = (values: Float32Array, gradient: Float32Array, velocity: Float32Array, rate: number) => {
  for (let i = 0; i < values.length; i++) {
    const step = MOMENTUM * (velocity[i] as number) - rate * (gradient[i] as number)
    velocity[i] = step
    values[i] = (values[i] as number) + step
    gradient[i] = 0
  }
}
