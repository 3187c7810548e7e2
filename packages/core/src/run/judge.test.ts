import { describe, expect, test } from 'vitest'
import { inputOf } from './answers.ts'
import { given } from './fixtures/scenario.ts'

const row = [{ id: 'a' }, { id: 'b' }, { id: 'sum', input: [{ $from: 'a' }, { $from: 'b' }] }]
const checks = [{ id: 'k', covers: ['a', 'b'] }]
const answered = (policy: object = {}) => {
  const run = given(row, { checks: [{ ...checks[0], policy }] })
  run.slots()
  run.answers('a', 1).answers('b', 2).slots()
  run.log()
  return run
}

describe('a check', () => {
  test('sees the answers of what it covers, which nobody else does before it accepts', () => {
    const run = given(row, { checks })
    expect(run.slots()).toEqual(['a', 'b'])
    run.answers('a', 1)
    expect([run.status('a'), run.slots()]).toEqual(['candidate', []])
    run.answers('b', 2)
    expect(run.slots()).toEqual(['k'])
    expect(inputOf(run.state, run.node('k')).input).toEqual([1, 2])
    expect(run.status('sum')).toBe('blocked')
  })

  test('accepts all at once', () => {
    const run = answered()
    run.answers('k', true)
    expect(run.log()).toEqual([
      'attempt-succeeded k#1',
      'check-accepted k#1',
      'subtask-succeeded a',
      'subtask-succeeded b',
    ])
    expect(run.slots()).toEqual(['sum'])
    run.answers('sum')
    expect(run.report().checks).toMatchObject({ planned: 1, accepted: 1, failed: 0, rejections: 0 })
  })

  test.each([false, 'no good', { accept: false }])('rejects with %j: all are asked again', (verdict) => {
    const run = answered()
    run.answers('k', verdict)
    expect(run.log()).toEqual(['attempt-succeeded k#1', 'check-rejected k#1 a,b'])
    expect(run.slots()).toEqual(['a', 'b'])
    run.answers('a', 1).answers('b', 3)
    expect(run.slots()).toEqual(['k'])
    run.answers('k', true).slots()
    run.answers('sum')
    expect(run.report().attempts).toMatchObject({ started: 7, succeeded: 5, wrong: 2 })
  })

  test('asks only its suspects again', () => {
    const run = answered()
    run.answers('k', { accept: false, reason: 'b is odd', suspects: ['b'] })
    expect(run.log()).toContain('check-rejected k#1 b')
    expect(run.slots()).toEqual(['b'])
    expect(run.status('a')).toBe('candidate')
    run.answers('b', 4)
    expect(run.slots()).toEqual(['k'])
    expect(inputOf(run.state, run.node('k')).input).toEqual([1, 4])
  })

  test('fails all that it covers where it has rejected as often as it may', () => {
    const run = answered({ retry: { wrong: 2 } })
    run.answers('k', { accept: false, reason: 'off by one', suspects: ['b'] }).slots()
    run.answers('b', 4).slots()
    run.answers('k', { accept: false, reason: 'off by two', suspects: ['b'] })
    expect(run.status('k')).toBe('failed')
    expect(run.failure('a')).toBe('Check "k" rejected it 2 times: off by two')
    expect(run.status('sum')).toBe('skipped')
    const report = run.report()
    expect(report.checks).toMatchObject({ failed: 1, rejections: 2 })
    expect(report.attempts).toMatchObject({ started: 5, succeeded: 2, wrong: 3 })
  })

  test('is asked again where its verdict cannot be understood', () => {
    const run = answered()
    run.answers('k', 17)
    expect(run.failure('k')).toBe('Check "k" answered neither true nor { accept, reason, suspects }.')
    expect(run.slots()).toEqual(['k'])
  })

  test('that cannot be made fails what it covers', () => {
    const run = answered({ retry: { attempts: 1 } })
    run.fails('k')
    expect(run.log()).toEqual([
      'attempt-failed k#1 transport',
      'check-failed k',
      'subtask-failed a',
      'subtask-failed b',
      'subtask-skipped sum dependency',
      'run-finished',
    ])
    expect(run.failure('a')).toBe('Check "k" could not be made: It broke.')
    run.report()
  })

  test('fails with a covered subtask that fails for good, and stops what is still at it', () => {
    const run = given(row, { checks })
    run.slots()
    run.fails('a', 'transport', { retryable: false })
    expect(run.failure('k')).toBe('"a" has no answer to check.')
    expect(run.status('b')).toBe('failed')
    run.answers('b', 2)
    expect(run.log().slice(-2)).toEqual(['attempt-cancelled b#1', 'run-finished'])
    expect(run.report().attempts).toMatchObject({ started: 2, transport: 1, cancelled: 1 })
  })

  test('goes on with the fallback of a subtask that it covers', () => {
    const run = given([{ id: 'a', fallback: 0 }, ...row.slice(1)], { checks })
    run.slots()
    run.fails('a', 'transport', { retryable: false }).answers('b', 2)
    expect(run.slots()).toEqual(['k'])
    expect(inputOf(run.state, run.node('k')).input).toEqual([0, 2])
    run.answers('k', true).slots()
    run.answers('sum')
    expect(run.report().subtasks).toMatchObject({ succeeded: 3, fallbacks: 1 })
  })

  test('has its covered subtasks go on with their fallbacks where it rejects for good', () => {
    const run = given(
      row.map((subtask) => ({ ...subtask, fallback: 0 })),
      { checks: [{ id: 'k', covers: ['a', 'b'], policy: { retry: { wrong: 1 } } }] },
    )
    run.slots()
    run.answers('a', 1).answers('b', 2).slots()
    run.answers('k', false)
    expect(run.slots()).toEqual(['sum'])
    expect(inputOf(run.state, run.node('sum')).input).toEqual([0, 0])
    run.answers('sum')
    expect(run.report().subtasks.fallbacks).toBe(2)
  })

  test('does without a covered subtask that was skipped for its condition', () => {
    const run = given([{ id: 'a', when: { value: false } }, { id: 'b' }], { checks })
    expect(run.slots()).toEqual(['b'])
    run.answers('b', 2)
    expect(run.slots()).toEqual(['k'])
    expect(inputOf(run.state, run.node('k')).input).toEqual([null, 2])
    run.answers('k', true)
    expect(run.report().status).toBe('succeeded')
  })
})
