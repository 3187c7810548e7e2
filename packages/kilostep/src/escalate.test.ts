import { describe, expect, it } from 'vitest'
import { definePlan } from './define-plan.ts'
import { createEngine } from './engine.ts'
import { defineWorker } from './worker.ts'

const retry = { attempts: 2, backoffMs: 0 }

describe('a ladder of workers', () => {
  it('leads to the stronger one when attempts are used up, whatever kind of failure it was', async () => {
    const seen: string[] = []
    const strong = defineWorker({
      name: 'strong',
      run: (input: string, { attempt, reason }) => {
        seen.push(`${input} ${attempt} ${reason}`)
        return 'right'
      },
    })
    const weak = defineWorker({
      name: 'weak',
      run: (input: string) => {
        if (input === 'throws') throw new Error('no')
        return input === 'wrong' ? 'wrong' : 'right'
      },
      verify: (answer) => answer === 'right' || 'not right',
      policy: { retry, escalate: { to: 'strong' } },
    })
    const plan = definePlan(
      'ladder',
      (p) => ['fine', 'throws', 'wrong'].map((input) => p.subtask(weak, input)),
      [strong],
    )
    const { output, report } = await createEngine().start(plan).result
    expect(output).toEqual(['right', 'right', 'right'])
    expect(seen.sort()).toEqual(['throws 3 no', 'wrong 3 not right'])
    expect(
      report.kinds.map(({ worker, afterRecovery }) => [worker, afterRecovery.rate, afterRecovery.n]),
    ).toEqual([
      ['weak', 1 / 3, 3],
      ['strong', 1, 2],
    ])
  })

  it('ends with the strongest: its failure is the subtask’s', async () => {
    const fail = (name: string, to?: string) =>
      defineWorker({
        name,
        run: () => {
          throw new Error(`${name} cannot`)
        },
        policy: { retry, ...(to === undefined ? undefined : { escalate: { to } }) },
      })
    const first = fail('first', 'second')
    const plan = definePlan('ladder', (p) => p.subtask(first, null), [fail('second', 'third'), fail('third')])
    const { status, report } = await createEngine().start(plan).result
    expect(status).toBe('failed')
    expect(report.failures[0]?.message).toBe('third cannot')
    expect(report.attempts).toMatchObject({ started: 6, transport: 6 })
  })

  it('is climbed by the parts of a map and not by the map, whose parts would all be done again', async () => {
    const calls: string[] = []
    const worker = (name: string, to?: string) =>
      defineWorker({
        name,
        run: (item: number, { subtask }) => {
          calls.push(`${name} ${subtask}`)
          if (item === 2) throw new Error(`${name} cannot`)
          return item
        },
        policy: { retry: { attempts: 1 }, ...(to === undefined ? undefined : { escalate: { to } }) },
      })
    const list = defineWorker({ name: 'list', run: () => [1, 2, 3] })
    const weak = worker('weak', 'strong')
    const plan = definePlan(
      'parts',
      (p) => p.map(p.subtask(list, null), weak, (item) => item, { id: 'each' }),
      [worker('strong')],
    )
    const { status, report } = await createEngine().start(plan).result
    expect(calls.sort()).toEqual(['strong each[1]', 'weak each[0]', 'weak each[1]', 'weak each[2]'])
    expect(status).toBe('failed')
    expect(report.subtasks).toMatchObject({ planned: 5, succeeded: 3, failed: 2 })
  })

  it('takes over a vote that does not settle', async () => {
    let vote = 0
    const strong = defineWorker({ name: 'strong', run: () => 'strong' })
    const torn = defineWorker({
      name: 'torn',
      run: () => `answer ${vote++ % 2}`,
      policy: { vote: { margin: 3, maxVotes: 8 }, escalate: { to: 'strong' } },
    })
    const { output, report } = await createEngine().start(
      definePlan('vote', (p) => p.subtask(torn, null), [strong]),
    ).result
    expect(output).toBe('strong')
    expect(report.attempts).toMatchObject({ started: 9, wrong: 8, succeeded: 1 })
  })
})

describe('what is known before a run', () => {
  const one = defineWorker({ name: 'one', run: () => 1 })
  const start =
    (worker: typeof one, options = {}) =>
    () =>
      createEngine().start(
        definePlan('plan', (p) => [p.subtask(worker, null), p.subtask(worker, null)]),
        options,
      )

  it.each([
    [
      'a ladder to nobody',
      start({ ...one, policy: { escalate: { to: 'onee' } } }),
      'escalates to worker "onee", which is not known. Did you mean "one"?',
    ],
    [
      'a vote on what must happen once',
      start({ ...one, effects: 'once', policy: { vote: { margin: 2 } } }),
      'has effects "once" and must not be repeated',
    ],
    [
      'a budget that cannot do',
      start(one, { budget: { attempts: 1 } }),
      'The plan has 2 subtasks and the budget 1 attempts',
    ],
    ['a target of 1', start(one, { target: 1 }), '"target"'],
    ['a margin of 0', start(one, { policy: { vote: { margin: 0 } } }), '"policy.vote.margin"'],
  ])('%s is told', (_, begin, message) => {
    expect(begin).toThrow(message)
  })

  it('a ladder that leads back is told', () => {
    const up = defineWorker({ name: 'up', run: () => 1, policy: { escalate: { to: 'down' } } })
    const down = defineWorker({ name: 'down', run: () => 1, policy: { escalate: { to: 'up' } } })
    const plan = definePlan('plan', (p) => p.subtask(up, null), [down])
    expect(() => createEngine().start(plan)).toThrow('comes back to where it was: "up" → "down" → "up"')
  })

  it('a ladder for the whole run ends with the strongest', async () => {
    const plan = definePlan('plan', (p) => p.subtask(one, null), [
      defineWorker({ name: 'strong', run: () => 2 }),
    ])
    const { output } = await createEngine().start(plan, { policy: { escalate: { to: 'strong' } } }).result
    expect(output).toBe(1)
  })
})
