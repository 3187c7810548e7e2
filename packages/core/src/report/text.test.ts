import { describe, expect, it } from 'vitest'
import type { RunReport } from './report.ts'
import { runsReport } from './runs.ts'
import { reportText } from './text.ts'

const rate = (right: number, n: number) => ({ rate: right / n, low: 0, high: 1, n })
const attempts = { started: 356, succeeded: 332, transport: 20, flagged: 3, wrong: 1, cancelled: 0 }

const report: RunReport = {
  kilostep: 1,
  type: 'run',
  run: 'r',
  plan: { name: 'survey', digest: 'sha256:0' },
  seed: 1,
  status: 'succeeded',
  message: 'All 335 subtasks ended well.',
  success: {
    predicted: 0.667,
    low: 0.159,
    high: 0.988,
    naive: 0.41,
    measured: null,
    basis: null,
    n: 0,
    again: { rate: 0.5, low: 0.1, high: 0.9 },
    target: null,
    targetMet: null,
    horizon90: 1_234,
    weakest: [
      { kind: 'digest', gain: 0.2, share: 0.9 },
      { kind: 'lines', gain: 0.01, share: 0.1 },
    ],
    weakestSubtasks: [],
    unjudged: ['lines'],
    trusted: [],
    voted: [],
  },
  subtasks: { planned: 335, succeeded: 335, failed: 0, skipped: 0, cancelled: 0, fallbacks: 0 },
  checks: { planned: 0, accepted: 0, failed: 0, cancelled: 0, rejections: 0, tried: 0, combined: 0 },
  attempts: { ...attempts, stuck: 0 },
  summary: 'It is done.',
  handled: { verified: 0, voted: 0, checked: 0, escalated: 0, audited: 0 },
  bound: null,
  audits: null,
  forecast: null,
  kinds: ['lines', 'digest'].map((worker) => ({
    worker,
    firstAttempt: rate(78, 100),
    afterRecovery: rate(100, 100),
    attempts,
    meanMs: 10,
    p50Ms: 9,
    p95Ms: 1_500,
    longestMs: 2_000,
    usd: 0,
    tokens: 0,
  })),
  failures: [],
  durationMs: 7_600,
  criticalPath: {
    durationMs: 7_500,
    subtasks: 12,
    last: [
      { subtask: 'digests[3]', durationMs: 500 },
      { subtask: 'summary', durationMs: 3 },
    ],
  },
  spend: { usd: 0, tokens: 0 },
  attemptsEach: [],
  timeline: { binMs: 1, succeeded: [], failed: [] },
  undone: { done: 0, failed: 0 },
}
const plain = { color: false, width: 80 }

describe('reportText', () => {
  it('says what happened, how likely it is right, what it took and what to do next', () => {
    expect(reportText(report, plain)).toMatchInlineSnapshot(`
      "survey succeeded. All 335 subtasks ended well.

      In short          It is done.
      Compound success  not known, because nothing judged the answers of lines; what
                        was seen speaks for 66.7 % (95 % interval 15.9–98.8 %)
                        the chance that every subtask of this run is right, as far as
                        checks and votes tell; no truth was at hand
      Another run       50.0 % (95 % interval 10.0–90.0 %)
      Horizon           1,234 such subtasks would all be right nine times in ten
      Subtasks          335 planned: 335 succeeded, 0 failed, 0 skipped, 0 cancelled
      Attempts          356 started: 24 failed (20 threw or timed out, 3 flagged, 1
                        wrong)
      Time              7.6 s

      Worker  tried  first try  in the end  attempts  median  95 % under
      lines     100     78.0 %       100 %       356    9 ms       1.5 s
      digest    100     78.0 %       100 %       356    9 ms       1.5 s

      Longest chain     7.5 s in 12 subtasks: … → digests[3] 500 ms → summary 3 ms

      What to do next
        - Weakest link: digest. Were it perfect, the compound success would rise by
          20.0 points; 90.0 % of all that is lost is lost there.
        - Nothing judged the answers of lines, so nobody knows how many of them are
          right. Add verify, a check or a vote, or give a record.
      "
    `)
  })

  it('says that a run fell short of its target', () => {
    const success = { ...report.success, target: 0.9, targetMet: false }
    const text = reportText({ ...report, success }, plain)
    expect(text).toMatch(/^survey succeeded\. All 335 subtasks ended well\. It fell short of its target\.\n/)
    expect(text).toContain('Target            90.0 %, not reached')
  })

  it('names what failed for good and the ways out', () => {
    const failures = [
      {
        subtask: 'a',
        kind: 'transport',
        code: 'timeout',
        message: 'It took longer than 30 s.',
        fallback: false,
      },
      { subtask: 'b', kind: 'wrong', code: 'rejected', message: 'no\nsum', fallback: true },
    ]
    const subtasks = { ...report.subtasks, succeeded: 310, failed: 24, fallbacks: 1 }
    const text = reportText({ ...report, status: 'failed', failures, subtasks }, plain)
    expect(text).toContain('Failed for good, the first 2 of 25')
    expect(text).toMatch(/ {2}a {2}timeout +It took longer than 30 s\./)
    expect(text).toMatch(/ {2}b {2}rejected \(fallback\) {2}no sum/)
    expect(text).toContain('- Failed for good with timeout: Raise retry.attempts or timeoutMs')
    expect(text).toContain('1 subtask went on with a fallback answer.')
  })

  it('says of trials what was measured', () => {
    const success = { ...report.success, measured: 0.8, basis: 'labels', n: 200, low: 0.73, high: 0.86 }
    const text = reportText(
      { ...runsReport([report]), success, message: '160 of 200 runs got everything right.' },
      plain,
    )
    expect(text).toContain('Compound success  80.0 % (95 % interval 73.0–86.0 %), one attempt each: 41.0 %;')
    expect(text).toContain('over 200 runs against labels')
  })

  it('says that nothing is known where nothing was tried', () => {
    const success = { ...report.success, low: 0, high: 1, weakest: [] }
    expect(reportText({ ...report, success }, plain)).toContain('unknown, because nothing was tried')
  })

  it.each([40, 60, 80, 120])('fits a window of %d characters', (width) => {
    const failures = [
      {
        subtask: 'x'.repeat(200),
        kind: 'wrong',
        code: 'c'.repeat(50),
        message: 'word '.repeat(90),
        fallback: false,
      },
    ]
    const text = reportText({ ...report, failures, status: 'failed' }, { color: false, width })
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(width)
  })

  it('uses colours only when told to, and none that a message brings along', () => {
    const hostile = {
      ...report,
      message: 'gone \u001b[2J\u001b]0;pwned\u0007',
      plan: { name: 'a\u001b[31mb', digest: '' },
    }
    expect(reportText(hostile, plain)).not.toContain('\u001b')
    const coloured = reportText(hostile, { color: true, width: 80 })
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
    expect(new Set(coloured.match(/\u001b\[[^m]*m/g))).toEqual(
      new Set(['\u001b[32m', '\u001b[0m', '\u001b[1m', '\u001b[2m']),
    )
    expect(coloured).not.toContain('pwned')
  })
})

describe('runsReport', () => {
  it('adds up amounts, pools rates and averages what the runs say', () => {
    const other = { ...report, status: 'failed' as const, success: { ...report.success, predicted: 0.333 } }
    const together = runsReport([report, other])
    expect(together.message).toBe('1 of 2 runs succeeded.')
    expect(together.success.predicted).toBeCloseTo(0.5)
    expect(together.success.measured).toBeNull()
    expect(together.subtasks.planned).toBe(670)
    expect(together.kinds[0]?.firstAttempt).toMatchObject({ rate: 0.78, n: 200 })
  })

  it('refuses none, and different plans', () => {
    expect(() => runsReport([])).toThrow('reports is empty; give one or more.')
    const other = { ...report, plan: { name: 'other', digest: '' } }
    expect(() => runsReport([report, other])).toThrow(
      'reports are of different plans, "survey" and "other"; give those of one plan.',
    )
  })
})
