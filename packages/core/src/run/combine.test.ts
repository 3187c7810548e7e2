import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inputOf } from './answers.ts'
import type { JournalEvent } from './events.ts'
import { given } from './fixtures/scenario.ts'
import type { RunOptions } from './options.ts'

const ids = ['a', 'b', 'c']
const sure = (answer: number, confidence: number, others: readonly (readonly [number, number])[] = []) => ({
  type: 'answer' as const,
  answer,
  key: String(answer),
  confidence,
  alternatives: others.map(([other, p]) => ({ key: String(other), answer: other, confidence: p })),
})
const row = (policy: object, options: RunOptions = {}) => {
  const run = given([...ids.map((id) => ({ id })), { id: 'sum', input: ids.map((id) => ({ $from: id })) }], {
    checks: [{ id: 'k', covers: ids, policy }],
    options,
    workers: { w: { confident: true }, strong: { confident: true } },
  })
  run.slots()
  return run
}
const seen = (run: ReturnType<typeof row>) => inputOf(run.state, run.node('k')).input
const last = <T extends JournalEvent['type']>(run: ReturnType<typeof row>, type: T) =>
  run.events.findLast((event) => event.type === type) as Extract<JournalEvent, { type: T }>

describe('a check that combines candidates', () => {
  test('takes the likeliest combination that passes, and tells which were tried and what it may be wrong by', () => {
    const run = row({ retry: { wrong: 1 }, combine: {} }, { record: { judge: { acceptsWrong: 0.01 } } })
    run.ends('a', sure(1, 0.6, [[7, 0.4]]))
    run.ends('b', sure(2, 0.9, [[8, 0.1]]))
    run.ends('c', sure(3, 0.99, [[9, 0.01]]))
    run.slots()
    const tried: unknown[] = []
    for (const verdict of [false, false, true]) {
      tried.push(seen(run))
      run.answers('k', verdict).slots()
    }
    expect(tried).toEqual([
      [1, 2, 3],
      [7, 2, 3],
      [1, 8, 3],
    ])
    const chosen = last(run, 'combination-chosen')
    expect(chosen.probability).toBeCloseTo(0.6 * 0.1 * 0.99, 6)
    const others = 1 - 0.6 * 0.1 * 0.99 - 0.6 * 0.9 * 0.99 - 0.4 * 0.9 * 0.99
    const error = (0.01 * others) / (0.01 * others + 0.6 * 0.1 * 0.99)
    expect(chosen.error).toBeCloseTo(error, 6)
    expect(last(run, 'check-accepted').error).toBeCloseTo(error, 6)
    expect(inputOf(run.state, run.node('sum')).input).toEqual([1, 8, 3])
    run.answers('sum', 12)
    const report = run.report()
    expect(report.checks).toEqual({
      planned: 1,
      accepted: 1,
      failed: 0,
      cancelled: 0,
      rejections: 2,
      tried: 2,
      combined: 1,
    })
    // b's own answer was not the one that was taken.
    expect(report.attempts).toMatchObject({ started: 7, succeeded: 6, wrong: 1 })
    expect(report.success.trusted).toEqual([])
    expect(run.log().filter((line) => line.startsWith('combination-chosen'))).toHaveLength(2)
  })

  test('says what it accepts at once may be wrong by, too', () => {
    const run = row({ combine: {} }, { record: { judge: { acceptsWrong: 0.01 }, w: { right: 1, of: 1 } } })
    for (const id of ids) run.ends(id, sure(1, 0.9))
    run.slots()
    run.answers('k', true).slots()
    const p = 0.9 ** 3
    expect(last(run, 'check-accepted').error).toBeCloseTo((0.01 * (1 - p)) / (p + 0.01 * (1 - p)), 6)
    run.answers('sum', 3)
    const report = run.report()
    // The check's error, and that of "sum", of whose worker a record says 1 of 1.
    expect(report.success.predicted).toBeLessThan(1)
  })

  test('asks again first, as often as its policy says, and keeps every answer as a candidate', () => {
    const run = row({ retry: { wrong: 2 }, combine: { error: 1 } })
    for (const id of ids) run.ends(id, sure(1, 0.5))
    run.slots()
    run.answers('k', { accept: false, suspects: ['b', 'c'] })
    expect(run.slots()).toEqual(['b', 'c'])
    run.ends('b', sure(2, 0.5)).ends('c', sure(2, 0.5)).slots()
    expect(seen(run)).toEqual([1, 2, 2])
    run.answers('k', false).slots()
    // Neither [1, 1, 1] nor [1, 2, 2] again.
    expect([
      [1, 1, 2],
      [1, 2, 1],
    ]).toContainEqual(seen(run))
    run.answers('k', true).slots()
    run.answers('sum', 4)
    expect(run.report().attempts).toMatchObject({ started: 9, succeeded: 7, wrong: 2 })
  })

  test('counts votes as evidence, those of a vote that was lost among them', () => {
    const run = given([{ id: 'a', policy: { vote: { margin: 2 } } }, { id: 'b' }], {
      checks: [{ id: 'k', covers: ['a', 'b'], policy: { retry: { wrong: 1 }, combine: { error: 1 } } }],
    })
    run.slots()
    run.answers('b', 'x')
    for (const vote of [5, 6, 5, 5]) {
      run.answers('a', vote)
      run.slots()
    }
    expect(seen(run)).toEqual([5, 'x'])
    run.answers('k', false).slots()
    expect(seen(run)).toEqual([6, 'x'])
    run.answers('k', true)
    const report = run.report()
    expect(report.status).toBe('succeeded')
    expect(report.attempts).toMatchObject({ started: 7, succeeded: 6, wrong: 1 })
  })

  test('stops at its limit of checks, and says so', () => {
    const run = row({ retry: { wrong: 1 }, combine: { checks: 2, error: 1 } })
    for (const id of ids) run.ends(id, sure(1, 0.5, [[2, 0.4]]))
    for (let i = 0; i < 3; i++) {
      run.slots()
      run.answers('k', 'no')
    }
    expect(run.slots()).toEqual([])
    expect(run.failure('a')).toBe(
      'Check "k" rejected it 3 times: no; none of the 2 likeliest other combinations of candidates passed',
    )
    expect(run.report().attempts).toMatchObject({ started: 6, wrong: 3 })
  })

  test('does not guess: it stops where what is left would rather be wrong', () => {
    const run = row(
      { retry: { wrong: 1 }, combine: { error: 0.1 } },
      { record: { judge: { acceptsWrong: 0.5 } } },
    )
    for (const id of ids) run.ends(id, sure(1, 0.5, [[2, 0.4]]))
    run.slots()
    run.answers('k', 'no')
    expect(run.failure('a')).toMatch(
      /would be wrong with a probability of 0\.\d\d, which is over combine\.error/,
    )
    expect(run.report().checks).toMatchObject({ failed: 1, tried: 0 })
  })

  test('has nothing to combine where there is one candidate each', () => {
    const run = row({ retry: { wrong: 1 }, combine: {} })
    for (const id of ids) run.answers(id, 1)
    run.slots()
    run.answers('k', 'no')
    expect(run.failure('a')).toMatch('there is no other combination of candidates')
    run.report()
  })

  test('goes on after its host was lost, and makes the same choice', () => {
    const run = row({ retry: { wrong: 1 }, combine: {} })
    run
      .ends('a', sure(1, 0.6, [[7, 0.4]]))
      .answers('b', 2)
      .answers('c', 3)
    run.slots()
    run.answers('k', false).slots()
    expect(seen(run)).toEqual([7, 2, 3])
    run.tell({ type: 'host-lost', at: run.at }).pass(10_000)
    expect(run.slots()).toEqual(['k'])
    expect(seen(run)).toEqual([7, 2, 3])
    run.answers('k', true).slots()
    run.answers('sum', 12)
    expect(run.report().checks).toMatchObject({ tried: 1, combined: 1 })
  })

  test('adds up, replays and ends, whatever is answered', () => {
    const confidence = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10)
    const answer = fc.record({ value: fc.integer({ min: 0, max: 3 }), confidence })
    fc.assert(
      fc.property(
        fc.infiniteStream(answer),
        fc.infiniteStream(fc.boolean()),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 20 }),
        (answers, verdicts, wrong, checks) => {
          const run = row({ retry: { wrong }, combine: { checks, error: 1 } })
          let open: readonly string[] = ids
          for (let step = 0; open.length > 0; step++) {
            expect(step).toBeLessThan(100)
            for (const id of open) {
              const next = answers.next().value as { value: number; confidence: number }
              if (id === 'k') run.answers('k', verdicts.next().value)
              else run.ends(id, sure(next.value, next.confidence))
            }
            open = run.slots()
          }
          run.report()
        },
      ),
      { numRuns: 100, seed: 2 },
    )
  })
})

describe('escalation by doubt', () => {
  const ladder = { w: { confident: true as const, policy: { escalate: { to: 'strong', below: 0.9 } } } }

  test('asks the stronger worker where the first is not sure enough, and keeps its answer as a candidate only', () => {
    const run = given([{ id: 'a' }, { id: 'b' }], { workers: { ...ladder, strong: {} } })
    run.slots()
    run.ends('a', sure(1, 0.95)).ends('b', sure(1, 0.5))
    expect(run.status('a')).toBe('succeeded')
    expect(run.slots()).toEqual(['b'])
    run.answers('b', 2)
    const report = run.report()
    expect(run.state.answers).toEqual([1, 2])
    expect(report.attempts).toMatchObject({ started: 3, succeeded: 2, wrong: 1 })
    expect(run.log()).toContain('subtask-escalated b')
  })

  test('takes the mean confidence of the votes for the leader, and one dissenting vote where that is said', () => {
    const policy = { vote: { margin: 2 }, escalate: { to: 'strong', below: 0.9, dissent: 1 } }
    const run = given([{ id: 'a' }, { id: 'b' }, { id: 'c' }], {
      workers: { w: { confident: true, policy }, strong: {} },
    })
    for (const [b, c] of [
      [0.99, 1],
      [0.99, 2],
    ] as const) {
      run.slots()
      run.ends('a', sure(1, 0.7)).ends('b', sure(1, b)).ends('c', sure(c, 0.99))
    }
    expect(['a', 'b', 'c'].map((id) => run.status(id))).toEqual(['ready', 'succeeded', 'ready'])
    run.slots()
    run.answers('a', 1).answers('c', 2)
    expect(run.report().attempts).toMatchObject({ started: 8, succeeded: 4, wrong: 4 })
  })

  test('follows a check that rejects: those with a stronger worker go up, the others stay', () => {
    const policy = { retry: { wrong: 1 }, escalate: { to: 'strong', below: 0.9 } }
    const run = given(
      ids.map((id) => ({ id })),
      {
        checks: [{ id: 'k', covers: ids, policy: { retry: { wrong: 2 }, combine: {} } }],
        workers: { w: { confident: true, policy }, strong: {} },
      },
    )
    run.slots()
    run.ends('a', sure(1, 0.5)).ends('b', sure(1, 0.99)).ends('c', sure(1, 0.99))
    run.slots()
    run.answers('a', 2).slots()
    run.answers('k', 'no')
    // "a" is the stronger worker's already.
    expect(run.slots()).toEqual(['b', 'c'])
    run.answers('b', 1).answers('c', 3).slots()
    expect(seen(run)).toEqual([2, 1, 3])
    run.answers('k', true)
    expect(run.report().attempts).toMatchObject({ started: 8, succeeded: 5, wrong: 3 })
  })
})
