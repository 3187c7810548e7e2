import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runReport } from '../report/run-report.ts'
import { given, type Scenario } from './fixtures/scenario.ts'
import { attemptOfFlight, nodeOfFlight } from './state.ts'

const three = [{ id: 'a' }, { id: 'b' }, { id: 'c' }]

describe('a budget', () => {
  test('of attempts is never exceeded, and what it does not cover is cancelled', () => {
    const run = given(three, { options: { budget: { attempts: 2 } } })
    expect(run.slots()).toEqual(['a', 'b'])
    run.answers('a').answers('b')
    const report = run.report()
    expect(report.subtasks).toMatchObject({ succeeded: 2, cancelled: 1 })
    expect(report.message).toBe('The budget of 2 attempts is used up. Raise budget.attempts to go on.')
  })

  test('is reserved before an attempt starts, and waits for what may be given back', () => {
    const run = given(three, {
      workers: { w: { cost: { usd: 1, tokens: 0 } } },
      options: { budget: { usd: 2.5 } },
    })
    expect(run.slots()).toEqual(['a', 'b'])
    run.ends('a', { type: 'answer', answer: 1, spent: { usd: 0.4, tokens: 0 } })
    expect(run.slots()).toEqual(['c'])
    run.answers('b').answers('c')
    const { spend } = run.report()
    expect(spend.usd).toBeCloseTo(2.4)
  })

  test('that does not cover another attempt ends the run once nothing is in flight', () => {
    const run = given(three, {
      workers: { w: { cost: { usd: 0, tokens: 60 } } },
      options: { budget: { tokens: 100 } },
    })
    expect(run.slots()).toEqual(['a'])
    run.answers('a')
    expect(run.slots()).toEqual([])
    expect(run.report().message).toBe(
      'The budget of 100 tokens does not cover another attempt. Raise budget.tokens to go on.',
    )
  })

  test('takes retries into account', () => {
    const run = given([{ id: 'a', policy: { retry: { backoffMs: 0, attempts: 9 } } }], {
      options: { budget: { attempts: 3 } },
    })
    for (let i = 0; i < 3; i++) {
      run.slots()
      run.fails('a')
    }
    expect(run.slots()).toEqual([])
    expect(run.report().attempts.started).toBe(3)
  })
})

test('a paused run starts nothing, and goes on where it was', () => {
  const run = given([...three, { id: 'd', needs: ['a'] }])
  run.slots(1)
  run.tell({ type: 'pause', at: run.at })
  expect(run.slots()).toEqual([])
  run.answers('a')
  expect(run.slots()).toEqual([])
  run
    .tell({ type: 'pause', at: run.at })
    .tell({ type: 'resume', at: run.at })
    .tell({ type: 'resume', at: run.at })
  expect(run.slots()).toEqual(['b', 'c', 'd'])
  expect(run.log().filter((line) => line.startsWith('run-'))).toEqual(['run-paused', 'run-resumed'])
})

const phases: readonly [string, (run: Scenario) => unknown][] = [
  ['before anything has started', () => undefined],
  ['while something is in flight', (run) => run.slots(2)],
  [
    'while something waits for its retry',
    (run) => {
      run.slots(1)
      run.fails('a')
    },
  ],
  [
    'while paused',
    (run) => {
      run.slots(1)
      run.tell({ type: 'pause', at: run.at })
    },
  ],
  [
    'while it stops already',
    (run) => {
      run.slots(1)
      run.tell(stop(run))
    },
  ],
  [
    'while a check is still to come',
    (run) => {
      run.slots()
      run.answers('c')
    },
  ],
]
const stop = (run: Scenario) =>
  ({ type: 'stop', at: run.at, reason: 'cancelled', message: 'Enough.' }) as const

test.each(phases)('a run can be cancelled %s', (_name, reach) => {
  const run = given([...three, { id: 'd', needs: ['a'] }], { checks: [{ id: 'k', covers: ['b', 'c'] }] })
  reach(run)
  run.tell(stop(run))
  for (const event of [...run.events]) {
    if (event.type === 'attempt-started') run.ends(run.id(event.node), { type: 'cancelled' }, event.attempt)
  }
  const report = run.report()
  expect(report).toMatchObject({ status: 'cancelled', message: 'Enough.' })
  expect(report.subtasks.cancelled).toBe(4)
  expect(report.checks.cancelled).toBe(1)
})

test('an answer that comes while the run stops still counts', () => {
  const run = given(three)
  run.slots(2)
  run.tell(stop(run)).answers('a', 1).ends('b', { type: 'cancelled' })
  expect(run.report().subtasks).toMatchObject({ succeeded: 1, cancelled: 2 })
})

describe('news of an attempt that is not in flight', () => {
  const same = (run: Scenario, act: () => void): void => {
    const before = JSON.stringify(runReport(run.state))
    const events = run.events.length
    act()
    expect(run.events.length).toBe(events)
    expect(JSON.stringify(runReport(run.state))).toBe(before)
  }

  test('changes nothing: late, repeated, unknown, or of a run that is over', () => {
    const run = given(three)
    run.slots()
    run.fails('a', 'wrong').slots()
    same(run, () => run.ends('a', { type: 'answer', answer: 1 }, 1))
    run.answers('a')
    same(run, () => run.answers('a', 'another'))
    same(run, () => run.fails('a'))
    same(run, () => run.ends('b', { type: 'answer', answer: 1 }, 7))
    same(run, () =>
      run.tell({ type: 'attempt-ended', at: 1, node: 99, attempt: 1, outcome: { type: 'cancelled' } }),
    )
    same(run, () => run.tell({ type: 'attempt-stopped', at: 1, node: 0, attempt: 1 }))
    run.answers('b').answers('c')
    same(run, () => run.answers('c', 'late').tell(stop(run)))
    run.report()
  })

  test('that it has stopped counts once', () => {
    const run = given(three)
    run.slots()
    const failure = { kind: 'transport', code: 'timeout', message: 'Late.' } as const
    run.ends('a', { type: 'failure', failure, stuck: true, retryable: false })
    const stopped = { type: 'attempt-stopped', at: run.at, node: 0, attempt: 1 } as const
    expect(run.state.stuck.size).toBe(1)
    run.tell(stopped)
    same(run, () => run.tell(stopped))
    expect(run.state.stuck.size).toBe(0)
  })
})

test('whatever happens, every run ends, adds up, and gives the same report when replayed', () => {
  const subtask = fc.record({
    needs: fc.array(fc.nat(20), { maxLength: 3 }),
    soft: fc.boolean(),
    when: fc.boolean(),
    fallback: fc.boolean(),
    map: fc.boolean(),
    votes: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.array(subtask, { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(999), { minLength: 400, maxLength: 400 }),
      fc.integer({ min: 0, max: 500 }),
      (specs, draws, stopAt) => {
        const run = given(
          specs.map((spec, i) => {
            const needs = [...new Set(spec.needs.filter((other) => other < i).map((other) => `s${other}`))]
            const [first] = needs
            return {
              id: `s${i}`,
              ...(spec.soft ? { input: needs.map(($from) => ({ $from, else: 0 })) } : { needs }),
              ...(spec.when && first !== undefined ? { when: { value: { $from: first, else: 0 } } } : {}),
              ...(spec.fallback ? { fallback: 'instead' } : {}),
              ...(spec.map ? { map: { over: [1, 2] } } : {}),
              policy: {
                retry: { attempts: 2, backoffMs: 0 },
                ...(spec.votes ? { vote: { margin: 2, maxVotes: 6 } } : {}),
              },
            }
          }),
          specs.some(({ map }) => map) ? {} : { checks: [{ id: 'k', covers: ['s0'] }] },
        )
        for (let step = 0; run.state.phase !== 'finished' && step < 5_000; step++) {
          const draw = draws[step % draws.length] as number
          if (step === stopAt) run.tell(stop(run))
          if (draw % 3 === 0 || run.state.inFlight.size === 0) run.slots(1 + (draw % 4))
          const flights = [...run.state.inFlight.keys()]
          const key = flights[draw % Math.max(1, flights.length)]
          if (key === undefined) continue
          const id = run.id(nodeOfFlight(key))
          const attempt = attemptOfFlight(key)
          const kind = (['transport', 'flagged', 'wrong'] as const)[draw % 3] as 'wrong'
          if (draw % 5 === 0)
            run.ends(id, { type: 'failure', failure: { kind, code: 'x', message: 'X.' } }, attempt)
          else
            run.ends(
              id,
              { type: 'answer', answer: id === 'k' ? draw % 2 === 0 : draw % 7 < 5 ? 1 : 0 },
              attempt,
            )
        }
        run.report()
      },
    ),
    { numRuns: 300 },
  )
})
