import { createEngine, definePlan, defineWorker, type KilostepError } from 'kilostep'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const small = (extra: object = {}) =>
  defineWorker({
    name: 'small',
    input: z.object({ text: z.string() }),
    run: ({ text }) => `small: ${text.length}`,
    policy: { escalate: { to: 'large', cost: 10 } },
    ...extra,
  })
const large = defineWorker({ name: 'large', run: ({ text }: { text: string }) => `large: ${text.length}` })
const plan = (worker: ReturnType<typeof small>) =>
  definePlan('p', (p) => ['x', 'x'.repeat(100)].map((text) => p.subtask(worker, { text })), [large])

test('a function of the worker says where a subtask starts', async () => {
  const worker = small({ route: ({ text }: { text: string }) => (text.length > 50 ? 'large' : undefined) })
  const run = createEngine().start(plan(worker))
  const routed: string[] = []
  run.on('subtask-routed', ({ subtask, to, worker: now }) => routed.push(`${subtask} ${to} ${now}`))
  const { output } = await run.result
  expect(output).toEqual(['small: 1', 'large: 100'])
  expect(routed).toEqual(['small-2 large large'])
})

test('it goes before the rules, and the rules before the worker itself', async () => {
  const route = ({ text }: { text: string }) => (text === 'x' ? 'small' : undefined)
  const policy = { escalate: { to: 'large', cost: 10 }, route: [{ to: 'large' }] }
  expect((await createEngine().start(plan(small({ route, policy }))).result).output).toEqual([
    'small: 1',
    'large: 100',
  ])
})

describe('a function that cannot say', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('no idea')
      },
      'threw: no idea',
    ],
    ['names nobody', () => 'larger', 'says "larger", which is no rung of its ladder ("small"). Did you mean'],
    ['gives a promise', () => Promise.resolve('large'), 'gave an object, and not the name of a worker'],
  ])('%s', async (_, route, message) => {
    const worker = small({ route, policy: {} })
    const { report } = await createEngine().start(plan(worker)).result
    expect(report.failures[0]).toMatchObject({ kind: 'flagged', code: 'invalid-route' })
    expect(report.failures[0]?.message).toContain(message.replace(' Did you mean', ''))
    expect(report.attempts.started).toBe(0)
  })
})

describe('before anything runs', () => {
  const faults = (policy: object, more: object = {}, options: object = {}): string[] => {
    try {
      createEngine().start(plan(small({ policy, ...more })), options)
    } catch (error) {
      return ((error as KilostepError).faults ?? []).map(({ message }) => message)
    }
    return []
  }

  test('a rung that is not there', () => {
    expect(faults({ escalate: { to: 'large' }, route: [{ to: 'larg' }] })).toEqual([
      'Worker "small" is routed to "larg", which is no rung of its ladder ("small" → "large"). Did you mean "large"? Have a rung escalate to it, or route to another.',
    ])
    expect(faults({ route: 'record' })).toEqual([
      'Worker "small" is routed by its record, but there is no ladder to start on. Say what it escalates to, or take the route away.',
    ])
  })

  test('a ladder without costs, where they are asked for', () => {
    expect(faults({ escalate: { to: 'large' }, vote: { margin: 'auto' } })).toEqual([
      'Worker "small" escalates to "large" without a cost, and "margin: auto" weighs one against the other. Say what an attempt of "large" costs in attempts of "small": "escalate.cost".',
    ])
    expect(faults({ escalate: { to: 'large' }, route: 'record' })[0]).toContain('and "route: record" weighs')
    expect(faults({ escalate: { to: 'large' }, vote: { margin: 3 } })).toEqual([])
  })

  test('a hedge of what must not be done twice', () => {
    expect(faults({ hedge: {} }, { effects: 'once' })).toEqual([
      'Worker "small" is hedged, but "small" has effects "once" and must not be repeated. Take the hedge away, or say "idempotent" if a repetition does no harm.',
    ])
  })

  test('a budget that cannot buy one attempt', () => {
    expect(faults({}, { cost: { usd: 2 } }, { budget: { usd: 1.5 } })).toEqual([
      'An attempt of worker "small" may cost 2 usd, and the budget is 1.5, which does not cover one. Raise budget.usd.',
    ])
  })

  test.each([
    [{ hedge: { quantile: 0.9, afterMs: 5 } }, 'either "quantile" or "afterMs"'],
    [{ hedge: { quantile: 1 } }, 'hedge.quantile'],
    [{ hedge: { afterMs: 0 } }, 'hedge.afterMs'],
    [{ hedge: { share: 0 } }, 'hedge.share'],
    [{ vote: { margin: 0 } }, 'vote.margin'],
    [{ vote: { margin: 2, atOnce: 0 } }, 'vote.atOnce'],
    [{ vote: { margin: 2, temperatures: [] } }, 'vote.temperatures'],
    [{ vote: { margin: 2, temperatures: [3] } }, 'vote.temperatures'],
    [{ route: [] }, 'route'],
    [{ route: 'recrod' }, 'route'],
    [{ route: [{ to: '' }] }, 'route'],
    [{ route: [{ to: 'large', inputOverChar: 5 }] }, 'inputOverChar'],
  ])('%j', (policy, message) => {
    let told = ''
    try {
      small({ policy })
    } catch (error) {
      told = (error as Error).message
    }
    expect(told).toContain(message)
  })
})
