import { describe, expect, it } from 'vitest'
import { createRandom } from '../random.ts'
import { gateReport } from './build-report.ts'
import { compareGates } from './compare.ts'
import { comparisonText } from './comparison-text.ts'
import type { GateSettings } from './design.ts'
import { gateMarkdown } from './markdown.ts'
import type { GateReport } from './report.ts'
import { countTrial, startTally } from './tally.ts'
import { trendMarkdown, trendText } from './trend.ts'
import { trendPicture } from './trend-picture.ts'

const design: GateSettings = {
  bad: 0.7,
  good: 0.9,
  alpha: 0.05,
  beta: 0.05,
  maxTrials: 500,
  test: 'sequential',
}

function report(outcomes: string, more: Partial<GateReport> = {}): GateReport {
  const tally = startTally(design)
  const results = [...outcomes].map((letter) => (letter === '-' ? undefined : { passed: letter === '1' }))
  results.forEach((result, index) => {
    if (result !== undefined) countTrial(tally, index, result.passed ? 'passed' : 'failed')
  })
  const facts = {
    name: 'prices',
    plan: null,
    seed: 7,
    inputs: null,
    faults: null,
    minTrials: 0,
    durationMs: 1,
  }
  return {
    ...gateReport(tally, results, { ...facts, stopped: 'max-trials', started: outcomes.length }),
    ...more,
  }
}

const draws = (count: number, rate: number, seed: string): string => {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => (random.uniform() < rate ? '1' : '0')).join('')
}

describe('compareGates', () => {
  it('counts pairs, and takes McNemar’s test only where their number was fixed', () => {
    const [before, after] = [`${'1'.repeat(30)}00`, `${'1'.repeat(18)}${'0'.repeat(12)}11`]
    const fixed = { minTrials: 32 }
    expect(compareGates(report(before, fixed), report(after, fixed))).toMatchObject({
      verdict: 'worse',
      test: 'mcnemar',
      pairs: 32,
      better: 2,
      worse: 12,
      acrossPlans: false,
    })
    // The same pairs, but somebody may have stopped because of what they saw.
    expect(compareGates(report(before), report(after))).toMatchObject({
      verdict: 'no-difference',
      test: 'always-valid',
    })
    expect(compareGates(report(after, fixed), report(before, fixed)).verdict).toBe('better')
    expect(compareGates(report(before, fixed), report(`-${after.slice(1)}`, fixed)).test).toBe('always-valid')
  })

  it('says a difference where there is none in 5 % of comparisons at most', () => {
    for (const minTrials of [0, 120]) {
      let alarms = 0
      for (let run = 0; run < 300; run++) {
        const [before, after] = ['a', 'b'].map((side) =>
          report(draws(120, 0.85, `${side}${run}`), { minTrials }),
        )
        if (compareGates(before as GateReport, after as GateReport).verdict !== 'no-difference') alarms++
      }
      expect(alarms / 300).toBeLessThan(0.06)
    }
  })

  it('sees 15 points of 100 pairs nearly always', () => {
    let seen = 0
    for (let run = 0; run < 200; run++) {
      const before = report(draws(100, 0.95, `a${run}`), { minTrials: 100 })
      const after = report(draws(100, 0.8, `b${run}`), { minTrials: 100 })
      if (compareGates(before, after).verdict === 'worse') seen++
    }
    expect(seen / 200).toBeGreaterThan(0.8)
  })

  it('names what fell, in the end or at the first try', () => {
    const subtasks = (read: number, first: number) => [
      { subtask: 'read', succeeded: read, first, of: 100 },
      { subtask: 'add', succeeded: 100, first: 100, of: 100 },
    ]
    const comparison = compareGates(
      report('1'.repeat(100), { subtasks: subtasks(100, 97) }),
      report('1'.repeat(100), { subtasks: subtasks(99, 80) }),
    )
    expect(comparison.subtasks.map(({ subtask, measure, fell }) => [subtask, measure, fell])).toEqual([
      ['read', 'first-attempt', true],
      ['read', 'in-the-end', false],
    ])
    const text = comparisonText(comparison, { color: false, width: 80 })
    expect(text).toMatch(/^read +first try +97\.0 % +80\.0 % +fell$/m)
    expect(text).toMatch(/^read +in the end +100 % +99\.0 % +may be chance$/m)
    expect(gateMarkdown(report('1'.repeat(12), { comparison }))).toMatch(
      /\| read \| first try \| 97.0 % \| 80.0 % \| \*\*fell\*\* \|/,
    )
  })

  it('refuses what are no pairs, with every reason', () => {
    const plan = { name: 'p', digest: 'sha256:a' }
    const other = report('1', { name: 'x', plan, seed: 8, inputs: 'sha256:i', faults: 'crash' })
    expect(() => compareGates(report('1'), other)).toThrow(
      expect.objectContaining({
        code: 'incomparable',
        faults: ['plan', 'name', 'seed', 'inputs', 'faults'].map((code) => expect.objectContaining({ code })),
      }),
    )
    expect(compareGates(report('1'), report('1', { plan }), { acrossPlans: true }).acrossPlans).toBe(true)
    expect(compareGates(report(''), report('1'))).toMatchObject({ pairs: 0, verdict: 'no-difference' })
  })
})

describe('a trend', () => {
  const plan = { name: 'p', digest: 'sha256:a' }
  const releases = [
    { label: 'v1', report: report('1'.repeat(30)) },
    { label: 'v2 <b>&', report: report('0'.repeat(5)) },
    { label: 'v3', report: report('11101', { plan }) },
  ]

  it('says where the plan changed', () => {
    expect(trendText(releases, { color: false, width: 100 })).toMatch(/^v3 +inconclusive .* another plan$/m)
    expect(trendMarkdown(releases)).toMatch(/\| v3 \| inconclusive \|/)
    expect(trendMarkdown(releases)).not.toContain('<b>')
  })

  it('is a picture: a mark for each verdict, by its shape too', () => {
    const picture = trendPicture(releases)
    expect(picture.match(/<circle class="pass"/g)).toHaveLength(1)
    expect(picture.match(/<rect class="fail"/g)).toHaveLength(1)
    expect(picture.match(/<path class="inconclusive"/g)).toHaveLength(1)
    expect(picture).toContain('another plan')
    expect(picture).not.toContain('<b>')
    expect(picture).not.toMatch(/NaN|Infinity|undefined/)
    expect(trendPicture([{ label: 'v0', report: report('') }])).not.toMatch(/NaN|Infinity|undefined/)
  })
})
