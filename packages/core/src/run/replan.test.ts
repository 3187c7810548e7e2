import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inputOf, runOutput } from './answers.ts'
import { given, planOf } from './fixtures/scenario.ts'
import type { ReplanInput } from './replan.ts'

const replan = { worker: 'planner', limit: 2 }
const once = { retry: { attempts: 1 } }
const more = { options: { replan, policy: once }, workers: { planner: {} } }

/** a → b → c → d, and e on its own. */
const chain = () =>
  given(
    [
      { id: 'a' },
      { id: 'b', input: { $from: 'a' }, description: 'the second' },
      { id: 'c', input: { $from: 'b' } },
      { id: 'd', needs: ['c'] },
      { id: 'e' },
    ],
    { ...more, output: { d: { $from: 'd' }, e: { $from: 'e' } } },
  )

const askedFor = (run: ReturnType<typeof chain>, id: string): ReplanInput =>
  inputOf(run.state, run.node(id)).input as ReplanInput

describe('a subtask that failed for good', () => {
  it('is replaced with what needs it, and what is done stays', () => {
    const run = chain().begin().answers('a', 7).begin().fails('b')
    expect(run.log().slice(-4)).toEqual([
      'attempt-started b#1',
      'attempt-failed b#1 transport',
      'replan-requested b',
      'replan-started b',
    ])
    expect(run.slots()).toEqual(['b/replan-1'])
    expect(askedFor(run, 'b/replan-1')).toEqual({
      plan: { name: 'given' },
      failed: [
        {
          id: 'b',
          subtask: { id: 'b', worker: 'w', input: { $from: 'a' }, description: 'the second' },
          failure: { kind: 'transport', code: 'broken', message: 'It broke.' },
        },
      ],
      replaces: [
        { id: 'c', subtask: { id: 'c', worker: 'w', input: { $from: 'b' } } },
        { id: 'd', subtask: { id: 'd', worker: 'w', needs: ['c'] } },
      ],
      done: [{ id: 'a', worker: 'w' }],
      open: [{ id: 'e', worker: 'w' }],
      output: { d: { $from: 'd' }, e: { $from: 'e' } },
      left: 1,
    })
    run.returns(
      'b/replan-1',
      planOf(
        [
          { id: 'x', needs: ['a'], input: [{ $from: 'a' }, { $from: 'a' }] },
          { id: 'y', input: [{ $from: 'x' }, { $from: 'e' }] },
        ],
        { output: { y: { $from: 'y' }, e: { $from: 'e' } } },
      ),
    )
    expect(['b', 'c', 'd'].map((id) => run.status(id))).toEqual(['superseded', 'superseded', 'superseded'])
    expect(run.slots()).toEqual(['x'])
    expect(inputOf(run.state, run.node('x')).input).toEqual([7, 7])
    run.answers('x', 8)
    // What it refers to is still to come.
    expect(run.slots()).toEqual([])
    run.answers('e', 9)
    expect(run.slots()).toEqual(['y'])
    run.answers('y', 10)
    expect(runOutput(run.state)).toEqual({ y: 10, e: 9 })
    const report = run.report()
    expect(report.status).toBe('succeeded')
    expect(report.subtasks).toEqual({
      planned: 8,
      succeeded: 5,
      failed: 0,
      skipped: 0,
      cancelled: 0,
      fallbacks: 0,
      superseded: 3,
    })
  })

  it('has its plan checked like any other, and the planner is told why it will not do', () => {
    const run = given([{ id: 'a' }, { id: 'b', needs: ['a'] }], {
      options: { replan, policy: { retry: { attempts: 1, flagged: 2, backoffMs: 0 } } },
      workers: { planner: {} },
      output: { $from: 'b' },
    })
    run.begin().fails('a').begin()
    run.returns(
      'a/replan-1',
      planOf([
        { id: 'b', worker: 'nobody', needs: ['a', 'nowhere'] },
        { id: 'y', needs: ['z'] },
        { id: 'z', needs: ['y'] },
      ]),
    )
    expect(run.failure('a/replan-1')).toMatch(
      /"b" is used in the plan already.*"output" anew.*"a", which is not in the plan.*"nowhere".*cycle.*"nobody"/s,
    )
    run.begin().returns('a/replan-1', 'nonsense')
    expect(run.report().status).toBe('failed')
    expect(run.status('a')).toBe('failed')
    expect(run.status('b')).toBe('skipped')
  })

  it('fails where the planner declines or fails, with what it failed of', () => {
    for (const way of ['declines', 'fails'] as const) {
      const run = chain().begin().answers('a').answers('e').begin().fails('b').begin()
      if (way === 'declines') run.answers('b/replan-1', { why: 'There is no other way.' })
      else run.fails('b/replan-1')
      expect(['b', 'c', 'd'].map((id) => run.status(id))).toEqual(['failed', 'skipped', 'skipped'])
      expect(run.failure('b')).toBe('It broke.')
      expect(run.report().status).toBe('failed')
    }
  })

  it('is replaced a limited number of times', () => {
    const run = chain().begin().answers('a').answers('e').begin().fails('b').begin()
    run.returns('b/replan-1', planOf([{ id: 'x', needs: ['a'] }], { output: { $from: 'x' } }))
    run.begin().fails('x').begin()
    expect(askedFor(run, 'x/replan-2').left).toBe(0)
    run.returns('x/replan-2', planOf([{ id: 'y', needs: ['a'] }], { output: { $from: 'y' } }))
    run.begin().fails('y')
    expect(run.status('y')).toBe('failed')
    expect(run.report().subtasks).toMatchObject({ planned: 9, succeeded: 4, failed: 1, superseded: 4 })
  })

  it('is replaced together with others that fail while the planner is asked', () => {
    const run = given([{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd', needs: ['a', 'b', 'c'] }], more)
    run.begin().fails('a').fails('b').begin().fails('c')
    expect(run.status('c')).toBe('blocked')
    run.returns('a/replan-1', planOf([{ id: 'a2' }]))
    // d went with a; b and c are another question.
    run.begin()
    expect(askedFor(run, 'b/replan-2').failed.map(({ id }) => id)).toEqual(['b', 'c'])
    run
      .returns('b/replan-2', planOf([{ id: 'd2', needs: ['a2'] }]))
      .begin()
      .answers('a2')
      .begin()
      .answers('d2')
    expect(run.report().subtasks).toMatchObject({ planned: 8, succeeded: 4, superseded: 4 })
  })

  it('is replaced with what a check judges together with it', () => {
    const run = given([{ id: 'a' }, { id: 'b' }, { id: 'c', needs: ['b'] }], {
      ...more,
      checks: [{ id: 'k', covers: ['a', 'b'] }],
    })
    run.begin().answers('b').fails('a').begin()
    run.returns(
      'a/replan-1',
      planOf([{ id: 'a2' }, { id: 'b2' }, { id: 'c2', needs: ['b2'] }], {
        checks: [{ id: 'k2', worker: 'judge', covers: ['a2', 'b2'] }],
      }),
    )
    run.begin().answers('a2').answers('b2').begin().answers('k2', true).begin().answers('c2')
    expect(run.report()).toMatchObject({
      status: 'succeeded',
      subtasks: { planned: 7, succeeded: 4, superseded: 3 },
      checks: { planned: 2, accepted: 1, superseded: 1 },
    })
  })

  it('is replaced where a check rejected it for good', () => {
    const run = given([{ id: 'a' }, { id: 'b' }], { ...more, checks: [{ id: 'k', covers: ['a', 'b'] }] })
    run.begin().answers('a').answers('b').begin().answers('k', { accept: false, reason: 'no' }).begin()
    expect(askedFor(run, 'a/replan-1').failed.map(({ id, failure }) => [id, failure.kind])).toEqual([
      ['a', 'wrong'],
      ['b', 'wrong'],
    ])
    run
      .returns('a/replan-1', planOf([{ id: 'c' }]))
      .begin()
      .answers('c', 1)
    expect(runOutput(run.state)).toBe(1)
    expect(run.report()).toMatchObject({ status: 'succeeded', checks: { planned: 1, failed: 1 } })
  })

  it('is an item of a map: what the new plan answers takes its place in the list, and the others stay', () => {
    const run = given(
      [
        { id: 'm', map: { over: ['x', 'y'] }, input: { $item: [] } },
        { id: 'n', input: { $from: 'm' } },
      ],
      more,
    )
    run.begin().answers('m[0]', 'one').fails('m[1]').begin()
    expect(askedFor(run, 'm[1]/replan-1')).toEqual({
      plan: { name: 'given' },
      failed: [
        {
          id: 'm[1]',
          subtask: { id: 'm', worker: 'w', input: { $item: [] } },
          input: 'y',
          failure: { kind: 'transport', code: 'broken', message: 'It broke.' },
        },
      ],
      within: true,
      replaces: [],
      done: [],
      open: [],
      left: 1,
    })
    run.returns('m[1]/replan-1', planOf([{ id: 'a' }, { id: 'b', input: { $from: 'a' } }]))
    run.begin().answers('m[1]/a').begin().answers('m[1]/b', 'two').begin()
    expect(inputOf(run.state, run.node('n')).input).toEqual(['one', 'two'])
    run.answers('n')
    const report = run.report()
    expect(report.status).toBe('succeeded')
    expect(report.subtasks).toMatchObject({ planned: 7, succeeded: 7 })
    expect(report.subtasks.superseded).toBeUndefined()
    // Of the worker of the item one of five first attempts failed, and no other made up for it.
    expect(report.kinds[0]?.firstAttempt).toMatchObject({ n: 5, rate: 0.8 })
    expect(report.kinds[0]?.afterRecovery).toMatchObject({ n: 5, rate: 0.8 })
  })

  it('is a part of what another returned: it is replaced alone, and otherwise fails with the whole, which is replaced', () => {
    const run = given([{ id: 'a' }, { id: 'z', needs: ['a'] }], more)
    run.begin().returns('a', planOf([{ id: 'p' }, { id: 'q' }]))
    run.begin().answers('a/p').fails('a/q').begin()
    run.answers('a/q/replan-1', 'no')
    // The part has failed, and so has what it is a part of.
    expect(run.status('a/q')).toBe('failed')
    run.begin()
    expect(askedFor(run, 'a/replan-2').failed[0]?.failure.code).toBe('part-failed')
    run.returns(
      'a/replan-2',
      planOf([
        { id: 'b', input: { $from: 'a/p' } },
        { id: 'y', needs: ['b'] },
      ]),
    )
    run.begin()
    expect(inputOf(run.state, run.node('b')).input).toBe('a/p!')
    run.answers('b').begin().answers('y')
    expect(run.report()).toMatchObject({
      status: 'succeeded',
      subtasks: { planned: 8, succeeded: 5, failed: 0, superseded: 3 },
    })
  })

  it('cannot be replaced alone by ids that are there, nor by references to the outside', () => {
    const run = given([{ id: 'a' }, { id: 'o' }], more)
    run.begin().returns('a', planOf([{ id: 'p' }, { id: 'q' }]))
    run.begin().answers('o').answers('a/p').fails('a/q').begin()
    run.returns('a/q/replan-1', planOf([{ id: 'replan-1' }, { id: 'x', needs: ['o'] }]))
    expect(run.failure('a/q/replan-1')).toMatch(/needs "o", which is not in the plan.*|"replan-1" is used/s)
  })

  it('may be a map whose list is none', () => {
    const run = given([{ id: 'a' }, { id: 'm', map: { over: { $from: 'a' } } }], more)
    run.begin().answers('a', 7).begin()
    expect(askedFor(run, 'm/replan-1').failed[0]?.failure.code).toBe('map-not-a-list')
    run
      .returns('m/replan-1', planOf([{ id: 'b', needs: ['a'] }]))
      .begin()
      .answers('b')
    expect(run.report().status).toBe('succeeded')
  })

  it('fails at once where the run stops, and where somebody has refused it', () => {
    const stopping = chain().begin().answers('a').begin().fails('b')
    stopping.tell({ type: 'stop', at: stopping.at, reason: 'cancelled', message: 'Stopped.' }).fails('e')
    expect(['b', 'c', 'e'].map((id) => stopping.status(id))).toEqual(['failed', 'cancelled', 'cancelled'])
    expect(stopping.report().subtasks).toMatchObject({ planned: 6, failed: 1 })

    const unsure = given([{ id: 'a' }], { ...more, workers: { planner: {}, w: { effects: 'once' } } })
    unsure.begin().tell({ type: 'host-lost', at: unsure.at })
    expect(unsure.status('a')).toBe('blocked')
    const decision = { type: 'reject', reason: 'It was not done.' } as const
    unsure.tell({ type: 'decision', at: unsure.at, node: unsure.node('a'), decision })
    expect(unsure.status('a')).toBe('failed')
  })

  it('is asked about again when the host of the planner is lost', () => {
    const run = given([{ id: 'a' }], {
      options: { replan, policy: { retry: { attempts: 2, backoffMs: 0 } } },
      workers: { planner: {} },
    })
    run.begin().fails('a').begin().fails('a').begin()
    run.tell({ type: 'host-lost', at: run.at })
    expect(run.slots()).toEqual(['a/replan-1'])
    run
      .returns('a/replan-1', planOf([{ id: 'b' }]))
      .begin()
      .answers('b')
    expect(run.report().status).toBe('succeeded')
  })

  it('that fails for another reason leaves those that were asked about with it to be asked about again', () => {
    const run = given([{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }], {
      workers: { planner: {} },
      options: { replan: { worker: 'planner', limit: 2 }, policy: once },
      checks: [{ id: 'k', covers: ['a', 'c'] }],
    })
    run.begin().fails('d').begin().fails('a').fails('b')
    run.returns('d/replan-1', planOf([{ id: 'e' }])).begin()
    expect(run.state.replans.open?.nodes).toHaveLength(2)
    // The check of "a" is lost with "c", and "a" with the check.
    run.fails('c')
    run.begin().returns('a/replan-2', planOf([{ id: 'f' }]))
    run.begin()
    if (run.state.phase !== 'finished') run.answers('e')
    expect(run.report().status).toBe('failed')
  })

  it('whatever happens, the run ends, adds up, and gives the same report when replayed', () => {
    const edges = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 8 })
    const covers = fc.option(fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 2 })))
    let replaced = 0
    fc.assert(
      fc.property(
        edges,
        covers,
        fc.array(fc.nat(9), { minLength: 20, maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        (pairs, range, draws, limit) => {
          const [low, high] = range === null ? [9, -1] : [range[0], Math.min(5, range[0] + range[1])]
          // Nothing that a check covers comes after another that it covers.
          const apart = pairs.filter(([a, b]) => a < b && !(a >= low && b <= high))
          const subtasks = Array.from({ length: 6 }, (_, i) => ({
            id: `s${i}`,
            needs: [...new Set(apart.filter(([, b]) => b === i).map(([a]) => `s${a}`))],
          }))
          const covered = subtasks.slice(low, high + 1).map(({ id }) => id)
          const checks = covered.length === 0 ? [] : [{ id: 'k', covers: covered }]
          const run = given(subtasks, {
            ...more,
            options: { replan: { worker: 'planner', limit }, policy: once },
            ...(checks.length > 0 ? { checks } : undefined),
          })
          let at = 0
          const draw = (): number => draws[at++ % draws.length] as number
          for (let step = 0; step < 200 && run.state.phase !== 'finished'; step++) {
            run.begin(1 + (draw() % 3))
            const [key] = [...run.state.inFlight.keys()].slice(draw() % 2)
            const id = run.id((key ?? [...run.state.inFlight.keys()][0] ?? 0) % 2 ** 31)
            const luck = draw()
            if (id.includes('replan-')) {
              const kept = ['s0', 's1', 's2'].filter((_, i) => draw() > 3 + i)
              if (luck > 7) run.answers(id)
              else if (luck > 6) run.fails(id)
              else
                run.returns(
                  id,
                  planOf([
                    { id: `n${step}`, needs: kept },
                    { id: `o${step}`, needs: [`n${step}`] },
                  ]),
                )
            } else if (luck < 2) run.fails(id)
            else if (luck === 3 && !id.startsWith('k') && run.state.graph.size < 200)
              run.returns(id, planOf([{ id: `p${step}` }, { id: `q${step}`, map: { over: [1, 2] } }]))
            else run.answers(id, id.startsWith('k') ? luck > 3 : undefined)
            if (luck === 5) run.tell({ type: 'host-lost', at: run.at })
          }
          replaced += run.report().subtasks.superseded ?? 0
        },
      ),
      { numRuns: 300 },
    )
    expect(replaced).toBeGreaterThan(50)
  })
})
