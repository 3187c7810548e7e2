// Measures what a run knows of its workers beforehand, on the validation pool, and writes ../assets/record.json.
// A few minutes for 600 ledgers of 100 rows.
import { writeFileSync } from 'node:fs'
import { loadImages } from '../src/demo/ledger/assets.ts'
import { runTrial } from '../src/demo/ledger/trials.ts'

const LEDGERS = Number(process.argv[2] ?? 600)
const ROWS = 100

const first = { right: 0, of: 0 }
let acceptedWrong = 0
let rejectedInAccepted = 0
for (let ledger = 0; ledger < LEDGERS; ledger++) {
  const options = { rows: ROWS, plain: false, seed: 'record', pool: 'validation', concurrency: 64 } as const
  const { outcome, score } = await runTrial(options, ledger)
  first.right += score.first.right
  first.of += score.first.of
  acceptedWrong += score.rows.silentlyWrong
  for (const row of outcome.rows) if (row.accepted) rejectedInAccepted += row.rejections
}

// Reads of one image mostly agree, so the record weighs as much as there are images, not as there were reads.
const images = loadImages('validation').count
const record = {
  'read-digit': { right: Math.round((first.right / first.of) * images), of: images },
  'row-check': {
    acceptsWrong: Number((acceptedWrong / (acceptedWrong + rejectedInAccepted)).toPrecision(2)),
  },
  sum: { acceptsWrong: 0 },
}
const how = {
  pool: 'validation: the last 5,000 images of the MNIST training set, which no reader was trained on',
  script: 'apps/cli/training/measure-record.ts',
  ledgers: LEDGERS,
  rows: LEDGERS * ROWS,
  'read-digit': `${first.right} of ${first.of} first reads were right; scaled to the number of images`,
  'row-check': `in rows that were accepted in the end, ${rejectedInAccepted} wrong readings were rejected and ${acceptedWrong} accepted; no single misread digit is ever accepted, only some of several at once`,
  sum: 'addition is exact and is checked by adding in another order',
}
writeFileSync(
  new URL('../assets/record.json', import.meta.url),
  `${JSON.stringify({ how, record }, null, 2)}\n`,
)
console.log(how, record)
