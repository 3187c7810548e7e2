import { describe, expect, it } from 'vitest'
import { AttemptError, failureOf, parseRetryAfter, retryAfterOf } from './failure.ts'

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')

  it('is seconds or a date', () => {
    expect(parseRetryAfter('120', now)).toBe(120_000)
    expect(parseRetryAfter(' 0.5 ', now)).toBe(500)
    expect(parseRetryAfter('Thu, 01 Jan 2026 00:00:30 GMT', now)).toBe(30_000)
    expect(parseRetryAfter('Wed, 31 Dec 2025 00:00:00 GMT', now)).toBe(0)
  })

  it('is nothing where it is neither, or more than a day', () => {
    for (const header of ['', 'soon', '-1', '1e3', '90000', 'Fri, 01 Jan 2027 00:00:00 GMT']) {
      expect(parseRetryAfter(header, now)).toBeUndefined()
    }
  })

  it('is found where HTTP clients leave it', () => {
    expect(retryAfterOf({ headers: new Headers({ 'Retry-After': '2' }) }, now)).toBe(2_000)
    expect(retryAfterOf({ response: { headers: new Headers({ 'retry-after': '3' }) } }, now)).toBe(3_000)
    expect(retryAfterOf({ responseHeaders: { 'retry-after': '4' } }, now)).toBe(4_000)
    expect(retryAfterOf({ headers: { 'retry-after': 5 } }, now)).toBe(5_000)
    expect(retryAfterOf(new AttemptError('busy', { retryAfterMs: 6 }), now)).toBe(6)
    expect(retryAfterOf(undefined, now)).toBeUndefined()
  })
})

describe('what was thrown', () => {
  it.each([
    ['an error', new Error('no'), { code: 'threw', message: 'no' }],
    [
      'an error with a code',
      Object.assign(new Error('no'), { code: 'ECONNRESET' }),
      { code: 'ECONNRESET', message: 'no' },
    ],
    ['a text', 'no', { code: 'threw', message: 'no' }],
    ['nothing', undefined, { code: 'threw', message: 'Threw undefined' }],
    ['null', null, { code: 'threw', message: 'Threw null' }],
    ['an object', { why: 1 }, { code: 'threw', message: 'Threw {"why":1}' }],
    ['an error without words', new TypeError(), { code: 'threw', message: 'TypeError' }],
  ])('%s', (_, thrown, failure) => {
    expect(failureOf(thrown)).toEqual({ kind: 'transport', ...failure })
  })

  it('can be hostile', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('trap')
        },
        ownKeys: () => {
          throw new Error('trap')
        },
      },
    )
    expect(failureOf(hostile)).toEqual({
      kind: 'transport',
      code: 'threw',
      message: 'Threw something that cannot be shown',
    })
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    expect(failureOf(cyclic).message).toBe('Threw something that cannot be shown')
    expect(failureOf('x'.repeat(1_000_000)).message).toHaveLength(2_001)
    expect(failureOf({ code: 'two\nlines', message: 'no' }).code).toBe('threw')
  })

  it('says what kind of failure it is where the worker knows', () => {
    expect(failureOf(new AttemptError('bad', { kind: 'wrong', code: 'sum', retryable: false }))).toEqual({
      kind: 'wrong',
      code: 'sum',
      message: 'bad',
      retryable: false,
    })
  })
})
