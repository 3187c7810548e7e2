import { describe, expect, it } from 'vitest'
import { loadImages, loadReaderNetwork, type PoolName } from './assets.ts'
import { PIXELS } from './image.ts'
import { loadLabels } from './labels.ts'
import { seedFrom } from './random.ts'
import { createReader, type Reader } from './reader.ts'

/** Share of right reads over all images of a pool, one read each. */
const rightRate = (reader: Reader, pool: PoolName) => {
  const images = loadImages(pool)
  const labels = loadLabels(pool)
  let right = 0
  for (let index = 0; index < images.count; index++) {
    if (reader(images.image(index), seedFrom(1, index)).digit === labels[index]) right++
  }
  return right / images.count
}

describe('the small reader', () => {
  const reader = createReader(loadReaderNetwork())
  const images = loadImages('test')

  it('is right 97.8 % of the time on the test images, one perturbed read each', () => {
    const rate = rightRate(reader, 'test')
    expect(rate).toBeGreaterThan(0.977)
    expect(rate).toBeLessThan(0.981)
  })

  it('is about as good on the validation images', () => {
    const rate = rightRate(reader, 'validation')
    expect(rate).toBeGreaterThan(0.977)
    expect(rate).toBeLessThan(0.983)
  })

  it('reads the same under the same seed, and not always the same under another', () => {
    const differing = new Set<number>()
    for (let index = 0; index < 500; index++) {
      const image = images.image(index)
      expect(reader(image, 5)).toEqual(reader(image, 5))
      for (let seed = 0; seed < 10; seed++) {
        if (reader(image, seed).digit !== reader(image, seed + 1).digit) differing.add(index)
      }
    }
    expect(differing.size).toBeGreaterThan(3)
    expect(differing.size).toBeLessThan(50)
  })

  it('gives probabilities whose largest is the confidence', () => {
    const { digit, confidence, probabilities } = reader(images.image(0), 1)
    expect(probabilities).toHaveLength(10)
    expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5)
    expect(Math.max(...probabilities)).toBe(confidence)
    expect(probabilities.indexOf(confidence)).toBe(digit)
  })

  it('is more often wrong where it is not confident', () => {
    const labels = loadLabels('test')
    const wrong = { sure: 0, unsure: 0 }
    const all = { sure: 0, unsure: 0 }
    for (let index = 0; index < images.count; index += 4) {
      const { digit, confidence } = reader(images.image(index), 1)
      const side = confidence > 0.9 ? 'sure' : 'unsure'
      all[side]++
      if (digit !== labels[index]) wrong[side]++
    }
    expect(wrong.unsure / all.unsure).toBeGreaterThan(10 * (wrong.sure / all.sure))
  })

  it('leaves the image as it was, and reads blank paper without failing', () => {
    const image = images.image(3).slice()
    reader(image, 1)
    expect(image).toEqual(images.image(3))
    expect(reader(new Uint8Array(PIXELS), 1).confidence).toBeLessThanOrEqual(1)
  })

  it('refuses the weights of another network', () => {
    expect(() => createReader(loadReaderNetwork().slice(0, 1))).toThrow('this reader needs 196→48, 48→10')
  })
})
