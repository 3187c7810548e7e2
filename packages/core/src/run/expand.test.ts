import { describe, expect, test } from 'vitest'
import { inputOf, runOutput } from './answers.ts'
import { given, planOf } from './fixtures/scenario.ts'

describe('a map', () => {
  const map = [
    { id: 'list' },
    { id: 'each', map: { over: { $from: 'list' } }, input: { item: { $item: [] }, n: { $item: ['n'] } } },
    { id: 'join', input: { $from: 'each' } },
  ]

  test('is one subtask an item, joined in the order of the items', () => {
    const run = given(map)
    run.slots()
    run.answers('list', [{ n: 1 }, { n: 2 }, { n: 3 }])
    expect(run.slots()).toEqual(['each[0]', 'each[1]', 'each[2]'])
    expect(inputOf(run.state, run.node('each[1]')).input).toEqual({ item: { n: 2 }, n: 2 })
    run.answers('each[2]', 'c').answers('each[0]', 'a').answers('each[1]', 'b')
    expect(run.slots()).toEqual(['join'])
    expect(inputOf(run.state, run.node('join')).input).toEqual(['a', 'b', 'c'])
    run.answers('join')
    expect(run.report().subtasks).toMatchObject({ planned: 6, succeeded: 6 })
  })

  test('over an empty list answers an empty list', () => {
    const run = given(map)
    run.slots()
    run.answers('list', [])
    expect(run.slots()).toEqual(['join'])
    expect(inputOf(run.state, run.node('join')).input).toEqual([])
  })

  test.each([
    [{}, 'Subtask "each" maps over an object, and it takes a list.'],
    [null, 'Subtask "each" maps over null, and it takes a list.'],
    ['abc', 'Subtask "each" maps over a string, and it takes a list.'],
  ])('over %j fails and says so', (answer, message) => {
    const run = given(map)
    run.slots()
    run.answers('list', answer).slots()
    expect(run.failure('each')).toBe(message)
    expect(run.report().subtasks).toMatchObject({ succeeded: 1, failed: 1, skipped: 1 })
  })

  test('over a part that is not there fails and says so', () => {
    const run = given([{ id: 'a' }, { id: 'each', map: { over: { $from: 'a', path: ['rows'] } } }])
    run.slots()
    run.answers('a', {}).slots()
    expect(run.failure('each')).toBe(
      'Subtask "each" refers to "a.rows", which is not in that answer. Add an "else" to the reference, or a schema to the worker that gives the answer.',
    )
  })

  test('fails where an item does, after all have ended', () => {
    const run = given(map)
    run.slots()
    run.answers('list', [1, 2]).slots()
    run.fails('each[0]', 'wrong', { retryable: false })
    expect(run.status('each')).toBe('expanded')
    run.answers('each[1]')
    expect(run.status('each')).toBe('failed')
    expect(run.failure('each')).toBe('1 of its 2 subtasks failed; the first is "each[0]": It broke.')
    expect(run.status('join')).toBe('skipped')
  })

  test('goes on with the fallback of an item', () => {
    const run = given([{ id: 'each', map: { over: [1, 2] }, fallback: 0, input: { $item: [] } }])
    run.slots()
    run.fails('each[0]', 'wrong', { retryable: false }).answers('each[1]', 5)
    expect(runOutput(run.state)).toEqual([0, 5])
    expect(run.report().status).toBe('succeeded')
  })

  test('of a map takes the list that the first one gave', () => {
    const run = given([
      { id: 'a', map: { over: [[1, 2], [3]] }, input: { $item: [] } },
      { id: 'b', map: { over: { $from: 'a' } }, input: { $item: [0] } },
    ])
    expect(run.slots()).toEqual(['a[0]', 'a[1]'])
    run.answers('a[0]', [10]).answers('a[1]', [20])
    expect(run.slots()).toEqual(['b[0]', 'b[1]'])
    expect(inputOf(run.state, run.node('b[1]')).input).toBe(20)
  })

  test('whose items return maps is nested', () => {
    const run = given([{ id: 'a', map: { over: [1, 2] } }])
    run.slots()
    run
      .returns('a[0]', planOf([{ id: 'in', map: { over: ['x', 'y'] }, input: { $item: [] } }]))
      .answers('a[1]')
    expect(run.slots()).toEqual(['a[0]/in[0]', 'a[0]/in[1]'])
    run.answers('a[0]/in[0]', 'x').answers('a[0]/in[1]', 'y')
    expect(runOutput(run.state)).toEqual([['x', 'y'], 'a[1]!'])
    expect(run.report().status).toBe('succeeded')
  })
})

describe('a worker that returns a plan', () => {
  test('has it done in its stead, and answers what that plan answers', () => {
    const run = given([{ id: 'a' }, { id: 'b', input: { $from: 'a' } }])
    run.slots()
    run.returns(
      'a',
      planOf([{ id: 'x' }, { id: 'y', input: { $from: 'x' } }], { output: { y: { $from: 'y' } } }),
    )
    expect(run.slots()).toEqual(['a/x'])
    run.answers('a/x')
    expect(run.slots()).toEqual(['a/y'])
    run.answers('a/y', 9)
    expect(run.slots()).toEqual(['b'])
    expect(inputOf(run.state, run.node('b')).input).toEqual({ y: 9 })
    run.answers('b')
    expect(run.report().subtasks.planned).toBe(4)
  })

  test('succeeds where a part of the plan was skipped for its condition, as a whole run does', () => {
    const run = given([{ id: 'a' }])
    run.slots()
    run.returns('a', planOf([{ id: 'x', when: { value: 0 } }, { id: 'y', needs: ['x'] }, { id: 'z' }]))
    run.slots()
    run.answers('a/z')
    expect(run.status('a')).toBe('succeeded')
    expect(run.report().status).toBe('succeeded')
  })

  test('fails where a part of the plan does', () => {
    const run = given([{ id: 'a' }])
    run.slots()
    run.returns('a', planOf([{ id: 'x' }, { id: 'y', needs: ['x'] }])).slots()
    run.fails('a/x', 'transport', { retryable: false })
    expect(run.failure('a')).toBe('1 of its 2 subtasks failed; the first is "a/x": It broke.')
    run.report()
  })

  test('is asked again where the plan has faults, and told all of them', () => {
    const run = given([{ id: 'a' }])
    run.slots()
    run.returns(
      'a',
      planOf([
        { id: 'x', needs: ['y'] },
        { id: 'z', worker: 'nobody' },
      ]),
    )
    expect(run.failure('a')).toBe(
      'Subtask "a" returned a plan with faults: Subtask "x" needs "y", which is not in the plan. Did you mean "x"? Subtask "z" needs worker "nobody", which is not known. Known: "w", "judge".',
    )
    expect(run.slots()).toEqual(['a'])
  })

  test('may not go deeper than the limit', () => {
    const run = given([{ id: 'a' }], { options: { maxDepth: 2 } })
    run.slots()
    run.returns('a', planOf([{ id: 'b' }])).slots()
    run.returns('a/b', planOf([{ id: 'c' }])).slots()
    run.returns('a/b/c', planOf([{ id: 'd' }]))
    expect(run.failure('a/b/c')).toBe(
      'Subtask "a/b/c" adds subtasks at depth 2, and that is the limit. Raise "maxDepth".',
    )
    expect(run.report().message).toBe('3 of 3 subtasks failed.')
  })

  test('may not grow the plan over the limit', () => {
    const run = given([{ id: 'a' }, { id: 'm', map: { over: [1, 2, 3] } }], { options: { maxSubtasks: 4 } })
    run.slots()
    expect(run.failure('m')).toBe(
      'Subtask "m" adds 3 subtasks to 2, and the limit is 4. Raise "maxSubtasks".',
    )
    run.returns('a', planOf([{ id: 'x' }, { id: 'y' }])).slots()
    expect(run.status('a/x')).toBe('running')
  })

  test('cannot be a check, nor stand under one', () => {
    const run = given([{ id: 'a' }, { id: 'b' }], { checks: [{ id: 'k', covers: ['b'] }] })
    run.slots()
    run.returns('b', planOf([{ id: 'x' }]))
    expect(run.failure('b')).toBe(
      '"b" returned subtasks, which neither a check nor a subtask under one can do.',
    )
    run.answers('a')
    run.report()
  })
})
