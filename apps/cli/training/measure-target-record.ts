// Measures what a run towards a target knows of its workers beforehand, on the validation pool, and writes
// ../assets/target-record.json. Two minutes for 100 ledgers of 100 rows.
import { writeFileSync } from 'node:fs'
import {
  loadImages,
  loadReaderNetwork,
  loadStrongNetworks,
  type PoolName,
} from '../src/demo/ledger/assets.ts'
import { loadLabels } from '../src/demo/ledger/labels.ts'
import { seedFrom } from '../src/demo/ledger/random.ts'
import { createReader, type Reader } from '../src/demo/ledger/reader.ts'
import { loadRecord } from '../src/demo/ledger/record.ts'
import { createStrongReader } from '../src/demo/ledger/strong-reader.ts'
import { runTrial, targetWorkers } from '../src/demo/ledger/trials.ts'

const LEDGERS = Number(process.argv[2] ?? 100)
const ROWS = 100
const LOOKS = 5
const pool: PoolName = 'validation'

// Reads of one image mostly agree, so the record weighs as much as there are images, not as there were reads.
const images = loadImages(pool)
const labels = loadLabels(pool)
const rate = (reader: Reader) => {
  let right = 0
  for (let index = 0; index < images.count; index++)
    for (let look = 0; look < LOOKS; look++)
      if (reader(images.image(index), seedFrom(11, index, look)).digit === labels[index]) right++
  return { right: Math.round(right / LOOKS), of: images.count }
}

/** Of each accepted row: how the odds that it is wrong stand to the share of wrong rows that the check accepts. */
const odds: number[] = []
let wrong = 0
const known = loadRecord(true)['row-check']?.acceptsWrong ?? 0.01
const workers = targetWorkers(pool)
for (let ledger = 0; ledger < LEDGERS; ledger++) {
  const options = { rows: ROWS, plain: false, target: 0.9, seed: 'record', pool, concurrency: 64 } as const
  const { outcome, score } = await runTrial(options, ledger, workers)
  wrong += score.rows.silentlyWrong
  for (const { accepted, error } of outcome.rows)
    if (accepted && error !== null) odds.push(error / (1 - error) / known)
}
// The share at which as many accepted rows are expected to be wrong as were.
const expected = (share: number) => odds.reduce((sum, each) => sum + (share * each) / (1 + share * each), 0)
let low = 0
let high = 1
for (let step = 0; step < 60; step++) {
  const middle = (low + high) / 2
  if (expected(middle) < wrong) low = middle
  else high = middle
}
const record = {
  'read-digit': rate(createReader(loadReaderNetwork())),
  'read-digit-strong': rate(createStrongReader(loadStrongNetworks())),
  'row-check': { acceptsWrong: Number(high.toPrecision(2)) },
  sum: { acceptsWrong: 0 },
}
const how = {
  pool: 'validation: the last 5,000 images of the MNIST training set, which no reader was trained on',
  script: 'apps/cli/training/measure-target-record.ts',
  ledgers: LEDGERS,
  rows: LEDGERS * ROWS,
  readers: `each image under ${LOOKS} looks; scaled to the number of images`,
  'row-check': `${wrong} of ${odds.length} accepted rows were wrong: the share of wrong rows accepted at which so many were to be expected`,
  sum: 'addition is exact and is checked by adding in another order',
}
writeFileSync(
  new URL('../assets/target-record.json', import.meta.url),
  `${JSON.stringify({ how, record }, null, 2)}\n`,
)
console.log(how, record)
