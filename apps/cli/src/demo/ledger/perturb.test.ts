import { describe, expect, it } from 'vitest'
import { PIXELS, POOLED_PIXELS, pool2x2, SIDE } from './image.ts'
import { perturb } from './perturb.ts'

const still = { shiftPx: 0, rotationDeg: 0, scale: 0, shear: 0 }

/** A filled square well inside the image. */
const square = Uint8Array.from({ length: PIXELS }, (_, at) => {
  const x = at % SIDE
  const y = Math.floor(at / SIDE)
  return x >= 9 && x <= 18 && y >= 9 && y <= 18 ? 255 : 0
})

const perturbed = (seed: number, limits?: Parameters<typeof perturb>[3]) => {
  const copy = new Float32Array(PIXELS)
  perturb(square, seed, copy, limits)
  return copy
}

const ink = (image: Float32Array) => image.reduce((sum, value) => sum + value, 0)

const centre = (image: Float32Array) => {
  let x = 0
  let y = 0
  image.forEach((value, at) => {
    x += value * (at % SIDE)
    y += value * Math.floor(at / SIDE)
  })
  return { x: x / ink(image), y: y / ink(image) }
}

describe('perturb', () => {
  it('changes nothing when every limit is 0, but for the scale of 0 … 1', () => {
    const copy = perturbed(5, still)
    copy.forEach((value, at) => {
      expect(value).toBeCloseTo((square[at] as number) / 255, 5)
    })
  })

  it('is the same for the same seed and another for another', () => {
    expect(perturbed(1)).toEqual(perturbed(1))
    expect(perturbed(1)).not.toEqual(perturbed(2))
  })

  it('shifts by half a pixel at most, both ways', () => {
    const shifts = Array.from({ length: 400 }, (_, seed) =>
      centre(perturbed(seed, { ...still, shiftPx: 0.5 })),
    )
    for (const axis of ['x', 'y'] as const) {
      const offsets = shifts.map((at) => at[axis] - 13.5)
      expect(Math.max(...offsets)).toBeLessThanOrEqual(0.5001)
      expect(Math.min(...offsets)).toBeGreaterThanOrEqual(-0.5001)
      expect(Math.max(...offsets)).toBeGreaterThan(0.45)
      expect(Math.min(...offsets)).toBeLessThan(-0.45)
    }
  })

  it('scales the area by 0.97² to 1.03², and keeps it when only turning or shearing', () => {
    const area = ink(perturbed(0, still))
    const scaled = Array.from(
      { length: 400 },
      (_, seed) => ink(perturbed(seed, { ...still, scale: 0.03 })) / area,
    )
    expect(Math.max(...scaled)).toBeGreaterThan(1.05)
    expect(Math.max(...scaled)).toBeLessThan(1.07)
    expect(Math.min(...scaled)).toBeLessThan(0.95)
    expect(Math.min(...scaled)).toBeGreaterThan(0.93)
    for (const limits of [
      { ...still, rotationDeg: 4 },
      { ...still, shear: 0.04 },
    ]) {
      for (let seed = 0; seed < 50; seed++) expect(ink(perturbed(seed, limits)) / area).toBeCloseTo(1, 2)
    }
  })

  it('stays between 0 and 1, and blank at the border', () => {
    const full = new Uint8Array(PIXELS).fill(255)
    const copy = new Float32Array(PIXELS)
    perturb(full, 3, copy)
    for (const value of copy) {
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThanOrEqual(1)
    }
    perturb(full, 3, copy, { ...still, shiftPx: 10 })
    expect(copy.some((value) => value === 0)).toBe(true)
  })
})

describe('pool2x2', () => {
  it('takes the mean of each block', () => {
    const image = new Float32Array(PIXELS)
    image.set([1, 0], 0)
    image.set([0.5, 0.5], SIDE)
    image[PIXELS - 1] = 1
    const pooled = new Float32Array(POOLED_PIXELS)
    pool2x2(image, pooled)
    expect(pooled[0]).toBe(0.5)
    expect(pooled[1]).toBe(0)
    expect(pooled[POOLED_PIXELS - 1]).toBe(0.25)
  })
})
