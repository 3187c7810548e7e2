// How much doubt should send a digit to the stronger reader, and how much error a combination of candidates may have:
// ledgers of 1,000 digits right, rows wrong unnoticed and reported, and reads a digit, on the validation pool. Some
// minutes for 60 ledgers; writes nothing.
import { runTrial, targetSettings, targetWorkers } from '../src/demo/ledger/trials.ts'

const LEDGERS = Number(process.argv[2] ?? 60)
const ROWS = 100

console.log('margin  below  error   ledgers right   rows wrong   reported   cheap   strong a digit')
for (const margin of [2, 3]) {
  for (const below of [0.9, 0.99]) {
    for (const error of [0.5, 0.95]) {
      const workers = targetWorkers('validation', { ...targetSettings, margin, below, error })
      let right = 0
      let wrong = 0
      let reported = 0
      const reads = { 'read-digit': 0, 'read-digit-strong': 0 }
      for (let ledger = 0; ledger < LEDGERS; ledger++) {
        const options = {
          rows: ROWS,
          plain: false,
          target: 0.9,
          seed: 'choose-target',
          pool: 'validation',
          concurrency: 64,
        } as const
        const { outcome, score } = await runTrial(options, ledger, workers)
        if (score.allRight) right++
        wrong += score.rows.silentlyWrong
        reported += score.rows.reported
        for (const { worker, attempts } of outcome.report.kinds)
          if (worker in reads) reads[worker as keyof typeof reads] += attempts.started
      }
      const digits = LEDGERS * ROWS * 10
      const cells = [
        String(margin).padStart(6),
        below.toFixed(2).padStart(6),
        error.toFixed(2).padStart(6),
        `${right} of ${LEDGERS}`.padStart(15),
        String(wrong).padStart(12),
        String(reported).padStart(10),
        ...Object.values(reads).map((count) => (count / digits).toFixed(3).padStart(8)),
      ]
      console.log(cells.join(' '))
    }
  }
}
