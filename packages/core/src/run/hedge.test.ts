import { describe, expect, it, test } from 'vitest'
import type { PolicyOptions } from '../policy/policy.ts'
import { recordOf } from '../report/record.ts'
import { given, type Scenario } from './fixtures/scenario.ts'
import { nextLateAt } from './hedge.ts'

const ms = (run: Scenario) => nextLateAt(run.state, run.at) - run.at
const answer = (value: unknown) => ({ type: 'answer', answer: value }) as const
const failed = (kind: 'transport' | 'flagged' | 'wrong' = 'transport') =>
  ({ type: 'failure', failure: { kind, code: 'x', message: 'X.' } }) as const
const one = (hedge: PolicyOptions['hedge'], more: PolicyOptions = {}) =>
  given([{ id: 'a', policy: { hedge, retry: { backoffMs: 0 }, ...more } }]).begin()
const starts = (run: Scenario) => run.events.filter((event) => event.type === 'attempt-started')

describe('a late duplicate', () => {
  it('starts once an attempt takes longer than it is given, at the same sample, and is the last', () => {
    const run = one({ afterMs: 100 })
    expect(ms(run)).toBe(100)
    expect(run.pass(99).slots()).toEqual([])
    expect(run.pass(1).slots()).toEqual(['a'])
    expect(starts(run)).toMatchObject([
      { attempt: 1, sample: 1 },
      { attempt: 2, sample: 1, hedge: true },
    ])
    expect(run.pass(1_000).slots()).toEqual([])
    expect(ms(run)).toBe(Number.POSITIVE_INFINITY)
  })

  it("may win: its answer is the subtask's, and what it was faster than is cancelled", () => {
    const run = one({ afterMs: 100 }).pass(100).begin()
    run.ends('a', answer('late'), 2)
    expect(run.status('a')).toBe('succeeded')
    run.ends('a', answer('too late'), 1)
    expect(run.state.answers[0]).toBe('late')
    const report = run.report()
    expect(report.attempts).toMatchObject({ started: 2, succeeded: 1, cancelled: 1, hedged: 1 })
    expect(report.kinds[0]).toMatchObject({ attempts: { hedged: 1 }, firstAttempt: { rate: 1, n: 1 } })
  })

  it('that was the last wrong answer allowed leaves no retry when what it is one of fails too', () => {
    const run = one({ afterMs: 100 }, { retry: { attempts: 3, wrong: 1, backoffMs: 0 } })
      .pass(100)
      .begin()
    run.ends('a', failed('wrong'), 2)
    expect(run.status('a')).toBe('running')
    run.ends('a', failed('transport'), 1)
    expect(run.status('a')).toBe('failed')
    expect(run.report()).toMatchObject({ attempts: { started: 2 }, failures: [{ kind: 'wrong' }] })
  })

  it('may lose, and is cancelled', () => {
    const run = one({ afterMs: 100 }).pass(100).begin()
    run.ends('a', answer('first'), 1)
    run.ends('a', { type: 'cancelled' }, 2)
    expect(run.report()).toMatchObject({
      status: 'succeeded',
      attempts: { started: 2, succeeded: 1, cancelled: 1 },
    })
    expect(run.state.answers[0]).toBe('first')
  })

  test.each(['transport', 'flagged', 'wrong'] as const)(
    'goes on where the other fails (%s): the first good answer counts',
    (kind) => {
      const run = one({ afterMs: 100 }, { retry: { attempts: 1 } })
        .pass(100)
        .begin()
      run.ends('a', failed(kind), 1)
      expect(run.status('a')).toBe('running')
      expect(run.slots()).toEqual([])
      run.ends('a', answer('good'), 2)
      expect(run.report()).toMatchObject({ status: 'succeeded', attempts: { [kind]: 1, hedged: 1 } })
    },
  )

  it('is retried with the other as one sample, when both have failed', () => {
    const run = one({ afterMs: 100, share: 1 }, { retry: { attempts: 3, backoffMs: 0 } })
      .pass(100)
      .begin()
    run.ends('a', failed(), 2)
    run.ends('a', failed(), 1)
    expect(run.slots()).toEqual(['a'])
    expect(starts(run).at(-1)).toMatchObject({ attempt: 3, sample: 1 })
    // The retry is an attempt like others, and may be late as well.
    expect(ms(run)).toBe(100)
    run.ends('a', failed())
    expect(run.status('a')).toBe('failed')
    expect(run.report().attempts).toMatchObject({ started: 3, transport: 3 })
  })

  it('does not wait where another attempt could not end otherwise', () => {
    const run = one({ afterMs: 100 }).pass(100).begin()
    run.ends('a', { ...failed('flagged'), retryable: false }, 1)
    expect(run.status('a')).toBe('failed')
    run.ends('a', { type: 'cancelled' }, 2)
    expect(run.report().attempts).toMatchObject({ flagged: 1, cancelled: 1 })
  })

  it('is lost with its host as one sample', () => {
    const run = one({ afterMs: 100 }).pass(100).begin()
    run.tell({ type: 'host-lost', at: run.at }).pass(60_000)
    expect(run.slots()).toEqual(['a'])
    expect(starts(run).at(-1)).toMatchObject({ attempt: 3, sample: 1 })
    run.answers('a')
    expect(run.report()).toMatchObject({ status: 'succeeded', attempts: { started: 3, transport: 2 } })
  })

  it('is never made of what must not be done twice', () => {
    const policy = { hedge: { afterMs: 100 } }
    const run = given([{ id: 'a' }], { workers: { w: { policy, effects: 'once' } } }).begin()
    expect(run.pass(1_000).slots()).toEqual([])
    expect(run.state.hedgeable.size).toBe(0)
  })

  it('is no vote of its own', () => {
    const run = one({ afterMs: 100, share: 1 }, { vote: { margin: 2 } })
    run.pass(100).begin()
    expect(starts(run).map(({ sample }) => sample)).toEqual([1, 2, 1, 2])
    run.ends('a', answer('x'), 3)
    expect(run.status('a')).toBe('running')
    // The other attempt at the same sample: it would be the same vote twice.
    run.ends('a', answer('x'), 1)
    expect(run.status('a')).toBe('running')
    run.ends('a', answer('x'), 2)
    expect(run.status('a')).toBe('succeeded')
    run.ends('a', { type: 'cancelled' }, 4)
    expect(run.report().attempts).toMatchObject({ started: 4, succeeded: 2, cancelled: 2, hedged: 2 })
  })

  it('stands back behind what has a higher priority, and before what has a lower one', () => {
    const run = given([
      { id: 'a', priority: 5, policy: { hedge: { afterMs: 100 } } },
      { id: 'high', priority: 9, needs: ['gate'] },
      { id: 'low', priority: 1, needs: ['gate'] },
      { id: 'gate', priority: 10 },
    ])
    run.slots(2)
    run.pass(100).answers('gate')
    expect(run.slots(3)).toEqual(['high', 'a', 'low'])
  })

  it('is not paid for by a budget that is needed, and does not end the run', () => {
    const run = given([{ id: 'a', policy: { hedge: { afterMs: 100 } } }], {
      options: { budget: { attempts: 1 } },
    })
    run.begin().pass(100)
    expect(run.slots()).toEqual([])
    run.answers('a')
    expect(run.report().status).toBe('succeeded')
  })

  it('can be of an attempt that returns subtasks, and is cancelled then', () => {
    const run = one({ afterMs: 100 }).pass(100).begin()
    run.ends('a', { type: 'plan', plan: { kilostep: 1, name: 'p', subtasks: [{ id: 'b', worker: 'w' }] } }, 1)
    run.ends('a', answer('too late'), 2)
    run.begin().answers('a/b', 'part')
    expect(run.report()).toMatchObject({ status: 'succeeded', attempts: { cancelled: 1 } })
    expect(run.state.answers[0]).toBe('part')
  })

  it('may be of a check, which judges once', () => {
    const run = given([{ id: 'a' }], {
      checks: [{ id: 'k', covers: ['a'] }],
      workers: { judge: { policy: { hedge: { afterMs: 100 } } } },
    }).begin()
    run.answers('a').begin()
    run.pass(100)
    expect(run.slots()).toEqual(['k'])
    run.ends('k', answer(true), 2)
    run.ends('k', answer(false), 1)
    expect(run.report()).toMatchObject({ status: 'succeeded', checks: { accepted: 1, rejections: 0 } })
  })
})

describe('what is late', () => {
  const many = (count: number, hedge: PolicyOptions['hedge'], record = {}) =>
    given(
      Array.from({ length: count }, (_, i) => ({ id: `s${i}` })),
      { workers: { w: { policy: { hedge } } }, options: { record } },
    )

  it('is learned from the run: nothing before 20 answers, then what takes longer than 95 in 100', () => {
    const run = many(22, {})
    run.slots(1)
    for (let i = 1; i <= 20; i++) {
      expect(nextLateAt(run.state, run.at)).toBe(Number.POSITIVE_INFINITY)
      expect(run.slots(1)).toEqual([`s${i}`])
      run.pass(10)
      run.answers(`s${i}`)
    }
    // All took 10 ms, which falls into the bucket up to 11.3; the first attempt started 200 ms ago, and is late.
    expect(run.slots()).toEqual(['s0', 's21'])
    expect(starts(run).at(-2)).toMatchObject({ hedge: true, sample: 1 })
    expect(ms(run)).toBe(12)
  })

  it('is known at once from a record', () => {
    const latencies = [
      { upToMs: 100, attempts: 95 },
      { upToMs: 5_000, attempts: 5 },
    ]
    const run = many(1, { quantile: 0.9 }, { w: { latencies } }).begin()
    expect(ms(run)).toBeGreaterThanOrEqual(84)
    expect(ms(run)).toBeLessThanOrEqual(119)
    const few = many(1, {}, { w: { latencies: [{ upToMs: 100, attempts: 19 }] } }).begin()
    expect(ms(few)).toBe(Number.POSITIVE_INFINITY)
  })

  it('counts what a duplicate was faster than, or the quantile would creep down', () => {
    const run = many(1, { afterMs: 1_000 }).begin()
    run.pass(1_000).begin().pass(50)
    run.ends('s0', answer(1), 2)
    run.ends('s0', { type: 'cancelled' }, 1)
    const { latencies } = recordOf(run.state)['w'] ?? {}
    expect(latencies?.map(({ attempts }) => attempts)).toEqual([1, 1])
    expect(latencies?.[1]?.upToMs).toBeGreaterThan(1_000)
  })

  it('is no more than the share of attempts that the policy allows, and one at least', () => {
    const run = many(40, { afterMs: 100, share: 0.1 }).begin()
    run.pass(100)
    expect(run.slots()).toHaveLength(4)
    expect(many(3, { afterMs: 100, share: 0.1 }).begin().pass(100).slots()).toHaveLength(1)
  })

  it('adds up in records over runs', () => {
    const first = many(2, {}).begin()
    for (const id of ['s0', 's1']) first.pass(10).answers(id)
    const record = recordOf(first.state)
    const second = many(2, {}, record).begin()
    for (const id of ['s0', 's1']) second.pass(10).answers(id)
    const total = recordOf(second.state)['w']?.latencies?.reduce((sum, line) => sum + line.attempts, 0)
    expect(total).toBe(4)
  })
})
