import { type JournalEvent, replay, runReport } from '@kilostep/core'
import { eventsOf } from '@kilostep/testing'
import {
  createEngine,
  definePlan,
  defineWorker,
  memoryJournal,
  type PolicyOptions,
  type Worker,
} from 'kilostep'
import { describe, expect, it } from 'vitest'

/** Workers that say what they were asked, and are as good as `broken` lets them be. */
function workers(broken: (worker: string, input: unknown) => boolean = () => false) {
  const asked: string[] = []
  const make = (
    name: string,
    answer: (input: never) => unknown,
    extra: { policy?: PolicyOptions } = {},
  ): Worker =>
    defineWorker({
      name,
      policy: { retry: { attempts: 1 } },
      ...extra,
      run: (input: never) => {
        asked.push(`${name} ${JSON.stringify(input)}`)
        if (broken(name, input)) throw new Error(`${name} is broken`)
        return answer(input)
      },
    })
  return { asked, make }
}

async function outcome(plan: ReturnType<typeof definePlan>, journal = memoryJournal()) {
  const run = createEngine({ journal, concurrency: 1 }).start(plan, { run: 'first', seed: 3 })
  return { ...(await run.result), journal, run }
}

/** What a fork did, and that its journal folds to the same report. */
async function forked(
  journal: ReturnType<typeof memoryJournal>,
  plan: ReturnType<typeof definePlan>,
  from: string,
) {
  const run = await createEngine({ journal, concurrency: 1 }).fork('first', { plan, from, run: 'second' })
  const result = await run.result
  const events: JournalEvent[] = await eventsOf(await journal.open('second'))
  const copy = events.map((event) => JSON.parse(JSON.stringify(event)) as JournalEvent)
  expect(JSON.stringify(runReport(replay(copy)))).toBe(JSON.stringify(result.report))
  return { ...result, events }
}

describe('a fork', () => {
  /** a → b → d, a → c; from files. */
  function diamond(broken?: (worker: string, input: unknown) => boolean) {
    const { asked, make } = workers(broken)
    const plan = definePlan('diamond', (p) => {
      const a = p.subtask(
        make('a', () => 1),
        undefined,
      )
      const b = p.subtask(
        make('b', (n: number) => n + 1),
        a,
      )
      const c = p.subtask(
        make('c', (n: number) => n + 2),
        a,
      )
      return {
        b,
        d: p.subtask(
          make('d', (n: number) => n * 10),
          b,
        ),
        c,
      }
    })
    return { plan, asked }
  }

  it('keeps what is upstream and beside, and does the rest anew', async () => {
    const first = diamond()
    const { journal, output } = await outcome(first.plan)
    expect(output).toEqual({ b: 2, d: 20, c: 3 })
    const second = diamond()
    const fork = await forked(journal, second.plan, 'b-1')
    expect(fork.output).toEqual(output)
    expect(second.asked).toEqual(['b 1', 'd 2'])
    expect(fork.report).toMatchObject({
      run: 'second',
      seed: 3,
      subtasks: { planned: 4, succeeded: 4 },
      attempts: { started: 2, succeeded: 2 },
    })
    // The first run stays as it is.
    expect((await journal.runs()).map(({ run, events }) => [run, events > 0])).toEqual([
      ['second', true],
      ['first', true],
    ])
  })

  it('does anew what had failed or was not reached, wherever it was', async () => {
    const first = diamond((name) => name === 'c')
    const { journal, status } = await outcome(first.plan)
    expect(status).toBe('failed')
    const second = diamond()
    const fork = await forked(journal, second.plan, 'd-1')
    expect(fork.status).toBe('succeeded')
    expect(second.asked.sort()).toEqual(['c 1', 'd 2'])
  })

  it('of a run that goes on takes what is there', async () => {
    const first = diamond()
    const journal = memoryJournal()
    const run = createEngine({ journal, concurrency: 1 }).start(first.plan, { run: 'first' })
    run.on('subtask-succeeded', ({ subtask }) => {
      if (subtask === 'a-1') run.pause()
    })
    for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(run.progress().phase).toBe('paused')
    const second = diamond()
    const fork = await forked(journal, second.plan, 'c-1')
    expect(fork.status).toBe('succeeded')
    expect(second.asked.sort()).toEqual(['b 1', 'c 1', 'd 2'])
    run.cancel()
    await run.result
  })

  it('of a run that was forked', async () => {
    const { journal } = await outcome(diamond().plan)
    await forked(journal, diamond().plan, 'b-1')
    const third = diamond()
    const run = await createEngine({ journal }).fork('second', {
      plan: third.plan,
      from: 'd-1',
      run: 'third',
    })
    expect((await run.result).output).toEqual({ b: 2, d: 20, c: 3 })
    expect(third.asked).toEqual(['d 2'])
  })

  it('can be cut and resumed', async () => {
    const { journal } = await outcome(diamond().plan)
    const events = (await forked(journal, diamond().plan, 'b-1')).events
    for (let length = 4; length < events.length; length++) {
      // An answer and what follows from it are written together, and these workers have one attempt each.
      if (events[length - 1]?.type.startsWith('attempt-')) continue
      const cut = memoryJournal()
      const log = cut.create('second')
      void log.append(events.slice(0, length))
      await log.close()
      const run = await createEngine({ journal: cut }).resume('second', { plan: diamond().plan })
      expect((await run.result).output).toEqual({ b: 2, d: 20, c: 3 })
    }
  })
})

describe('what a subtask has added', () => {
  it('is kept but for the item of a map that is done anew', async () => {
    const mapped = (broken?: (worker: string, input: unknown) => boolean) => {
      const { asked, make } = workers(broken)
      const plan = definePlan('mapped', (p) => {
        const list = p.subtask(
          make('list', () => [1, 2, 3, 4]),
          undefined,
        )
        const all = p.map(list as never, make('each', (n: number) => n * n) as never, (item) => item)
        return p.subtask(
          make('sum', (n: number[]) => n.reduce((a, b) => a + b, 0)),
          all,
        )
      })
      return { plan, asked }
    }
    const { journal, report } = await outcome(mapped((name, input) => name === 'each' && input === 3).plan)
    expect(report.subtasks.failed).toBe(2)
    const second = mapped()
    const fork = await forked(journal, second.plan, 'each-1[2]')
    expect(fork.output).toBe(30)
    expect(second.asked).toEqual(['each 3', 'sum [1,4,9,16]'])
    // From the map itself everything in it is new.
    const third = mapped()
    const run = await createEngine({ journal }).fork('second', { plan: third.plan, from: 'each-1' })
    expect((await run.result).output).toBe(30)
    expect(third.asked).toHaveLength(5)
  })

  it('by a plan is kept part by part', async () => {
    const grown = (broken?: (worker: string, input: unknown) => boolean) => {
      const { asked, make } = workers(broken)
      const x = make('x', () => 5)
      const y = make('y', (n: number) => n + 1)
      const inner = definePlan('inner', (q) => ({ y: q.subtask(y, q.subtask(x, undefined)) }))
      const plan = definePlan(
        'outer',
        (p) => {
          const grow = p.subtask(
            make('grow', () => inner),
            undefined,
          )
          return p.subtask(
            make('end', (value: unknown) => value),
            grow,
          )
        },
        [x, y],
      )
      return { plan, asked }
    }
    const { journal } = await outcome(grown((name) => name === 'y').plan)
    const second = grown()
    const fork = await forked(journal, second.plan, 'grow-1/y-1')
    expect(fork.output).toEqual({ y: 6 })
    expect(second.asked).toEqual(['y 5', 'end {"y":6}'])
  })
})

describe('a check over what is done anew', () => {
  const checked = (judge: (parts: readonly number[]) => unknown, broken?: (worker: string) => boolean) => {
    const { asked, make } = workers(broken)
    const plan = definePlan('checked', (p) => {
      const a = p.subtask(
        make('a', () => 1),
        undefined,
      )
      const b = p.subtask(
        make('b', () => 2),
        undefined,
      )
      p.check(make('judge', judge as never, { policy: { retry: { attempts: 3 } } }), [a, b])
      return p.subtask(
        make('end', (n: number) => n),
        b,
      )
    })
    return { plan, asked }
  }

  it('judges the answers that were kept together with the new ones', async () => {
    const { journal } = await outcome(checked(() => true).plan)
    const second = checked(() => true)
    const fork = await forked(journal, second.plan, 'a-1')
    expect(fork.status).toBe('succeeded')
    expect(second.asked).toEqual(['a undefined', 'judge [1,2]', 'end 2'])
  })

  it('may reject a kept one, which is then asked again', async () => {
    const { journal } = await outcome(checked(() => true).plan)
    let rounds = 0
    const second = checked(() => ++rounds > 1 || { accept: false, suspects: ['b-1'], reason: 'not b' })
    const fork = await forked(journal, second.plan, 'judge-1')
    expect(fork.status).toBe('succeeded')
    expect(second.asked).toEqual(['judge [1,2]', 'b undefined', 'judge [1,2]', 'end 2'])
    expect(fork.report.attempts).toMatchObject({ started: 4, succeeded: 4, wrong: 0 })
  })
})

describe('what was skipped', () => {
  it('for its condition is not asked again, and what depends on it neither', async () => {
    const { asked, make } = workers()
    const plan = definePlan('conditions', (p) => {
      const a = p.subtask(
        make('a', () => false),
        undefined,
      )
      const b = p.subtask(
        make('b', () => 1),
        undefined,
        { when: { value: a } },
      )
      const c = p.subtask(
        make('c', () => 1),
        b,
      )
      const d = p.subtask(
        make('d', (n: unknown) => n),
        c.or('none'),
      )
      return p.subtask(
        make('e', (n: unknown) => n),
        d,
      )
    })
    const { journal, output } = await outcome(plan)
    expect(output).toBe('none')
    asked.length = 0
    const fork = await forked(journal, plan, 'e-1')
    expect(fork.output).toBe('none')
    expect(asked).toEqual(['e "none"'])
    expect(fork.report.subtasks).toMatchObject({ succeeded: 3, skipped: 2 })
  })
})

describe('what cannot be forked is told:', () => {
  it('an unknown subtask, a run that is there already, another plan, a worker that is missing', async () => {
    const { make } = workers()
    const part = make('part', () => 1)
    const plan = definePlan('one', (p) => p.subtask(part, 1))
    const other = definePlan('two', (p) => [p.subtask(part, 1), p.subtask(part, 2)])
    const { journal } = await outcome(plan)
    const engine = createEngine({ journal })
    await expect(engine.fork('first', { plan, from: 'part-2' })).rejects.toMatchObject({
      code: 'unknown-subtask',
      message: 'Run "first" has no subtask or check "part-2". Did you mean "part-1"?',
    })
    await expect(engine.fork('nobody', { plan, from: 'part-1' })).rejects.toMatchObject({
      code: 'unknown-run',
    })
    await expect(engine.fork('first', { plan, from: 'part-1', run: 'first' })).rejects.toMatchObject({
      code: 'run-exists',
    })
    await expect(engine.fork('first', { plan: other, from: 'part-1' })).rejects.toMatchObject({
      code: 'plan-changed',
    })
    await expect(createEngine({ journal }).fork('first', { from: 'part-1' })).rejects.toMatchObject({
      code: 'unknown-worker',
    })
    await expect(engine.fork('first', { plan } as never)).rejects.toMatchObject({ code: 'invalid-options' })
  })
})
