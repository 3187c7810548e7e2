import { describe, expect, it } from 'vitest'
import { createRandom } from '../random.ts'
import { meanOfCases } from './case-mean.ts'
import type { Outcome } from './outcome.ts'
import { outcomesReport } from './outcomes-report.ts'
import { outcomesReportSchema } from './report.ts'
import { outcomesText } from './text.ts'

/** Cases by how often they passed, of so many trials each. */
function outcomesOf(passed: readonly number[], of: number): Outcome[] {
  return passed.flatMap((right, index) =>
    Array.from({ length: of }, (_, trial) => ({
      case: `c${index}`,
      trial: `${trial}`,
      passed: trial < right,
    })),
  )
}

/** The same by counting every choice of k trials. */
function byCounting(passed: readonly number[], of: number, k: number, all: boolean): number {
  const shares = passed.map((right) => {
    let [hits, choices] = [0, 0]
    for (let mask = 0; mask < 2 ** of; mask++) {
      const chosen = Array.from({ length: of }, (_, trial) => trial).filter((trial) => mask & (1 << trial))
      if (chosen.length !== k) continue
      choices++
      if (all ? chosen.every((trial) => trial < right) : chosen.some((trial) => trial < right)) hits++
    }
    return hits / choices
  })
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}

describe('outcomesReport', () => {
  const passed = [0, 1, 1, 2, 3, 5, 5, 6]

  it('averages pass@k and pass^k over the cases, as counting all choices does', () => {
    const report = outcomesReport(outcomesOf(passed, 6))
    expect(report.passes).toHaveLength(6)
    for (const { k, passAtK, passHatK } of report.passes) {
      expect(passAtK.rate).toBeCloseTo(byCounting(passed, 6, k, false), 12)
      expect(passHatK.rate).toBeCloseTo(byCounting(passed, 6, k, true), 12)
      expect(passHatK.low).toBeLessThanOrEqual(passHatK.rate)
      expect(passHatK.high).toBeGreaterThanOrEqual(passHatK.rate)
    }
    expect(report).toMatchObject({
      cases: 8,
      trials: 48,
      passed: 23,
      consistency: { always: 1, sometimes: 6, never: 1 },
    })
    expect(report.weakest.map((one) => one.case)).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6'])
    expect(outcomesReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
  })

  it('leaves cases with too few trials out of a k, and says so', () => {
    const report = outcomesReport([...outcomesOf([1, 2], 2), { case: 'more', trial: '0', passed: true }])
    expect(report.passes.map(({ k, cases }) => [k, cases])).toEqual([
      [1, 3],
      [2, 2],
    ])
    expect(report.notes.join()).toMatch(/from 1 to 2 trials/)
    expect(outcomesText(report, { color: false, width: 100 })).toMatch(/cases\n/)
  })

  it('stays within its width', () => {
    const text = outcomesText(outcomesReport(outcomesOf(passed, 6)), { color: false, width: 50 })
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(50)
  })
})

describe('meanOfCases', () => {
  it('is wide for cases that are all alike, and knows nothing from one', () => {
    expect(meanOfCases([1], 100)).toEqual({ rate: 1, low: 0, high: 1 })
    const all = meanOfCases(
      Array.from({ length: 30 }, () => 1),
      120,
    )
    // As 30 clean ones, the trials of one case being worth no more than one.
    expect(all.low).toBeGreaterThan(0.85)
    expect(all.low).toBeLessThan(0.9)
    expect(all.high).toBe(1)
  })

  it('holds the true mean in 95 % of samples of cases, where trials of a case are alike', () => {
    const random = createRandom('cases')
    let held = 0
    const samples = 600
    for (let sample = 0; sample < samples; sample++) {
      const values = Array.from({ length: 25 }, () => {
        // Half of the cases nearly always pass, half of them now and then: 0.6 on average.
        const rate = random.uniform() < 0.5 ? 0.95 : 0.25
        let right = 0
        for (let trial = 0; trial < 4; trial++) if (random.uniform() < rate) right++
        return right / 4
      })
      const { low, high } = meanOfCases(values, 100)
      if (low <= 0.6 && 0.6 <= high) held++
    }
    expect(held / samples).toBeGreaterThan(0.93)
  })
})
