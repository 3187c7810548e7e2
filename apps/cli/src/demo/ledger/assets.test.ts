import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadImages, type PoolName } from './assets.ts'
import { loadLabels } from './labels.ts'

const bytesOf = (name: string) => readFileSync(new URL(`../../../assets/${name}`, import.meta.url))

describe('the committed assets', () => {
  // Published figures hold for these bytes. Whoever changes an asset measures again and changes its digest here.
  it.each([
    ['reader.bin', '47bd5bf3a4076a3b8160aec099755ea6c047a85562bdf13178a125a9d8c841fe'],
    ['strong-1.bin', 'f76725569ce57e23982da1b144bd664d0e9891c0f3f279d1c9ae22fa79848263'],
    ['strong-2.bin', '213b98843dd286804a51050a02e24c3a5615596f0ecfb3a35ca07246fe5afb30'],
    ['test.images.br', 'ce47002812d93ae7173eae52d8cb31ef9e5921974ae0dc77f83c1e11c770af7c'],
    ['test.labels.bin', 'ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5'],
    ['validation.images.br', 'fa7dcf0d5839bbddd48f0f12bc0e22ccefb4470ac278f37082f73ae85e9e7068'],
    ['validation.labels.bin', 'ab3dba9059d2a4990e0fbbeb12680a356beeb98f0e3b583ffddf41576e8d5818'],
  ])('%s is intact', (name, sha256) => {
    expect(createHash('sha256').update(bytesOf(name)).digest('hex')).toBe(sha256)
  })

  it('are small: the weights of the reader 10 KB, the pools less than 1.2 MB', () => {
    expect(bytesOf('reader.bin').length).toBeLessThan(10_240)
    const pools = ['test', 'validation'].map((pool) => bytesOf(`${pool}.images.br`).length)
    expect(pools.reduce((sum, bytes) => sum + bytes)).toBeLessThan(1_200_000)
  })

  // Counts of the digits 0 to 9, as they are known for MNIST.
  it.each([
    ['test', 10_000, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]],
    ['validation', 5_000, undefined],
  ] as const)('%s: a label for each image', (pool: PoolName, count, counts) => {
    const labels = loadLabels(pool)
    expect(loadImages(pool).count).toBe(count)
    expect(labels).toHaveLength(count)
    const found = Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length)
    if (counts !== undefined) expect(found).toEqual(counts)
    expect(found.reduce((sum, n) => sum + n)).toBe(count)
  })

  it('hold images with a blank border and ink in the middle', () => {
    const images = loadImages('test')
    for (let index = 0; index < images.count; index += 50) {
      const image = images.image(index)
      expect(image.subarray(0, 28).every((grey) => grey === 0)).toBe(true)
      expect(image.some((grey) => grey > 200)).toBe(true)
    }
  })
})
