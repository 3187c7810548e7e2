import { describe, expect, it } from 'vitest'
import { loadImages, loadStrongNetworks } from './assets.ts'
import { loadLabels } from './labels.ts'
import { seedFrom } from './random.ts'
import { createStrongReader } from './strong-reader.ts'

describe('the strong reader', () => {
  const reader = createStrongReader(loadStrongNetworks())

  it('is right about 99.3 % of the time on every fourth test image', { timeout: 60_000 }, () => {
    const images = loadImages('test')
    const labels = loadLabels('test')
    let right = 0
    for (let index = 0; index < images.count; index += 4) {
      if (reader(images.image(index), seedFrom(1, index)).digit === labels[index]) right++
    }
    const rate = right / (images.count / 4)
    expect(rate).toBeGreaterThan(0.988)
    expect(rate).toBeLessThan(0.998)
  })

  it('reads the same under the same seed', () => {
    const image = loadImages('test').image(8)
    expect(reader(image, 5)).toEqual(reader(image, 5))
  })
})
