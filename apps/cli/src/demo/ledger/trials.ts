import { setImmediate } from 'node:timers/promises'
import { type Trial, trialsReport } from '@kilostep/core'
import { createEngine, type TrialsReport } from 'kilostep'
import { loadImages, loadReaderNetwork, loadStrongNetworks, type PoolName } from './assets.ts'
import { type FailedRow, misreadImages } from './failed-row.ts'
import { loadLabels } from './labels.ts'
import { composeLedger, ROW_DIGITS, type Sheet, type Truth } from './ledger.ts'
import type { LedgerWorkers } from './plan.ts'
import { seedFromText } from './random.ts'
import { createReader } from './reader.ts'
import { loadRecord } from './record.ts'
import { type Score, scoreLedger } from './score.ts'
import { createStrongReader } from './strong-reader.ts'
import { type LedgerOutcome, readLedger } from './trial.ts'
import {
  plainRowCheckWorker,
  readDigitWorker,
  rowCheckWorker,
  statingDigitWorker,
  sumWorker,
} from './workers.ts'

/**
 * How many rounds a row gets before it is given up. Chosen on the validation pool (training/choose-rounds.ts): 92.1 %
 * of rows pass by then, and ten rounds more would save one row in 200.
 */
const ROUNDS = 20

/**
 * What works towards a target, frozen on the validation pool (training/choose-target.ts): three looks that agree, or
 * the stronger reader where they do not or are not sure; where the check rejects the row, the stronger reader for all
 * of it; then the likeliest row that the check accepts. Nothing here is made for ledgers.
 */
export const targetSettings = {
  margin: 3,
  /** Mean confidence of three looks that agree, under which the stronger reader is asked all the same. */
  below: 0.9,
  checks: 200,
  error: 0.5,
} as const
const STRONG_RATE = 0.993
/** The work of a strong read, in cheap ones. */
const STRONG_COST = 45

export type TrialsOptions = {
  readonly rows: number
  readonly trials: number
  /** One read a digit and no checks. */
  readonly plain: boolean
  /** The compound success to reach with the policies above; undefined for a check and retries alone. */
  readonly target?: number
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
  /** Rows that were not read right, and the images in them that were misread. */
  readonly failed: readonly FailedRow[]
  /** Ledgers complete and right, ledgers right but for rows that are reported, and all others. */
  readonly ledgers: Score['rows']
}

/** The workers, on the small reader and the images of a pool. */
export const ledgerWorkers = (pool: PoolName, rounds: number = ROUNDS): LedgerWorkers => ({
  read: readDigitWorker(loadImages(pool), createReader(loadReaderNetwork())),
  check: rowCheckWorker(rounds),
  sum: sumWorker(),
})

/** The workers that work towards a target: votes, a stronger reader, and a check that combines what they considered. */
export const targetWorkers = (
  pool: PoolName,
  settings: { readonly [K in keyof typeof targetSettings]: number } = targetSettings,
): LedgerWorkers => {
  const { margin, below, checks, error } = settings
  const images = loadImages(pool)
  const escalate = {
    to: 'read-digit-strong',
    cost: STRONG_COST,
    rate: STRONG_RATE,
    dissent: 1,
    below,
  }
  return {
    read: statingDigitWorker({
      name: 'read-digit',
      images,
      reader: createReader(loadReaderNetwork()),
      policy: { vote: { margin }, retry: { wrong: 1 }, escalate },
    }),
    check: plainRowCheckWorker({
      retry: { wrong: 2 },
      combine: { checks, error },
    }),
    sum: sumWorker(),
    more: [
      statingDigitWorker({
        name: 'read-digit-strong',
        images,
        reader: createStrongReader(loadStrongNetworks()),
      }),
    ],
  }
}

/** Composes the ledger of a trial and runs it. Ledger and reads follow from the seed and the trial's number. */
export const runTrial = async (
  options: Omit<TrialsOptions, 'trials'>,
  trial: number,
  workers: LedgerWorkers = workersFor(options),
): Promise<LedgerTrial> => {
  const { rows, plain, target, seed, pool, concurrency } = options
  const id = `ledger-${seed}-${trial + 1}`
  const { sheet, truth } = composeLedger({ labels: loadLabels(pool), rows, seed: seedFromText(id) })
  await using engine = createEngine({ concurrency })
  const record = loadRecord(target !== undefined)
  const start = { run: id, seed: id, record, ...(target !== undefined && { target }) }
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
  const workers = workersFor(options)
  const trials: Trial[] = []
  const rows = { right: 0, silentlyWrong: 0, reported: 0 }
  const ledgers = { right: 0, silentlyWrong: 0, reported: 0 }
  const failed: FailedRow[] = []
  while (trials.length < options.trials) {
    const { score, outcome, sheet, truth } = await runTrial(options, trials.length, workers)
    rows.right += score.rows.right
    rows.silentlyWrong += score.rows.silentlyWrong
    rows.reported += score.rows.reported
    outcome.rows.forEach((row, index) => {
      const images = misreadImages(row, truth.rows[index] ?? [], sheet.rows[index] ?? [])
      if (images.length > 0) failed.push({ images })
    })
    if (score.allRight) ledgers.right++
    else if (score.rows.silentlyWrong === 0) ledgers.reported++
    else ledgers.silentlyWrong++
    const { report } = outcome
    trials.push({ report, allRight: score.allRight, first: score.first, subtasks: options.rows * ROW_DIGITS })
    // The reader never waits for anything; without this pause nobody could interrupt.
    await setImmediate()
    if (!onTrial(trials.length)) break
  }
  return { report: trialsReport(trials, 'labels', options.target ?? null), rows, failed, ledgers }
}

const workersFor = ({
  pool,
  plain,
  target,
}: Pick<TrialsOptions, 'pool' | 'plain' | 'target'>): LedgerWorkers =>
  target === undefined || plain ? ledgerWorkers(pool) : targetWorkers(pool)
