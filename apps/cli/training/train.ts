import { PIXELS } from '../src/demo/ledger/image.ts'
import { softmax } from '../src/demo/ledger/layers.ts'
import { type PerturbLimits, perturb } from '../src/demo/ledger/perturb.ts'
import { createRandom, seedFrom } from '../src/demo/ledger/random.ts'
import { descend, type TrainedLayer } from './descent.ts'
import type { LabelledImages } from './mnist.ts'

/** A network while it is trained. */
export type Trainee = {
  readonly layers: readonly TrainedLayer[]
  /** Writes the ten scores of an image (784 values, 0 … 1), before softmax. */
  readonly forward: (image: Float32Array, scores: Float32Array) => void
  /** Adds the gradients for the image that went forward last. */
  readonly backward: (image: Float32Array, error: Float32Array) => void
}

export type TrainOptions = {
  readonly seed: number
  readonly epochs: number
  readonly batch: number
  /** Learning rate of the first step; it falls to 0 along half a cosine. */
  readonly rate: number
  /** Each image is seen anew in each epoch, within these limits. */
  readonly augmentation: PerturbLimits
}

/** Trains by stochastic gradient descent on cross-entropy. The same options give the same weights. */
export const train = (trainee: Trainee, images: LabelledImages, options: TrainOptions): void => {
  const { seed, epochs, batch, rate, augmentation } = options
  const random = createRandom(seed)
  const seen = new Float32Array(PIXELS)
  const scores = new Float32Array(10)
  const order = Uint32Array.from({ length: images.count }, (_, i) => i)
  const batches = Math.floor(images.count / batch)
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random)
    let loss = 0
    for (let step = 0; step < batches; step++) {
      for (const index of order.subarray(step * batch, (step + 1) * batch)) {
        const image = images.pixels.subarray(index * PIXELS, (index + 1) * PIXELS)
        perturb(image, seedFrom(seed, epoch, index), seen, augmentation)
        trainee.forward(seen, scores)
        softmax(scores)
        const label = images.labels[index] as number
        loss -= Math.log((scores[label] as number) + 1e-12)
        // The gradient of cross-entropy after softmax: the probabilities less what they should be.
        scores[label] = (scores[label] as number) - 1
        trainee.backward(seen, scores)
      }
      const progress = (epoch + step / batches) / epochs
      descend(trainee.layers, (rate * (1 + Math.cos(Math.PI * progress))) / 2 / batch)
    }
    console.log(`epoch ${epoch + 1} of ${epochs}: loss ${(loss / batches / batch).toFixed(4)}`)
  }
}

/** Fisher and Yates. */
const shuffle = (order: Uint32Array, random: () => number) => {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = order[i] as number
    order[i] = order[j] as number
    order[j] = kept
  }
}
