// Measures single reads and whole ledgers on both pools; prints figures and changes nothing. Some minutes.
import { loadImages, loadReaderNetwork } from '../src/demo/ledger/assets.ts'
import { loadLabels } from '../src/demo/ledger/labels.ts'
import { composeLedger } from '../src/demo/ledger/ledger.ts'
import { seedFrom } from '../src/demo/ledger/random.ts'
import { createReader } from '../src/demo/ledger/reader.ts'
import {
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

const STRATEGIES: Readonly<Record<string, (read: ReadPlace) => Outcome>> = {
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
}

const reader = createReader(loadReaderNetwork())
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

for (const pool of ['test', 'validation'] as const) {
  const images = loadImages(pool)
  const labels = loadLabels(pool)
  let right = 0
  const start = performance.now()
  for (let index = 0; index < images.count; index++) {
    for (let read = 0; read < 10; read++) {
      if (reader(images.image(index), seedFrom(7, index, read)).digit === labels[index]) right++
    }
  }
  const each = ((performance.now() - start) * 1000) / images.count / 10
  console.log(
    `\n${pool}: a single read is right ${percent(right / images.count / 10)}; ${each.toFixed(0)} µs a read`,
  )
  console.log(
    `${'strategy'.padEnd(28)}   N = 10     N = 100   N = 1,000  reads/digit  rows wrong  rows given up`,
  )
  for (const [name, strategy] of Object.entries(STRATEGIES)) {
    const rowsRight: boolean[] = []
    let reads = 0
    let wrong = 0
    let givenUp = 0
    for (let trial = 0; trial < TRIALS; trial++) {
      const { sheet, truth } = composeLedger({ labels, rows: ROWS, seed: trial })
      sheet.rows.forEach((row, r) => {
        const attempts = row.map(() => 0)
        const read: ReadPlace = (place) => {
          reads++
          const attempt = attempts[place] as number
          attempts[place] = attempt + 1
          return reader(images.image(row[place] as number), seedFrom(trial, r, place, attempt))
        }
        const { digits } = strategy(read)
        const ok = digits?.join('') === truth.rows[r]?.join('')
        rowsRight.push(ok)
        if (digits === undefined) givenUp++
        else if (!ok) wrong++
      })
    }
    const rows = TRIALS * ROWS
    const figures = [1, 10, 100].map((length) => percent(compound(rowsRight, length))).join('  ')
    const cost = (reads / rows / 10).toFixed(3).padStart(11)
    console.log(
      `${name.padEnd(28)} ${figures}  ${cost} ${percent(wrong / rows)}   ${percent(givenUp / rows)}`,
    )
  }
}
