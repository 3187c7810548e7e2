import { describe, expect, it } from 'vitest'
import { reportHtml } from './html.ts'
import { reportJunit } from './junit.ts'
import { reportMarkdown } from './markdown.ts'
import type { RunReport } from './report.ts'
import { runReportSchema } from './report.ts'

const hostile = `"><script>alert('x')</script> & \u202e| [a](javascript:b) \u001b[31m@all https://evil.example \ud800`

/** A run that went as badly as it can, with names as bad as they can be. */
function reportOf(name: string, more: Partial<RunReport> = {}): RunReport {
  const attempts = { started: 40, succeeded: 30, transport: 4, flagged: 3, wrong: 2, cancelled: 1 }
  const rate = { rate: 0.9, low: 0.6, high: 0.98, n: 10 }
  return runReportSchema.parse({
    kilostep: 1,
    type: 'run',
    run: name,
    plan: { name, digest: 'sha256:0' },
    seed: name,
    status: 'failed',
    message: name,
    success: {
      predicted: 0.4,
      low: 0.1,
      high: 0.7,
      naive: 0.01,
      measured: null,
      basis: null,
      n: 0,
      again: { rate: 0.4, low: 0.1, high: 0.7 },
      target: 0.9,
      targetMet: false,
      horizon90: 3,
      weakest: [{ kind: name, gain: 0.3, share: 1 }],
      weakestSubtasks: [],
      unjudged: [name],
      trusted: [name],
      voted: [name],
    },
    subtasks: { planned: 12, succeeded: 9, failed: 2, skipped: 1, cancelled: 0, fallbacks: 0 },
    checks: { planned: 0, accepted: 0, failed: 0, cancelled: 0, rejections: 0, tried: 0, combined: 0 },
    attempts: { ...attempts, stuck: 0 },
    summary: 'It is done.',
    handled: { verified: 0, voted: 0, checked: 0, escalated: 0, audited: 0 },
    bound: null,
    audits: null,
    forecast: null,
    kinds: [
      {
        worker: name,
        firstAttempt: rate,
        afterRecovery: rate,
        attempts,
        meanMs: 12,
        p50Ms: 11,
        p95Ms: 20,
        longestMs: 30,
        usd: 0.1,
        tokens: 5,
      },
    ],
    failures: [{ subtask: name, kind: 'wrong', code: name, message: name, fallback: false }],
    durationMs: 1_234,
    criticalPath: { durationMs: 900, subtasks: 2, last: [{ subtask: name, durationMs: 400 }] },
    attemptsEach: [
      { attempts: 1, subtasks: 8 },
      { attempts: 30, subtasks: 1 },
    ],
    timeline: { binMs: 20, succeeded: [0, 4, 5], failed: [1, 0, 1] },
    spend: { usd: 0.1, tokens: 5 },
    undone: { done: 0, failed: 0 },
    ...more,
  })
}

describe('reportHtml', () => {
  const unjudged = reportOf(hostile)
  const page = reportHtml({ ...unjudged, success: { ...unjudged.success, unjudged: [] } })

  it('gives no figure for what nothing has judged, and draws none', () => {
    const shown = reportHtml(unjudged)
    expect(shown).toContain('<div class="big">not known</div>')
    expect(shown).toContain('nothing judged the answers of &quot;&gt;&lt;script&gt;')
    expect(shown).not.toContain('<script')
    // How often was tried and when it ended is known all the same.
    expect(shown.match(/<svg[^>]*>/g)).toHaveLength(2)
  })

  it('lets nothing of a name be markup', () => {
    expect(page).not.toContain('<script')
    expect(page).not.toContain('\u202e')
    expect(page).not.toContain('\u001b')
    expect(page).toContain('&lt;script&gt;')
    // Every attribute that was opened was closed: no name ends one.
    for (const [tag] of page.replace(/<style>[\s\S]*?<\/style>/, '').matchAll(/<[^>]*>/g))
      expect((tag.match(/"/g) ?? []).length % 2, tag).toBe(0)
  })

  it('loads nothing and forbids it', () => {
    expect(page).not.toMatch(/\b(src|href)=|url\(|@import/)
    expect(page).toContain("default-src 'none'")
  })

  it('tells each picture to those who do not see it', () => {
    const pictures = page.match(/<svg[^>]*>/g) ?? []
    expect(pictures).toHaveLength(5)
    for (const picture of pictures) expect(picture).toMatch(/role="img" aria-label="[^"]+"/)
    expect(page).toMatch(/<html lang="en">/)
  })

  it('holds no number that is none, whatever the run was like', () => {
    const nothing = reportOf('x', {
      kinds: [],
      attemptsEach: [],
      durationMs: 0,
      timeline: { binMs: 1, succeeded: [0], failed: [0] },
      subtasks: { planned: 0, succeeded: 0, failed: 0, skipped: 0, cancelled: 0, fallbacks: 0 },
    })
    const { success } = nothing
    const extremes = [
      nothing,
      reportOf('x', { success: { ...success, naive: 0, predicted: 0, horizon90: 0, low: 0, high: 0 } }),
      reportOf('x', {
        success: { ...success, naive: 1, predicted: 1, horizon90: null, target: null, targetMet: null },
      }),
      reportOf('x', { subtasks: { ...nothing.subtasks, planned: 2_000_000 } }),
    ]
    for (const report of extremes) expect(reportHtml(report)).not.toMatch(/NaN|Infinity|undefined|null/)
  })

  it('is the same every time', () => {
    expect(reportHtml(reportOf(hostile))).toBe(reportHtml(unjudged))
  })
})

describe('reportMarkdown', () => {
  it('reads well', () => {
    expect(reportMarkdown(reportOf('prices'))).toMatchInlineSnapshot(`
      "## ❌ prices: failed

      It is done.

      |  |  |
      | --- | --- |
      | Compound success | **40.0 %** (95 % interval 10.0–70.0 %), predicted |
      | With one attempt each | 1.0 % |
      | Target | 90.0 %, **not reached** |
      | Horizon | 3 such subtasks would all be right nine times in ten |
      | Subtasks | 12 planned: 9 succeeded, 2 failed, 1 skipped, 0 cancelled |
      | Attempts | 40 started: 4 threw or timed out, 3 flagged, 2 wrong |
      | Time | 1.2 s |
      | Spend | $0.1000, 5 tokens |

      | Worker | tried | first attempt right | in the end | attempts | median |
      | --- | --: | --: | --: | --: | --: |
      | prices | 10 | 90.0 % | 90.0 % | 40 | 11 ms |

      ### Failed for good, the first 1 of 2

      | Subtask | Why | Message |
      | --- | --- | --- |
      | prices | prices | prices |

      ### What to do next

      - Failed for good with prices: Their answers were rejected each time: raise retry.wrong, vote, or use a stronger worker.
      - Nothing judged the answers of prices, so nobody knows how many of them are right. Add verify, a check or a vote, or give a record.
      - The verdicts of prices were taken as right. A record of how many wrong answers they accept would show what they miss.
      - Votes on prices cannot see an answer that is usually wrong, nor voters that copy one another. Hold a sample of the accepted answers against the truth before you rely on the prediction.
      "
    `)
  })

  it('lets nothing of a name be markup, a link, a mention or a cell', () => {
    const text = reportMarkdown(reportOf(hostile))
    expect(text).not.toContain('<script')
    expect(text).not.toContain('[a](')
    expect(text).not.toContain('https://')
    expect(text).not.toContain('@all')
    const rows = text.split('\n').filter((line) => line.startsWith('| '))
    for (const row of rows) expect(row.replaceAll('\\|', '').match(/\|/g)?.length).toBeLessThanOrEqual(7)
  })
})

describe('reportJunit', () => {
  it('has a case for the target, each worker and each failure', () => {
    expect(reportJunit(reportOf('prices'))).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="kilostep" tests="3" failures="3" errors="0" skipped="0" time="1.234">
        <testsuite name="prices" tests="3" failures="3" errors="0" skipped="0" time="1.234">
          <testcase classname="prices.run" name="compound success of 90.0 %" time="1.234"><failure type="failed" message="prices Compound success is 40.0 % and the target 90.0 %.">prices Compound success is 40.0 % and the target 90.0 %.</failure></testcase>
          <testcase classname="prices.workers" name="prices" time="0.012"><failure type="failed" message="1 of 10 subtasks failed for good.">1 of 10 subtasks failed for good.</failure></testcase>
          <testcase classname="prices.subtasks" name="prices" time="0.000"><failure type="prices" message="prices">prices</failure></testcase>
        </testsuite>
      </testsuites>
      "
    `)
  })

  it('is well-formed, whatever the names are', () => {
    const text = reportJunit(reportOf(hostile))
    expect(text).not.toContain('<script')
    expect(text).not.toContain('\ud800"')
    expect(text.isWellFormed()).toBe(true)
    expect(text.match(/<testcase /g)?.length).toBe((text.match(/<\/testcase>|\/>\n/g) ?? []).length)
  })

  it('passes where the run did', () => {
    const { success, kinds } = reportOf('x')
    const good = reportOf('x', {
      status: 'succeeded',
      success: { ...success, predicted: 0.95, targetMet: true },
      kinds: kinds.map((kind) => ({ ...kind, afterRecovery: { rate: 1, low: 0.7, high: 1, n: 10 } })),
      failures: [],
    })
    expect(reportJunit(good)).toContain('tests="2" failures="0"')
  })
})
