// Trains the two convolutional networks of the strong reader and writes their weights as int8.
import { writeFileSync } from 'node:fs'
import { decodeNetwork, encodeNetwork } from '../src/demo/ledger/network.ts'
import type { PerturbLimits } from '../src/demo/ledger/perturb.ts'
import { createRandom } from '../src/demo/ledger/random.ts'
import {
  createStrongReader,
  createStrongValues,
  STRONG_CONVOLUTIONS,
  STRONG_SHAPE,
  scoreStrong,
} from '../src/demo/ledger/strong-reader.ts'
import { rightRate } from './accuracy.ts'
import { convolutionBackward, denseBackward } from './backward.ts'
import { createLayer, type TrainedLayer } from './descent.ts'
import { loadMnist } from './mnist.ts'
import { type Trainee, train } from './train.ts'

/** Wider than what a read does, which makes up for the few training images of rare hands. */
const AUGMENTATION: PerturbLimits = { shiftPx: 1, rotationDeg: 8, scale: 0.08, shear: 0.1 }

const createStrong = (seed: number): Trainee => {
  const random = createRandom(seed)
  const layers = STRONG_SHAPE.map(([inputs, outputs]) => createLayer(inputs, outputs, random))
  const [first, second, third, fourth] = layers as [TrainedLayer, TrainedLayer, TrainedLayer, TrainedLayer]
  const values = createStrongValues()
  const errors = createStrongValues()
  return {
    layers,
    forward: (image, scores) => scoreStrong(layers, image, scores, values),
    backward: (image, error) => {
      denseBackward(fourth, values.hidden, error, errors.hidden)
      denseBackward(third, values.second, errors.hidden, errors.second)
      const [outer, inner] = STRONG_CONVOLUTIONS
      convolutionBackward(second, inner, values.first, values.secondWinners, errors.second, errors.first)
      convolutionBackward(first, outer, image, values.firstWinners, errors.first)
    },
  }
}

const { train: training, validation } = loadMnist()
for (const member of [1, 2]) {
  const strong = createStrong(100 + member)
  train(strong, training, {
    seed: 100 + member,
    epochs: 8,
    batch: 32,
    rate: 0.05,
    augmentation: AUGMENTATION,
  })
  const bytes = encodeNetwork(strong.layers)
  const rate = rightRate(createStrongReader([decodeNetwork(bytes)]), validation, 2)
  console.log(`network ${member}: ${rate.toFixed(4)} on validation images, as int8, ${bytes.length} bytes`)
  writeFileSync(new URL(`../assets/strong-${member}.bin`, import.meta.url), bytes)
}
