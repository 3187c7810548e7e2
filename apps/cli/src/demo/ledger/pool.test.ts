import { describe, expect, it } from 'vitest'
import { PIXELS } from './image.ts'
import { openPool, packPixels } from './pool.ts'

describe('the pool format', () => {
  it('keeps black and white exactly and grey within half of a sixteenth', () => {
    const pixels = Uint8Array.from({ length: 2 * PIXELS }, (_, i) => (i * 37) % 256)
    pixels[0] = 0
    pixels[1] = 255
    const packed = packPixels(pixels)
    expect(packed).toHaveLength(PIXELS)
    const pool = openPool(packed)
    expect(pool.count).toBe(2)
    const opened = [...pool.image(0), ...pool.image(1)]
    expect(opened.slice(0, 2)).toEqual([0, 255])
    opened.forEach((grey, i) => {
      expect(Math.abs(grey - (pixels[i] as number))).toBeLessThanOrEqual(8)
    })
  })

  it('refuses half an image', () => {
    expect(() => openPool(new Uint8Array(100))).toThrow('not a whole number of 28×28 images')
  })

  it.each([-1, 2, 0.5, Number.NaN])('has no image %s of two', (index) => {
    expect(() => openPool(new Uint8Array(PIXELS)).image(index)).toThrow(
      `There is no image ${index} in the pool; it has the images 0 to 1.`,
    )
  })
})
