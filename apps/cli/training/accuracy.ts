import { PIXELS } from '../src/demo/ledger/image.ts'
import { seedFrom } from '../src/demo/ledger/random.ts'
import type { Reader } from '../src/demo/ledger/reader.ts'
import type { LabelledImages } from './mnist.ts'

/** Share of right reads over all images, each read several times under its own perturbations. */
export const rightRate = (reader: Reader, images: LabelledImages, reads: number): number => {
  let right = 0
  for (let index = 0; index < images.count; index++) {
    const image = images.pixels.subarray(index * PIXELS, (index + 1) * PIXELS)
    for (let read = 0; read < reads; read++) {
      if (reader(image, seedFrom(7, index, read)).digit === images.labels[index]) right++
    }
  }
  return right / images.count / reads
}
