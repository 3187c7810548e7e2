import { describe, expect, test } from 'vitest'
import { given } from './fixtures/scenario.ts'

const attempts = (meanMs: number) => ({
  attempts: { started: 10, transport: 0, flagged: 0, meanMs, usd: 0, tokens: 0 },
})
const workers = { quick: {}, slow: {} }
// Three quick subtasks in a row, and one slow one.
const subtasks = [
  { id: 'a', worker: 'quick' },
  { id: 'b', worker: 'quick', needs: ['a'] },
  { id: 'c', worker: 'quick', needs: ['b'] },
  { id: 'long', worker: 'slow' },
]

describe('what starts first', () => {
  test('is what has the most subtasks behind it, where nothing is known of how long they take', () => {
    expect(given(subtasks, { workers }).slots(1)).toEqual(['a'])
  })

  test('is what has the longest time behind it, where a record tells', () => {
    const record = { quick: attempts(10), slow: attempts(31) }
    expect(given(subtasks, { workers, options: { record } }).slots(1)).toEqual(['long'])
    const other = { quick: attempts(10), slow: attempts(29) }
    expect(given(subtasks, { workers, options: { record: other } }).slots(1)).toEqual(['a'])
  })

  test('takes a worker without a record for an average one', () => {
    const record = { slow: attempts(5_000) }
    expect(given(subtasks, { workers, options: { record } }).slots(1)).toEqual(['a'])
  })

  test('is what the plan says first, where that is asked for', () => {
    const options = { order: 'plan' as const, record: { quick: attempts(10), slow: attempts(1_000) } }
    expect(given(subtasks, { workers, options }).slots(1)).toEqual(['a'])
  })

  test('is not upset by times that are far apart, or none', () => {
    const far = { quick: attempts(0), slow: attempts(1e12) }
    expect(given(subtasks, { workers, options: { record: far } }).slots()).toEqual(['long', 'a'])
    const none = { quick: attempts(0), slow: attempts(0) }
    expect(given(subtasks, { workers, options: { record: none } }).slots(1)).toEqual(['a'])
  })
})
