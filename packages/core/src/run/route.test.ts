import { describe, expect, it, test } from 'vitest'
import { isLike } from '../policy/choose-rung.ts'
import type { PolicyOptions } from '../policy/policy.ts'
import { given, planOf } from './fixtures/scenario.ts'
import type { RunOptions } from './options.ts'

const ladder = (route: PolicyOptions['route'], more: PolicyOptions = {}) => ({
  small: { policy: { escalate: { to: 'middle', cost: 3, rate: 0.9 }, route, ...more } as PolicyOptions },
  middle: { policy: { escalate: { to: 'large', cost: 4, rate: 0.99 } } },
  large: {},
})
/** Which worker makes the first attempt of each subtask. */
function starts(
  subtasks: Parameters<typeof given>[0],
  route: PolicyOptions['route'],
  options: RunOptions = {},
  more: PolicyOptions = {},
) {
  const run = given(
    subtasks.map((subtask) => ({ worker: 'small', ...subtask })),
    { workers: ladder(route, more), options },
  ).begin()
  return subtasks.map(({ id }) => {
    const worker = run.state.graph.worker[run.node(id as string)] as number
    return run.state.graph.workers[worker]
  })
}

describe('where a subtask starts', () => {
  it('is told by the size of its input, the first rule that holds', () => {
    const sizes = [5, 500, 5_000].map((n, i) => ({ id: `s${i}`, input: 'x'.repeat(n) }))
    const rules = [
      { to: 'large', inputOverChars: 1_000 },
      { to: 'middle', inputOverChars: 100 },
    ]
    expect(starts(sizes, rules)).toEqual(['small', 'middle', 'large'])
    expect(starts(sizes, [{ to: 'middle', inputUnderChars: 100 }, { to: 'large' }])).toEqual([
      'middle',
      'large',
      'large',
    ])
  })

  it('is told by its id', () => {
    const ids = ['chapter-1', 'chapter-2', 'index'].map((id) => ({ id }))
    expect(starts(ids, [{ to: 'large', id: 'chapter-*' }])).toEqual(['large', 'large', 'small'])
  })

  it('is told by what the record says of its own worker, and not where that says nothing', () => {
    const rules = [{ to: 'middle', rateUnder: 0.8 }]
    const one = [{ id: 'a' }]
    expect(starts(one, rules)).toEqual(['small'])
    expect(starts(one, rules, { record: { small: { right: 7, of: 10 } } })).toEqual(['middle'])
    expect(starts(one, rules, { record: { small: { right: 9, of: 10 } } })).toEqual(['small'])
    const votes = [{ leader: 3, runnerUp: 2, subtasks: 10 }]
    expect(starts(one, rules, { record: { small: { votes } } })).toEqual(['middle'])
  })

  it('is the rung that tells most for its cost, where the record decides', () => {
    const one = [{ id: 'a' }]
    const record = (right: number) => ({ record: { small: { right, of: 100 } } })
    // One answer is enough: .2 a cost of 1, .9 a cost of 3, .99 a cost of 12.
    expect(starts(one, 'record', record(20))).toEqual(['middle'])
    expect(starts(one, 'record', record(40))).toEqual(['small'])
    expect(starts(one, 'record')).toEqual(['small'])
    // Voted on, a worker that is right in 55 % tells next to nothing.
    expect(starts(one, 'record', record(55))).toEqual(['small'])
    expect(starts(one, 'record', record(55), { vote: { margin: 2 } })).toEqual(['middle'])
  })

  it('is decided for each item of a map, and for what a worker returned', () => {
    const run = given(
      [{ id: 'm', worker: 'small', map: { over: ['x', 'x'.repeat(50)] }, input: { $item: [] } }],
      {
        workers: ladder([{ to: 'large', inputOverChars: 20 }]),
      },
    ).begin()
    const of = (id: string) => run.state.graph.workers[run.state.graph.worker[run.node(id)] as number]
    expect([of('m[0]'), of('m[1]')]).toEqual(['small', 'large'])
    const grown = given([{ id: 'a' }], { workers: ladder([{ to: 'large', id: 'a/*' }]) }).begin()
    grown.returns('a', planOf([{ id: 'b', worker: 'small' }])).begin()
    expect(grown.state.graph.workers[grown.state.graph.worker[grown.node('a/b')] as number]).toBe('large')
  })
})

describe('a subtask that was routed', () => {
  it("counts as the stronger worker's own, from the first attempt on, and replays the same", () => {
    const run = given([{ id: 'a', worker: 'small' }], { workers: ladder([{ to: 'large' }]) }).begin()
    expect(run.log()).toEqual(['subtask-routed a', 'attempt-started a#1'])
    run.answers('a', 'x')
    const report = run.report()
    const large = report.kinds.find(({ worker }) => worker === 'large')
    expect(large).toMatchObject({ firstAttempt: { rate: 1, n: 1 }, attempts: { started: 1 } })
    expect(report.kinds.find(({ worker }) => worker === 'small')?.attempts.started).toBe(0)
  })

  it('goes on up the ladder from there', () => {
    const run = given([{ id: 'a', worker: 'small' }], {
      workers: ladder([{ to: 'middle' }], { retry: { attempts: 1 } }),
    }).begin()
    for (let i = 0; i < 3; i++) run.fails('a', 'flagged').begin()
    expect(run.log().filter((line) => line.startsWith('subtask-'))).toEqual([
      'subtask-routed a',
      'subtask-escalated a',
    ])
    run.answers('a', 'x')
    expect(run.report().status).toBe('succeeded')
  })

  it('shares the error that the target allows with those that are voted on', () => {
    const workers = ladder([{ to: 'large', id: 'r*' }], { vote: { margin: 'auto' } })
    const run = given(
      [
        { id: 'r', worker: 'small' },
        { id: 'v', worker: 'small' },
      ],
      { workers },
    ).begin()
    run.answers('r', 'x')
    while (run.state.phase === 'running') {
      run.slots()
      run.answers('v', 'y')
    }
    const report = run.report()
    expect(report.status).toBe('succeeded')
    expect(report.success.predicted).toBeLessThan(1)
  })

  it('fails where its worker says what is no rung, or cannot say', () => {
    for (const [said, message] of [
      [
        'larg',
        'says "larg", which is no rung of its ladder ("small" → "middle" → "large"). Did you mean "large"?',
      ],
      [{ problem: 'threw: no idea' }, '"route" of "small" threw: no idea'],
    ] as const) {
      const run = given([{ id: 'a', worker: 'small' }], {
        workers: { ...ladder(undefined), small: { routes: true } },
      })
      const policy = ladder(undefined)
      const asked = given([{ id: 'a', worker: 'small' }], {
        workers: { ...policy, small: { ...policy.small, routes: true } },
        options: { policy: { onFailure: 'skip' } },
      })
      asked.tell({ type: 'next', at: asked.at, route: () => said })
      expect(run.state.phase).toBe('running')
      // A stronger worker may still do it: what is refused goes up as any failure does.
      expect(asked.failure('a')).toContain(message)
    }
  })
})

test('stars in a pattern stand for any text', () => {
  for (const [text, pattern, expected] of [
    ['abc', 'abc', true],
    ['abc', 'ab', false],
    ['abc', '*', true],
    ['abc', 'a*c', true],
    ['abab', 'ab*ab', true],
    ['ab', 'ab*ab', false],
    ['a.b[3]', '*[3]', true],
    ['aXbXc', 'a*b*c', true],
    ['aXc', 'a*b*c', false],
    ['', '*', true],
  ] as const)
    expect([text, pattern, isLike(text, pattern)]).toEqual([text, pattern, expected])
  // In time that does not explode.
  expect(isLike('a'.repeat(100_000), `${'*a'.repeat(100)}b`)).toBe(false)
})
