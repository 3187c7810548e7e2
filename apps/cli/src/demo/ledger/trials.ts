import { setImmediate } from 'node:timers/promises'
import { type Trial, trialsReport } from '@kilostep/core'
import { createEngine, type TrialsReport } from 'kilostep'
import { loadImages, loadReaderNetwork, type PoolName } from './assets.ts'
import { loadLabels } from './labels.ts'
import { composeLedger, ROW_DIGITS, type Sheet, type Truth } from './ledger.ts'
import type { LedgerWorkers } from './plan.ts'
import { seedFromText } from './random.ts'
import { createReader } from './reader.ts'
import { loadRecord } from './record.ts'
import { type Score, scoreLedger } from './score.ts'
import { type LedgerOutcome, readLedger } from './trial.ts'
import { readDigitWorker, rowCheckWorker, sumWorker } from './workers.ts'

/**
 * How many rounds a row gets before it is given up. Chosen on the validation pool (training/choose-rounds.ts): 92.1 %
 * of rows pass by then, and ten rounds more would save one row in 200.
 */
const ROUNDS = 20

export type TrialsOptions = {
  readonly rows: number
  readonly trials: number
  /** One read a digit and no checks. */
  readonly plain: boolean
  readonly seed: string
  readonly pool: PoolName
  readonly concurrency: number
}

/** One ledger, what was made of it, and how that compares with the labels. */
export type LedgerTrial = {
  readonly sheet: Sheet
  readonly truth: Truth
  readonly outcome: LedgerOutcome
  readonly score: Score
}

export type LedgerTrials = {
  readonly report: TrialsReport
  /** Rows of all ledgers together. */
  readonly rows: Score['rows']
  /** Ledgers complete and right, ledgers right but for rows that are reported, and all others. */
  readonly ledgers: Score['rows']
}

/** The workers, on the small reader and the images of a pool. */
export const ledgerWorkers = (pool: PoolName, rounds: number = ROUNDS): LedgerWorkers => ({
  read: readDigitWorker(loadImages(pool), createReader(loadReaderNetwork())),
  check: rowCheckWorker(rounds),
  sum: sumWorker(),
})

/** Composes the ledger of a trial and runs it. Ledger and reads follow from the seed and the trial's number. */
export const runTrial = async (
  options: Omit<TrialsOptions, 'trials'>,
  trial: number,
  workers: LedgerWorkers = ledgerWorkers(options.pool),
): Promise<LedgerTrial> => {
  const { rows, plain, seed, pool, concurrency } = options
  const id = `ledger-${seed}-${trial + 1}`
  const { sheet, truth } = composeLedger({ labels: loadLabels(pool), rows, seed: seedFromText(id) })
  await using engine = createEngine({ concurrency })
  const start = { run: id, seed: id, record: loadRecord() }
  const outcome = await readLedger({ engine, workers, sheet, checked: !plain, start })
  return { sheet, truth, outcome, score: scoreLedger(outcome, truth) }
}

/**
 * Runs ledger after ledger, each through an engine as anybody's plan, and says what they came to together.
 *
 * @param onTrial is told how many are done; where it answers false, no further one starts.
 */
export const runTrials = async (
  options: TrialsOptions,
  onTrial: (done: number) => boolean = () => true,
): Promise<LedgerTrials> => {
  const workers = ledgerWorkers(options.pool)
  const trials: Trial[] = []
  const rows = { right: 0, silentlyWrong: 0, reported: 0 }
  const ledgers = { right: 0, silentlyWrong: 0, reported: 0 }
  while (trials.length < options.trials) {
    const { score, outcome } = await runTrial(options, trials.length, workers)
    rows.right += score.rows.right
    rows.silentlyWrong += score.rows.silentlyWrong
    rows.reported += score.rows.reported
    if (score.allRight) ledgers.right++
    else if (score.rows.silentlyWrong === 0) ledgers.reported++
    else ledgers.silentlyWrong++
    const { report } = outcome
    trials.push({ report, allRight: score.allRight, first: score.first, subtasks: options.rows * ROW_DIGITS })
    // The reader never waits for anything; without this pause nobody could interrupt.
    await setImmediate()
    if (!onTrial(trials.length)) break
  }
  return { report: trialsReport(trials, 'labels'), rows, ledgers }
}
