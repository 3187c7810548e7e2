import { runTrials as runGate } from '@kilostep/testing'
import { reliability } from '@kilostep/testing/vitest'
import { expect, test } from 'vitest'
import { ledgerWorkers, runTrial } from './trials.ts'

/* What the README promises of the demo, held by the gate: ledgers are drawn anew each time, not chosen. */

const workers = ledgerWorkers('test')
const errors = { good: 0.97, bad: 0.88, alpha: 0.01, beta: 0.01 }

const tryLedger = async (seed: string, plain: boolean) => {
  const options = { rows: 10, plain, seed, pool: 'test', concurrency: 16 } as const
  const { score, outcome } = await runTrial(options, 0, workers)
  const { silentlyWrong } = score.rows
  const attempts = outcome.report.attempts.started
  return { passed: silentlyWrong === 0, message: `${silentlyWrong} rows are wrong without a word`, attempts }
}

reliability('with a check, no row of a ledger is wrong without a word', {
  ...errors,
  run: ({ seed }) => tryLedger(seed, false),
})

test('with one read each, rows are, and the gate sees it', async () => {
  const report = await runGate({ ...errors, run: ({ seed }) => tryLedger(seed, true) })
  expect(report).not.toPassGate()
  expect(report.verdict).toBe('fail')
})
