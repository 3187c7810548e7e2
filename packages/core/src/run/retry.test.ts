import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { given } from './fixtures/scenario.ts'

const calm = { retry: { backoffMs: 100, factor: 2, jitter: 0, maxBackoffMs: 1_000 } }

describe('a failed attempt', () => {
  test('is followed by another after a wait that doubles up to its limit', () => {
    const run = given([{ id: 'a', policy: { retry: { ...calm.retry, attempts: 6 } } }])
    const waits: number[] = []
    for (let i = 0; i < 5; i++) {
      run.slots()
      run.fails('a')
      const [, due] = run.log().at(-1)?.split('+') ?? []
      waits.push(Number(due))
      run.pass(Number(due))
    }
    expect(waits).toEqual([100, 200, 400, 800, 1_000])
    run.slots()
    run.fails('a')
    expect(run.log()).toEqual([
      'attempt-started a#6',
      'attempt-failed a#6 transport',
      'subtask-failed a',
      'run-finished',
    ])
    expect(run.report().message).toBe('1 of 1 subtasks failed.')
  })

  test('does not start again before its time', () => {
    const run = given([{ id: 'a', policy: calm }])
    run.slots()
    run.fails('a').pass(99)
    expect(run.slots()).toEqual([])
    run.pass(1)
    expect(run.slots()).toEqual(['a'])
  })

  test('waits as long as the other side asks, where that is longer', () => {
    const run = given([{ id: 'a', policy: calm }])
    run.slots()
    run.fails('a', 'transport', { retryAfterMs: 5_000 })
    expect(run.log()).toContain('retry-scheduled a +5000')
    run.pass(5_000).slots()
    run.fails('a', 'transport', { retryAfterMs: 7 })
    expect(run.log()).toContain('retry-scheduled a +200')
  })

  test('draws its jitter from the seed alone', () => {
    const waits = (seed: string): string => {
      const run = given([{ id: 'a' }, { id: 'b' }], { seed })
      run.slots()
      run.fails('a').fails('b')
      return run
        .log()
        .filter((line) => line.startsWith('retry'))
        .join(' ')
    }
    expect(waits('one')).toBe(waits('one'))
    expect(waits('one')).not.toBe(waits('two'))
    const [a, b] = waits('one').match(/\d+$|\d+(?= )/g) ?? []
    expect(a).not.toBe(b)
  })

  test('is not repeated where another could not end otherwise', () => {
    const run = given([{ id: 'a' }])
    run.slots()
    run.fails('a', 'transport', { retryable: false })
    expect(run.status('a')).toBe('failed')
  })

  test('is not repeated where nobody knows how far it got and once is the most', () => {
    const run = given([{ id: 'a' }, { id: 'b' }], { workers: { w: { effects: 'once' } } })
    run.slots()
    run.fails('a', 'transport', { code: 'timeout' }).fails('b', 'transport', { code: 'refused' })
    expect(run.status('a')).toBe('failed')
    expect(run.status('b')).toBe('waiting')
  })

  test('keeps the sample after a transport failure and begins another after every other kind', () => {
    const run = given([{ id: 'a', policy: { retry: { attempts: 9, backoffMs: 0 } } }])
    const samples: number[] = []
    for (const kind of ['transport', 'transport', 'flagged', 'wrong', 'transport'] as const) {
      run.slots()
      run.fails('a', kind)
    }
    run.slots()
    for (const event of run.events) if (event.type === 'attempt-started') samples.push(event.sample)
    expect(samples).toEqual([1, 1, 1, 2, 3, 3])
  })
})

test('each kind of failure has a counter of its own', () => {
  const kinds = ['transport', 'flagged', 'wrong'] as const
  fc.assert(
    fc.property(
      fc.record({
        transport: fc.integer({ min: 1, max: 5 }),
        flagged: fc.integer({ min: 1, max: 5 }),
        wrong: fc.integer({ min: 1, max: 5 }),
      }),
      fc.array(fc.constantFrom(...kinds), { minLength: 15, maxLength: 15 }),
      (limits, failures) => {
        const { transport: attempts, flagged, wrong } = limits
        const run = given([{ id: 'a', policy: { retry: { attempts, flagged, wrong, backoffMs: 0 } } }])
        const left = { ...limits }
        for (const kind of failures) {
          run.slots()
          run.fails('a', kind)
          left[kind]--
          expect(run.status('a')).toBe(left[kind] === 0 ? 'failed' : 'ready')
          if (left[kind] === 0) break
        }
        const { attempts: counted } = run.report()
        for (const kind of kinds) expect(counted[kind]).toBe(limits[kind] - left[kind])
      },
    ),
  )
})

describe('what fails for good', () => {
  const chain = [{ id: 'a' }, { id: 'b', needs: ['a'] }, { id: 'c', needs: ['b'] }, { id: 'd' }]

  test('has all that needs it skipped, and nothing else', () => {
    const run = given(chain)
    run.slots()
    run.fails('a', 'transport', { retryable: false }).answers('d')
    expect(run.log().slice(2)).toEqual([
      'attempt-failed a#1 transport',
      'subtask-failed a',
      'subtask-skipped b dependency',
      'subtask-skipped c dependency',
      'attempt-succeeded d#1',
      'subtask-succeeded d',
      'run-finished',
    ])
    expect(run.report().message).toBe('1 of 4 subtasks failed, 2 skipped.')
  })

  test('stops the run where its policy says so, once what is in flight has ended', () => {
    const run = given(chain, { options: { policy: { onFailure: 'stop' } } })
    run.slots()
    run.fails('a', 'transport', { retryable: false })
    expect(run.state.phase).toBe('stopping')
    run.answers('d')
    expect(run.status('d')).toBe('succeeded')
    expect(run.status('b')).toBe('cancelled')
    const report = run.report()
    expect(report.status).toBe('failed')
    expect(report.message).toBe('Subtask "a" failed: It broke.')
  })

  test('goes on with its fallback where it has one', () => {
    const run = given([
      { id: 'a', fallback: { price: 0 } },
      { id: 'b', input: { from: { $from: 'a', path: ['price'] } } },
    ])
    run.slots()
    run.fails('a', 'transport', { retryable: false })
    expect(run.slots()).toEqual(['b'])
    run.answers('b')
    const report = run.report()
    expect(report.subtasks).toMatchObject({ succeeded: 2, fallbacks: 1 })
    expect(report.failures).toEqual([
      { subtask: 'a', kind: 'transport', code: 'broken', message: 'It broke.', fallback: true },
    ])
  })
})
