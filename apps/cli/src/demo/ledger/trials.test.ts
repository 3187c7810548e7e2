import { accountingFaults, trialsReportSchema } from '@kilostep/core'
import { createEngine } from 'kilostep'
import { describe, expect, it } from 'vitest'
import { passesCheck } from './check.ts'
import { ROW_DIGITS } from './ledger.ts'
import { ledgerPlan } from './plan.ts'
import { ledgerWorkers, runTrial, runTrials } from './trials.ts'

const options = { rows: 10, plain: false, seed: '18', pool: 'test', concurrency: 16 } as const

describe('one ledger through the engine', () => {
  it('accepts a row only when its check digits fit, and reports the others', async () => {
    const { outcome, score } = await runTrial(options, 0)
    const accepted = outcome.rows.filter((row) => row.accepted)
    for (const row of outcome.rows) expect(passesCheck(row.last)).toBe(row.accepted)
    expect(accepted.some((row) => row.rejections > 0)).toBe(true)
    expect(score.rows).toEqual({ right: 9, silentlyWrong: 0, reported: 1 })
    expect(outcome.sum).toMatchObject({ rows: 9, missing: 1 })
    expect(outcome.report.status).toBe('failed')
    expect(outcome.report.success.predicted).toBe(0)
  })

  it('adds up: ten failed digits a row that is given up, and every attempt counted', async () => {
    const { outcome } = await runTrial(options, 0)
    const { subtasks, attempts, checks } = outcome.report
    expect(accountingFaults(outcome.report)).toEqual([])
    expect(subtasks).toMatchObject({ planned: 101, succeeded: 91, failed: 10, skipped: 0, cancelled: 0 })
    expect(checks).toMatchObject({ planned: 10, accepted: 9, failed: 1 })
    const reads = outcome.rows.reduce((sum, row) => sum + row.reads, 0)
    const rejections = outcome.rows.reduce((sum, row) => sum + row.rejections, 0)
    expect(checks.rejections).toBe(rejections)
    const judge = outcome.report.kinds.find(({ worker }) => worker === 'row-check')
    const atOnce = outcome.rows.filter((row) => row.rejections === 0).length
    expect(judge?.firstAttempt).toMatchObject({ rate: atOnce / 10, n: 10 })
    // Each read, one judgement more a row than it was rejected unless it was given up, and the sum.
    expect(attempts.started).toBe(reads + rejections + 9 + 1)
  })

  it('reads again only what is doubtful, two digits a round', async () => {
    const { outcome } = await runTrial(options, 0)
    for (const row of outcome.rows) {
      const again = row.accepted ? row.rejections : row.rejections - 1
      expect(row.reads).toBe(ROW_DIGITS + 2 * again)
    }
  })

  it('with no checks takes the first read of each digit and judges nothing', async () => {
    const { outcome, score } = await runTrial({ ...options, plain: true }, 0)
    expect(outcome.report).toMatchObject({ status: 'succeeded', checks: { planned: 0 } })
    expect(outcome.report.attempts.started).toBe(101)
    expect(score.rows.reported).toBe(0)
    for (const row of outcome.rows) expect(row.last).toEqual(row.first)
  })

  it('begins both ways with the same reads of the same ledger', async () => {
    const checked = await runTrial(options, 3)
    const plain = await runTrial({ ...options, plain: true }, 3)
    expect(plain.sheet).toEqual(checked.sheet)
    expect(plain.outcome.rows.map((row) => row.first)).toEqual(checked.outcome.rows.map((row) => row.first))
  })

  it('comes out the same for the same seed, however many attempts run at once', async () => {
    const one = await runTrial({ ...options, concurrency: 1 }, 0)
    const many = await runTrial({ ...options, concurrency: 64 }, 0)
    expect(many.outcome.rows).toEqual(one.outcome.rows)
    expect(many.outcome.sum).toEqual(one.outcome.sum)
    expect((await runTrial({ ...options, seed: '19' }, 0)).sheet).not.toEqual(one.sheet)
  })

  it('looks the same way again where an attempt is repeated, and another way for a new sample', async () => {
    const { read } = ledgerWorkers('test')
    const context = (idempotencyKey: string) => ({ idempotencyKey }) as never
    const at = async (image: number, key: string) => read.run({ image }, context(key))
    expect(await at(8, 'run/row-1.digit-1/1')).toEqual(await at(8, 'run/row-1.digit-1/1'))
    expect(await at(8, 'run/row-1.digit-1/1')).not.toEqual(await at(8, 'run/row-1.digit-1/2'))
  })
})

describe('the plan of a ledger', () => {
  it('has a subtask a digit, a check a row and the sum; a worker sees pool indices and nothing else', async () => {
    const { sheet } = await runTrial(options, 0)
    const { data } = ledgerPlan(sheet, ledgerWorkers('test'), true)
    expect(data.subtasks).toHaveLength(101)
    expect(data.checks).toHaveLength(10)
    expect(data.subtasks[0]).toEqual({
      id: 'row-1.digit-1',
      worker: 'read-digit',
      input: { image: sheet.rows[0]?.[0] },
    })
    expect(ledgerPlan(sheet, ledgerWorkers('test'), false).data.checks).toBeUndefined()
  })

  it('adds the columns up to check the sum, and rejects one that is off', async () => {
    const { sum } = ledgerWorkers('test')
    const row = [0, 0, 0, 0, 0, 4, 2, 1, 9, 9].map((digit) => ({ digit, confidence: 1 }))
    const input = { rows: [row, row, [null, ...row.slice(1)]] }
    const answer = await sum.run(input, {} as never)
    expect(answer).toEqual({ total: 842, rows: 2, missing: 1 })
    expect(sum.verify?.(answer as never, input, {} as never)).toBe(true)
    expect(sum.verify?.({ total: 841, rows: 2, missing: 1 }, input, {} as never)).toBe(
      'The columns add up to 842, not to 841.',
    )
  })
})

describe('many ledgers', () => {
  it('lift ten digits from about 80 % to over 90 %, and hardly ever deceive', {
    timeout: 60_000,
  }, async () => {
    const of = { ...options, rows: 1, trials: 300 }
    const plain = await runTrials({ ...of, plain: true })
    const checked = await runTrials(of)
    expect(plain.report.success.measured).toBeGreaterThan(0.72)
    expect(plain.report.success.measured).toBeLessThan(0.88)
    expect(plain.report.success.predicted).toBeCloseTo(0.81, 1)
    expect(checked.report.success.measured).toBeGreaterThan(0.88)
    expect(checked.ledgers.silentlyWrong).toBeLessThan(5)
    const { measured, predicted } = checked.report.success
    expect(Math.abs((measured as number) - predicted)).toBeLessThan(0.01)
  })

  it('give a report of the published form that adds up, with naive from the labels', async () => {
    const { report, rows, ledgers } = await runTrials({ ...options, rows: 2, trials: 5 })
    expect(trialsReportSchema.parse(report)).toEqual(report)
    expect(report.subtasks.planned).toBe(105)
    expect(rows.right + rows.reported + rows.silentlyWrong).toBe(10)
    expect(ledgers.right + ledgers.reported + ledgers.silentlyWrong).toBe(5)
    expect(report.success).toMatchObject({ measured: ledgers.right / 5, basis: 'labels', n: 5 })
  })

  it('stop where they are told to', async () => {
    const { report } = await runTrials({ ...options, rows: 1, trials: 50 }, (done) => done < 3)
    expect(report.trials).toBe(3)
  })
})

describe('the engine on a ledger', () => {
  it('takes several ledgers at once', async () => {
    await using engine = createEngine({ concurrency: 8 })
    const workers = ledgerWorkers('validation')
    const sheet = { rows: [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]] }
    const runs = ['a', 'b'].map((run) => engine.start(ledgerPlan(sheet, workers, false), { run }))
    const results = await Promise.all(runs.map((run) => run.result))
    for (const { status, output } of results) {
      expect(status).toBe('succeeded')
      expect(output).toMatchObject({ rows: 1, missing: 0 })
    }
  })
})
