import { createEngine, definePlan, defineWorker } from 'kilostep'
import { describe, expect, it } from 'vitest'
import { toPassGate, toReach } from './matchers.ts'
import { runTrials } from './run-trials.ts'

const run = (passes: boolean) => {
  const one = defineWorker({
    name: 'one',
    policy: { retry: { attempts: 1 } },
    run: () => {
      if (!passes) throw new Error('busy')
      return 1
    },
    verify: (answer) => answer === 1,
  })
  return createEngine().start(definePlan('ones', (p) => p.subtask(one, undefined))).result
}

describe('toReach', () => {
  it('takes the report of a run, or the result that holds it', async () => {
    const result = await run(true)
    for (const received of [result, result.report]) expect(toReach(received, 0.9).pass).toBe(true)
    const surely = toReach(result, 0.9, { how: 'surely' })
    expect(surely.pass).toBe(result.report.success.low >= 0.9)
    expect(toReach(result, 0.9).message()).toMatch(/was not expected to reach 90\.0 %; it is predicted/)
  })

  it('is not reached by a run that failed', async () => {
    const failed = toReach(await run(false), 0.01)
    expect(failed.pass).toBe(false)
    expect(failed.message()).toMatch(/The run failed/)
  })

  it('takes the measured rate of a gate', async () => {
    const report = await runTrials({ run: ({ index }) => index % 4 > 0, good: 0.9, bad: 0.7, maxTrials: 12 })
    expect(toReach(report, 0.7).pass).toBe(true)
    expect(toReach(report, 0.8).message()).toMatch(/expected to reach 80\.0 %; it is measured 75\.0 %/)
    expect(toPassGate(report)).toMatchObject({ pass: false })
    expect(toPassGate(report).message()).toMatch(/gate is undecided/)
  })

  it.each([
    [{}, 0.9, /takes the report/],
    [null, 0.9, /takes the report/],
    ['x', 0.9, /takes the report/],
    [{ type: 'run' }, 90, /probability over 0, such as 0\.9, not 90/],
  ])('%j at %d is told', (received, target, message) => {
    expect(toReach(received, target).pass).toBe(false)
    expect(toReach(received, target).message()).toMatch(message)
    expect(toPassGate(received).message()).toMatch(/takes what runTrials gives/)
  })
})
