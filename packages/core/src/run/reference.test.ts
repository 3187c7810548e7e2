import { describe, expect, test } from 'vitest'
import { inputOf } from './answers.ts'
import { given } from './fixtures/scenario.ts'

describe('a soft reference', () => {
  const subtasks = [
    { id: 'a' },
    { id: 'b', input: { part: { $from: 'a', path: ['x'], else: 'none' }, whole: { $from: 'a', else: [1] } } },
  ]

  test('takes the answer where there is one', () => {
    const run = given(subtasks)
    run.slots()
    run.answers('a', { x: 7 })
    expect(run.slots()).toEqual(['b'])
    expect(inputOf(run.state, run.node('b'))).toEqual({ input: { part: 7, whole: { x: 7 } }, missed: [] })
  })

  test('takes what stands in where the subtask failed', () => {
    const run = given(subtasks)
    run.slots()
    run.fails('a', 'transport', { retryable: false })
    expect(run.slots()).toEqual(['b'])
    expect(inputOf(run.state, run.node('b')).input).toEqual({ part: 'none', whole: [1] })
  })

  test('is hard where the same answer is needed elsewhere', () => {
    const run = given([{ id: 'a' }, { id: 'b', needs: ['a'], input: { $from: 'a', else: 1 } }])
    run.slots()
    run.fails('a', 'transport', { retryable: false })
    expect(run.status('b')).toBe('skipped')
  })
})

test('a part that is not in the answer is told by its path', () => {
  const run = given([{ id: 'a' }, { id: 'b', input: { n: { $from: 'a', path: ['rows', 0, 'n'] } } }])
  run.slots()
  run.answers('a', { rows: [] })
  expect(inputOf(run.state, run.node('b')).missed).toEqual(['a.rows[0].n'])
})

describe('a condition', () => {
  const when = (condition: object): string[] => {
    const run = given([
      { id: 'a' },
      { id: 'b', when: { value: { $from: 'a', path: ['kind'] }, ...condition } },
      { id: 'c', needs: ['b'] },
      { id: 'd', input: { $from: 'b', else: null } },
    ])
    run.slots()
    run.answers('a', { kind: { name: 'x', size: 1 } })
    return run.slots()
  }

  test.each([
    ['that is there and not empty', {}, true],
    ['turned round', { not: true }, false],
    ['that equals, whatever the order of keys', { equals: { size: 1, name: 'x' } }, true],
    ['that does not equal', { equals: { size: 2, name: 'x' } }, false],
    ['of a list', { in: [1, { name: 'x', size: 1 }] }, true],
    ['of a list without it', { in: [1, 2] }, false],
    ['of a list without it, turned round', { in: [1, 2], not: true }, true],
  ])('%s', (_name, condition, met) => {
    expect(when(condition)).toEqual(met ? ['b'] : ['d'])
  })

  test('that is not met skips the subtask and what needs it, and the run succeeds', () => {
    const run = given([{ id: 'a', when: { value: 0 } }, { id: 'b', needs: ['a'] }, { id: 'c' }])
    expect(run.slots()).toEqual(['c'])
    run.answers('c')
    expect(run.log()).toEqual([
      'subtask-skipped a condition',
      'subtask-skipped b dependency',
      'attempt-started c#1',
      'attempt-succeeded c#1',
      'subtask-succeeded c',
      'run-finished',
    ])
    expect(run.report().status).toBe('succeeded')
  })

  test('on what is not there is not met, and is met when turned round', () => {
    const run = given([
      { id: 'a' },
      { id: 'b', when: { value: { $from: 'a', path: ['no'] } } },
      { id: 'c', when: { value: { $from: 'a', path: ['no'] }, not: true } },
    ])
    run.slots()
    run.answers('a', {})
    expect(run.slots()).toEqual(['c'])
  })
})
