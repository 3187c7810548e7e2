import { describe, expect, it } from 'vitest'
import { gateReport } from './build-report.ts'
import type { GateSettings } from './design.ts'
import { gateJunit } from './junit.ts'
import { gateMarkdown } from './markdown.ts'
import { gateReportSchema } from './report.ts'
import { countTrial, startTally } from './tally.ts'
import { gateText } from './text.ts'
import type { TrialResult } from './trial-result.ts'

const design: GateSettings = {
  bad: 0.7,
  good: 0.9,
  alpha: 0.05,
  beta: 0.05,
  maxTrials: 40,
  test: 'sequential',
}
const hostile = '<b>|\u001b[31mx\u0007 @all [a](http://e.x)'

function reportOf(passes: readonly boolean[], more: Partial<TrialResult> = {}, name = 'prices') {
  const tally = startTally(design)
  const results = passes.map(
    (passed): TrialResult => ({ passed, ...(passed ? {} : { message: hostile }), ...more }),
  )
  results.forEach(({ passed }, index) => {
    countTrial(tally, index, passed ? 'passed' : 'failed')
  })
  return gateReport(tally, results, {
    name,
    plan: null,
    seed: 7,
    inputs: null,
    faults: null,
    minTrials: 0,
    durationMs: 1_234,
    stopped: 'max-trials',
    started: passes.length,
  })
}

const clean = Array.from({ length: 14 }, () => true)
const mixed = Array.from({ length: 40 }, (_, index) => index % 5 !== 1)

describe('the report of a gate', () => {
  it('is what its schema says, through JSON', () => {
    for (const report of [reportOf(clean), reportOf(mixed), reportOf([])]) {
      expect(gateReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report)
    }
  })

  it('as text', () => {
    expect(gateText(reportOf(clean, { firstAttempt: true }), { color: false, width: 100 })).toBe(
      `prices passes. 12 of 12 trials passed: better than 70.0 %, with an error rate of 5.0 %.

Success           100 % (95 % interval 62.9–100 %, whenever one stops)
Gate              90.0 % is good, 70.0 % is bad; error rate 5.0 %; sequential test, at most 40
                  trials
Trials            14 started: 12 passed, 0 failed, 2 beyond the verdict
Flakiness         100 % with the first attempt, 100 % after recovery; equal trials differ in 0 % of
                  91 pairs
Time              1.2 s
Seed              7 repeats the same inputs and draws
`,
    )
    const text = gateText(reportOf(mixed), { color: false, width: 60 })
    expect(text).toMatch(/prices is undecided\. 32 of 40 trials passed, and that tells/)
    expect(text).toMatch(/8× <b>\|x/)
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(60)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
  })

  it('as Markdown and JUnit, with nothing that was tried as markup', () => {
    const parts = [{ subtask: hostile, succeeded: 0, first: 0, of: 1 }]
    const report = reportOf(mixed, { subtasks: parts }, hostile)
    const markdown = gateMarkdown(report)
    expect(markdown).toMatch(/^## ❔ /)
    expect(markdown).not.toContain('<b>')
    expect(markdown).not.toContain('](http')
    expect(markdown).toContain('@\u200ball')
    const junit = gateJunit(report)
    expect(junit).toMatch(/tests="2" failures="2" errors="0" skipped="0" time="1.234"/)
    expect(junit).not.toContain('<b>')
    expect(gateJunit(report, 'skip')).toMatch(/failures="1" errors="0" skipped="1"/)
    expect(gateJunit(reportOf(clean))).toMatch(/tests="1" failures="0"/)
  })
})
