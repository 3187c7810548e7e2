// How many rounds a rejected row should get: rows that pass, rows wrong unnoticed and reads a digit, on the
// validation pool. Some minutes for 100 ledgers of 100 rows; writes nothing.
import { ledgerWorkers, runTrial } from '../src/demo/ledger/trials.ts'

const LEDGERS = Number(process.argv[2] ?? 100)
const ROWS = 100
const MOST = 60

/** How the rows that passed in each round were. */
const right = new Array<number>(MOST + 1).fill(0)
const wrong = new Array<number>(MOST + 1).fill(0)
/** Reads that each round took, over all rows. */
const reads = new Array<number>(MOST + 1).fill(0)

const workers = ledgerWorkers('validation', MOST)
for (let ledger = 0; ledger < LEDGERS; ledger++) {
  const options = {
    rows: ROWS,
    plain: false,
    seed: 'choose-rounds',
    pool: 'validation',
    concurrency: 64,
  } as const
  const { outcome, truth } = await runTrial(options, ledger, workers)
  outcome.rows.forEach((row, index) => {
    const passedIn = row.accepted ? row.rejections + 1 : undefined
    const rounds = passedIn ?? MOST
    const again = rounds === 1 ? 0 : (row.reads - 10) / (rounds - 1)
    for (let round = 1; round <= rounds; round++) {
      reads[round] = (reads[round] as number) + (round === 1 ? 10 : again)
    }
    if (passedIn === undefined) return
    const counts = row.last.join('') === truth.rows[index]?.join('') ? right : wrong
    counts[passedIn] = (counts[passedIn] as number) + 1
  })
}

const all = LEDGERS * ROWS
const upTo = (counts: readonly number[], round: number) =>
  counts.slice(0, round + 1).reduce((sum, count) => sum + count, 0)
console.log('rounds   right    wrong unnoticed   reads a digit')
for (const round of [1, 2, 3, 5, 8, 10, 12, 15, 20, 30, 40, 60]) {
  const cells = [
    String(round).padStart(6),
    `${((100 * upTo(right, round)) / all).toFixed(2)} %`.padStart(9),
    `${((100 * upTo(wrong, round)) / all).toFixed(3)} %`.padStart(13),
    (upTo(reads, round) / all / 10).toFixed(3).padStart(15),
  ]
  console.log(cells.join(' '))
}
