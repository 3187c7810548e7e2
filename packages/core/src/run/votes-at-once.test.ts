import { describe, expect, it, test } from 'vitest'
import type { PolicyOptions } from '../policy/policy.ts'
import { wakeAt } from './decide.ts'
import type { Scenario } from './fixtures/scenario.ts'
import { given } from './fixtures/scenario.ts'

const flight = (run: Scenario): number[] =>
  run.state.inFlight.keys().map((key) => Math.floor(key / 2 ** 31) + 1)

function voted(vote: PolicyOptions['vote'], more: PolicyOptions = {}) {
  return given([{ id: 'a', policy: { vote, retry: { backoffMs: 0 }, ...more } }])
}
const answer = (value: unknown) => ({ type: 'answer', answer: value }) as const

describe('votes of one subtask', () => {
  it('are in flight together, as many as are certain to be needed, and no more', () => {
    const run = voted({ margin: 3 })
    expect(run.slots()).toEqual(['a', 'a', 'a'])
    run.ends('a', answer(1), 2)
    // One of two agrees already: two more are certain, and they are in flight.
    expect(run.slots()).toEqual([])
    run.ends('a', answer(2), 1)
    // Dissent: the lead is gone, and three are needed again, of which one is in flight.
    expect(run.slots()).toEqual(['a', 'a'])
    for (const attempt of [3, 4]) run.ends('a', answer(1), attempt)
    expect(run.status('a')).toBe('running')
    run.ends('a', answer(1), 5)
    expect(run.report()).toMatchObject({
      status: 'succeeded',
      attempts: { started: 5, succeeded: 4, wrong: 1 },
    })
  })

  it('are distinct samples, whatever order they come in', () => {
    const run = voted({ margin: 3 }).begin()
    expect(
      run.events.filter((event) => event.type === 'attempt-started').map(({ sample }) => sample),
    ).toEqual([1, 2, 3])
  })

  it('come one after another where the policy says 1', () => {
    const run = voted({ margin: 3, atOnce: 1 })
    for (const expected of [1, 2, 3]) {
      expect(run.slots()).toEqual(['a'])
      run.ends('a', answer('x'), expected)
    }
    expect(run.report().status).toBe('succeeded')
  })

  it('may be more than are certain to be needed, and what is left over is cancelled and not wrong', () => {
    const run = voted({ margin: 2, atOnce: 5 }).begin()
    expect(flight(run)).toEqual([1, 2, 3, 4, 5])
    for (const attempt of [1, 2]) run.ends('a', answer(1), attempt)
    expect(run.status('a')).toBe('succeeded')
    // Late answers change nothing, not even those that dissent.
    run.ends('a', answer(2), 3)
    run.ends('a', answer(1), 4)
    run.ends('a', { type: 'cancelled' }, 5)
    expect(run.report()).toMatchObject({
      status: 'succeeded',
      attempts: { started: 5, succeeded: 2, wrong: 0, cancelled: 3 },
    })
    expect(run.state.abreast.size).toBe(0)
  })

  it('are not more than may be needed where dissent ends the vote', () => {
    const policy: PolicyOptions = { vote: { margin: 3 }, escalate: { to: 'strong', dissent: 1 } }
    const run = given([{ id: 'a', policy }], { workers: { strong: {} } })
    expect(run.slots()).toEqual(['a', 'a'])
    run.ends('a', answer('x'), 1)
    expect(run.slots()).toEqual([])
    run.ends('a', answer('x'), 2)
    expect(run.slots()).toEqual(['a'])
    run.ends('a', answer('x'), 3)
    expect(run.report().attempts.started).toBe(3)
  })

  it('never go beyond maxVotes, and without a winner the subtask fails as wrong, with the tally', () => {
    const run = voted({ margin: 3, maxVotes: 4, atOnce: 10 }).begin()
    expect(flight(run)).toHaveLength(4)
    for (const [i, key] of ['x', 'y', 'x', 'z'].entries()) run.ends('a', answer(key), i + 1)
    const [failure] = run.report().failures
    expect(failure).toMatchObject({ kind: 'wrong', code: 'no-majority' })
    expect(failure?.message).toContain('after 4 votes: 2 for one, 1 for the next')
  })

  it('each have retries of their own, because one outage fails all of them at once', () => {
    const run = voted({ margin: 3 }, { retry: { attempts: 2, backoffMs: 0 } }).begin()
    for (const attempt of [1, 2, 3]) run.fails('a', 'transport', {}, attempt)
    expect(run.slots()).toEqual(['a', 'a', 'a'])
    const samples = run.events.filter((event) => event.type === 'attempt-started').map(({ sample }) => sample)
    expect(samples).toEqual([1, 2, 3, 1, 2, 3])
    run.fails('a', 'transport', {}, 4)
    // The first sample failed twice, and that is the limit.
    expect(run.status('a')).toBe('failed')
    for (const attempt of [5, 6]) run.ends('a', answer(1), attempt)
    expect(run.report().attempts).toMatchObject({ started: 6, transport: 4, cancelled: 2 })
  })

  it('wait for their own time where they failed, while others go on', () => {
    const run = voted({ margin: 2 }, { retry: { attempts: 3, backoffMs: 1_000, jitter: 0 } }).begin()
    run.fails('a', 'transport', {}, 1)
    expect(run.status('a')).toBe('waiting')
    run.ends('a', answer('x'), 2)
    expect(run.slots()).toEqual([])
    run.pass(1_000)
    expect(run.slots()).toEqual(['a'])
    run.ends('a', answer('x'), 3)
    expect(run.report()).toMatchObject({ status: 'succeeded', attempts: { started: 3, transport: 1 } })
  })

  it('that wait for their time when their subtask ends hide nothing that waits behind them', () => {
    const waits = (backoffMs: number) => ({ policy: { retry: { attempts: 3, backoffMs, jitter: 0 } } })
    const vote = { policy: { ...waits(200).policy, vote: { margin: 2 } } }
    const run = given([
      { id: 'first', ...waits(100) },
      { id: 'voted', ...vote },
      { id: 'last', ...waits(300) },
    ]).begin()
    run.fails('first', 'transport').fails('last', 'transport').fails('voted', 'transport', {}, 1)
    run.fails('voted', 'transport', { retryable: false }, 2)
    expect(run.status('voted')).toBe('failed')
    run.pass(100)
    expect(run.slots()).toEqual(['first'])
    run.pass(150)
    expect(wakeAt(run.state, run.at)).toBe(run.at + 50)
  })

  it('that are flagged are followed by new samples', () => {
    const run = voted({ margin: 2 }).begin()
    run.fails('a', 'flagged', {}, 1)
    expect(run.slots()).toEqual(['a'])
    expect(run.events.findLast((event) => event.type === 'attempt-started')).toMatchObject({ sample: 3 })
  })

  it('that a slot is missing for wait in the plan, and are not asked for twice', () => {
    const run = voted({ margin: 3 })
    expect(run.slots(1)).toEqual(['a'])
    run.ends('a', answer('x'), 1)
    expect(run.status('a')).toBe('ready')
    expect(run.slots()).toEqual(['a', 'a'])
    for (const attempt of [2, 3]) run.ends('a', answer('x'), attempt)
    expect(run.report().attempts.started).toBe(3)
  })

  it('lost with their host are repeated as the same samples, each once', () => {
    const run = voted({ margin: 3 }).begin()
    run.tell({ type: 'host-lost', at: run.at })
    run.pass(60_000)
    expect(run.slots()).toEqual(['a', 'a', 'a'])
    const samples = run.events.filter((event) => event.type === 'attempt-started').map(({ sample }) => sample)
    expect(samples).toEqual([1, 2, 3, 1, 2, 3])
    for (const attempt of [4, 5, 6]) run.ends('a', answer('x'), attempt)
    expect(run.report().status).toBe('succeeded')
  })

  it('lost with their host end the subtask once, where no retry is left', () => {
    const run = voted({ margin: 3 }, { retry: { attempts: 1 } }).begin()
    run.tell({ type: 'host-lost', at: run.at })
    expect(run.report()).toMatchObject({
      status: 'failed',
      attempts: { started: 3, transport: 1, cancelled: 2 },
    })
  })

  it('under a check make one candidate, and what is left over disturbs nothing', () => {
    const run = given([{ id: 'a', policy: { vote: { margin: 1, atOnce: 3 } } }], {
      checks: [{ id: 'k', covers: ['a'] }],
    })
    run.begin()
    run.ends('a', answer('x'), 2)
    expect(run.status('a')).toBe('candidate')
    expect(run.slots()).toEqual(['k'])
    run.answers('k', 'look again')
    expect(run.slots()).toEqual(['a', 'a', 'a'])
    // Of the vote before: it is over.
    run.ends('a', answer('x'), 1)
    run.ends('a', { type: 'failure', failure: { kind: 'flagged', code: 'x', message: 'X.' } }, 3)
    expect(run.status('a')).toBe('running')
    run.ends('a', answer('y'), 4)
    for (const attempt of [5, 6]) run.ends('a', answer('y'), attempt)
    run.slots()
    run.answers('k', true)
    expect(run.report()).toMatchObject({ status: 'succeeded', attempts: { cancelled: 4 } })
    expect(run.state.answers[run.node('a')]).toBe('y')
  })

  it('stay within a budget of attempts: votes that may not be needed do not end the run', () => {
    const run = given([{ id: 'a', policy: { vote: { margin: 2, atOnce: 9 } } }], {
      options: { budget: { attempts: 2 } },
    })
    expect(run.slots()).toEqual(['a', 'a'])
    for (const attempt of [1, 2]) run.ends('a', answer('x'), attempt)
    expect(run.report().status).toBe('succeeded')
  })

  it('that the budget does not cover though they are needed end it', () => {
    const run = given([{ id: 'a', policy: { vote: { margin: 2 } } }], {
      options: { budget: { attempts: 2 } },
    }).begin()
    for (const [i, key] of ['x', 'y'].entries()) run.ends('a', answer(key), i + 1)
    run.slots()
    expect(run.report().message).toContain('budget of 2 attempts')
  })

  test('a stopping run waits for all of them and counts them as cancelled', () => {
    const run = voted({ margin: 3 }).begin()
    run.ends('a', answer('x'), 1)
    run.tell({ type: 'stop', at: run.at, reason: 'cancelled', message: 'Enough.' })
    expect(run.state.phase).toBe('stopping')
    for (const attempt of [2, 3]) run.ends('a', { type: 'cancelled' }, attempt)
    expect(run.report().attempts).toMatchObject({ started: 3, cancelled: 2 })
  })
})

describe('votes in flight when a stronger worker takes over', () => {
  it('count for the worker that made them, and change nothing', () => {
    const policy: PolicyOptions = { vote: { margin: 3 }, retry: { attempts: 1 }, escalate: { to: 'strong' } }
    const cost = { usd: 1, tokens: 0 }
    const run = given([{ id: 'a', worker: 'weak' }], {
      workers: { weak: { policy, cost }, strong: {} },
    }).begin()
    run.fails('a', 'flagged', {}, 1)
    expect(run.slots()).toEqual(['a'])
    run.ends('a', answer('weak'), 2)
    run.ends('a', answer('strong'), 4)
    run.ends('a', { type: 'cancelled' }, 3)
    expect(run.state.reserved.usd).toBe(0)
    const report = run.report()
    expect(
      report.kinds.map(({ worker, attempts }) => [worker, attempts.started, attempts.cancelled]),
    ).toEqual(
      [
        ['weak', 3, 2],
        ['judge', 0, 0],
        ['strong', 1, 0],
      ].filter(([worker]) => worker !== 'judge'),
    )
    expect(run.state.answers[0]).toBe('strong')
    expect(run.state.spent.usd).toBe(3)
  })

  it('do not take the stronger worker’s attempt with them when their host is lost', () => {
    const policy: PolicyOptions = { vote: { margin: 3 }, retry: { attempts: 1 }, escalate: { to: 'strong' } }
    const run = given([{ id: 'a', worker: 'weak' }], { workers: { weak: { policy }, strong: {} } }).begin()
    run.fails('a', 'flagged', {}, 1)
    expect(run.slots()).toEqual(['a'])
    run.tell({ type: 'host-lost', at: run.at })
    run.pass(60_000)
    expect(run.slots()).toEqual(['a'])
    run.ends('a', answer('strong'), 5)
    expect(run.report()).toMatchObject({
      status: 'succeeded',
      attempts: { started: 5, succeeded: 1, flagged: 1, cancelled: 2, transport: 1 },
    })
  })
})
