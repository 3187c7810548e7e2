// Packs the image pools of the demo: images and labels in files of their own. About two minutes.
import { writeFileSync } from 'node:fs'
import { brotliCompressSync, constants } from 'node:zlib'
import { packPixels } from '../src/demo/ledger/pool.ts'
import { loadMnist } from './mnist.ts'

const { test, validation } = loadMnist()
for (const [name, images] of Object.entries({ test, validation })) {
  const packed = packPixels(images.pixels)
  const compressed = brotliCompressSync(packed, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: packed.length },
  })
  writeFileSync(new URL(`../assets/${name}.images.br`, import.meta.url), compressed)
  writeFileSync(new URL(`../assets/${name}.labels.bin`, import.meta.url), images.labels)
  console.log(`${name}: ${images.count} images, ${compressed.length} bytes`)
}
