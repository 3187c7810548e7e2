// Measures single reads and whole ledgers on both pools; prints figures and changes nothing. Some minutes.
import { loadImages, loadReaderNetwork, loadStrongNetworks } from '../src/demo/ledger/assets.ts'
import { loadLabels } from '../src/demo/ledger/labels.ts'
import { composeLedger } from '../src/demo/ledger/ledger.ts'
import type { ImagePool, PoolLabels } from '../src/demo/ledger/pool.ts'
import { seedFrom } from '../src/demo/ledger/random.ts'
import { createReader, type Reader } from '../src/demo/ledger/reader.ts'
import { createStrongReader } from '../src/demo/ledger/strong-reader.ts'
import {
  askStrong,
  type Outcome,
  type ReadPlace,
  readOnce,
  rereadRow,
  rereadSuspects,
  takeLikeliest,
  vote,
} from './strategies.ts'

/** Ledgers of 100 rows; shorter ledgers are their parts, so that one set of reads serves all lengths. */
const TRIALS = Number(process.argv[2] ?? 60)
const ROWS = 100

/** Only strategies whose name contains this. */
const ONLY = process.argv[3] ?? ''

type Strategy = (read: ReadPlace, readStrong: ReadPlace) => Outcome

const STRATEGIES: Readonly<Record<string, Strategy>> = {
  'one read': readOnce,
  'vote, margin 3': vote(3),
  'row again, 5 rounds': rereadRow(5),
  'row again, 10 rounds': rereadRow(10),
  'row again, 20 rounds': rereadRow(20),
  'row again, 40 rounds': rereadRow(40),
  'suspects again, 10 rounds': rereadSuspects(10),
  'suspects again, 40 rounds': rereadSuspects(40),
  'likeliest after 1 read': takeLikeliest(0, 0),
  'likeliest after 5 reads': takeLikeliest(4, 0),
  'likeliest after 5, share .9': takeLikeliest(4, 0.9),
  'strong on doubt': askStrong(0.9, 0),
  'strong on doubt, share .9': askStrong(0.9, 0.9),
}

const reader = createReader(loadReaderNetwork())
const strongReader = createStrongReader(loadStrongNetworks())
const percent = (share: number) => `${(100 * share).toFixed(2)} %`.padStart(9)

/** Share of groups of so many rows that are right throughout. */
const compound = (right: readonly boolean[], rows: number) => {
  const groups = right.length / rows
  let whole = 0
  for (let group = 0; group < groups; group++) {
    if (right.slice(group * rows, (group + 1) * rows).every(Boolean)) whole++
  }
  return whole / groups
}

type Pool = { readonly images: ImagePool; readonly labels: PoolLabels }

/** Share of right single reads over the whole pool, and how long one takes. */
const measureReads = (read: Reader, { images, labels }: Pool, reads: number) => {
  let right = 0
  const start = performance.now()
  for (let index = 0; index < images.count; index++) {
    for (let again = 0; again < reads; again++) {
      if (read(images.image(index), seedFrom(7, index, again)).digit === labels[index]) right++
    }
  }
  const eachUs = ((performance.now() - start) * 1000) / images.count / reads
  return `${percent(right / images.count / reads)} in ${eachUs.toFixed(0)} µs`
}

/** One line of the table: what a strategy reaches on ledgers of 10, 100 and 1,000 digits, and its cost. */
const measureStrategy = (strategy: Strategy, { images, labels }: Pool) => {
  const rowsRight: boolean[] = []
  let cheap = 0
  let strong = 0
  let wrong = 0
  let givenUp = 0
  for (let trial = 0; trial < TRIALS; trial++) {
    const { sheet, truth } = composeLedger({ labels, rows: ROWS, seed: trial })
    sheet.rows.forEach((row, r) => {
      const attempts = row.map(() => 0)
      const readWith = (read: Reader, place: number) => {
        const attempt = attempts[place] as number
        attempts[place] = attempt + 1
        return read(images.image(row[place] as number), seedFrom(trial, r, place, attempt))
      }
      const { digits } = strategy(
        (place) => {
          cheap++
          return readWith(reader, place)
        },
        (place) => {
          strong++
          return readWith(strongReader, place)
        },
      )
      const right = digits?.join('') === truth.rows[r]?.join('')
      rowsRight.push(right)
      if (digits === undefined) givenUp++
      else if (!right) wrong++
    })
  }
  const rows = TRIALS * ROWS
  const success = [1, 10, 100].map((length) => percent(compound(rowsRight, length)))
  const cost = [cheap, strong].map((reads) => (reads / rows / 10).toFixed(3).padStart(8))
  return [...success, ...cost, percent(wrong / rows), percent(givenUp / rows)].join(' ')
}

for (const name of ['test', 'validation'] as const) {
  const pool = { images: loadImages(name), labels: loadLabels(name) }
  console.log(`\n${name}: a cheap read is right ${measureReads(reader, pool, 10)}`)
  console.log(`${name}: a strong read is right ${measureReads(strongReader, pool, 1)}`)
  console.log(`${''.padEnd(28)}    N = 10   N = 100  N = 1000    cheap   strong     wrong  given up`)
  for (const [strategy, run] of Object.entries(STRATEGIES)) {
    if (strategy.includes(ONLY)) console.log(`${strategy.padEnd(28)} ${measureStrategy(run, pool)}`)
  }
}
