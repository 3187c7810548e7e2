import { describe, expect, test } from 'vitest'
import { given } from '../run/fixtures/scenario.ts'
import type { RunOptions } from '../run/options.ts'
import { factsOf } from './facts.ts'
import { reportHtml } from './html.ts'
import { reportMarkdown } from './markdown.ts'
import { runReportSchema } from './report.ts'
import { reportText } from './text.ts'

/** Twelve subtasks under a vote of margin 2; the votes of the last one stand 3 to 1. */
function voted(options: RunOptions = {}) {
  const subtasks = Array.from({ length: 12 }, (_, n) => ({ id: `s${n}` }))
  const run = given(subtasks, { options, workers: { w: { policy: { vote: { margin: 2 } } } } })
  const dissent = [2, 1, 1, 1]
  let votes = 0
  for (let open = run.slots(); open.length > 0; open = run.slots()) {
    for (const id of open) run.answers(id, id === 's11' ? (dissent[votes++] ?? 1) : 1)
  }
  return run
}

describe('the complete report', () => {
  test('names the subtask that is most in doubt, why, and what a perfect one would add', () => {
    const report = voted().report()
    const [first, second] = report.success.weakestSubtasks
    expect(first).toMatchObject({ subtask: 's11', why: 'its votes stood 3 to 1' })
    expect(first?.error).toBeGreaterThan(second?.error ?? 1)
    const { predicted } = report.success
    expect(first?.gain).toBeCloseTo(predicted / (1 - (first?.error ?? 0)) - predicted, 9)
    const shares = report.success.weakestSubtasks.reduce((sum, { share }) => sum + share, 0)
    expect(shares).toBeLessThanOrEqual(1.000001)
    expect(runReportSchema.parse(report)).toEqual(report)
  })

  test('puts what failed before what is in doubt', () => {
    const run = given([{ id: 'a' }, { id: 'b' }])
    run.slots()
    run.fails('a', 'transport', { retryable: false }).answers('b')
    const { success, summary } = run.report()
    expect(success.weakestSubtasks).toEqual([
      expect.objectContaining({ subtask: 'a', why: 'it failed', error: 1, share: 1 }),
    ])
    expect(summary).toBe(
      '1 of 2 subtasks succeeded, so that the whole is not right; look at "a" first: It broke.',
    )
  })

  test('says in one sentence what happened and what to do next', () => {
    const { summary } = voted({ target: 0.9 }).report()
    expect(summary).toMatch(
      /^All 12 subtasks succeeded at 2\.17 attempts each, and all are right with a probability of/,
    )
    expect(summary).toMatch(/short of the target of 90\.0 %; give w a verifier or a stronger worker\.$/)
    const plain = given([{ id: 'a' }])
    plain.slots()
    plain.answers('a')
    expect(plain.report().summary).toBe(
      'The one subtask succeeded at 1.00 attempts each, and nobody knows how many answers of w are right; add verify, a check or a vote to w.',
    )
  })

  test('counts how subtasks were judged, and its facts are on every page', () => {
    const report = voted().report()
    expect(report.handled).toEqual({ verified: 0, voted: 12, checked: 0, escalated: 0, audited: 0 })
    expect(factsOf(report)).toContainEqual(['Judged', '12 voted on'])
    for (const page of [
      reportHtml(report),
      reportMarkdown(report),
      reportText(report, { color: false, width: 80 }),
    ]) {
      expect(page).toContain('12 voted on')
      expect(page).toContain('its votes stood 3 to 1')
    }
    for (const line of reportText(report, { color: false, width: 40 }).split('\n'))
      expect(line.length).toBeLessThanOrEqual(40)
  })

  test('holds votes against the fewest that could do it', () => {
    const subtasks = Array.from({ length: 60 }, (_, n) => ({ id: `s${n}` }))
    const run = given(subtasks, {
      options: { target: 0.9 },
      workers: { w: { policy: { vote: { margin: 3 } } } },
    })
    for (let open = run.slots(); open.length > 0; open = run.slots())
      for (const id of open) run.answers(id, 1)
    const { bound } = run.report()
    expect(bound?.votes).toBe(180)
    expect(bound?.least).toBeGreaterThanOrEqual(60)
    expect(bound?.ratio).toBeCloseTo(180 / (bound?.least ?? 1), 1)
  })

  test.each([1, 2, 3])('has a bound, or none, for %i subtasks with many votes too', (count) => {
    const subtasks = Array.from({ length: count }, (_, n) => ({ id: `s${n}` }))
    const run = given(subtasks, { workers: { w: { policy: { vote: { margin: 60 } } } } })
    for (let open = run.slots(); open.length > 0; open = run.slots())
      for (const id of open) run.answers(id, 1)
    const { bound } = run.report()
    expect(bound === null || bound.least >= count).toBe(true)
  })
})
