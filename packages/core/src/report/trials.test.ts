import { describe, expect, it } from 'vitest'
import { emptyState } from '../run/state.ts'
import { type RunReport, trialsReportSchema } from './report.ts'
import { runReport } from './run-report.ts'
import { type Trial, trialsReport } from './trials.ts'

/** A run of ten subtasks that gave itself this probability. */
const trial = (allRight: boolean, predicted: number): Trial => {
  const report: RunReport = runReport(emptyState())
  return {
    report: { ...report, success: { ...report.success, predicted } },
    allRight,
    first: { right: 9, of: 10 },
    subtasks: 10,
  }
}

describe('trialsReport', () => {
  it('measures over the runs, and takes the mean of what they said of themselves', () => {
    const report = trialsReport(
      [trial(true, 1), trial(true, 0.9), trial(false, 0), trial(true, 0.9)],
      'labels',
    )
    expect(trialsReportSchema.parse(report)).toEqual(report)
    expect(report.success).toMatchObject({ measured: 0.75, basis: 'labels', n: 4, again: { rate: 0.75 } })
    expect(report.success.predicted).toBeCloseTo(0.7)
    expect(report.success.naive).toBeCloseTo(0.9 ** 10)
    expect(report.message).toBe('3 of 4 runs got everything right.')
  })

  it('gives the horizon of all runs together, not of one', () => {
    const horizon = (...trials: Trial[]) => trialsReport(trials, 'labels').success.horizon90
    // 0.75 over ten subtasks is 0.9716 each, and 0.9716³ is the last power over 0.9.
    expect(horizon(trial(true, 1), trial(true, 1), trial(true, 1), trial(false, 1))).toBe(3)
    expect(horizon(trial(true, 1))).toBe(null)
    expect(horizon(trial(false, 0.75))).toBe(3)
    expect(horizon(trial(false, 0))).toBe(0)
  })

  it('refuses to speak of no runs', () => {
    expect(() => trialsReport([], 'labels')).toThrow('trials is empty; give one or more.')
  })
})
