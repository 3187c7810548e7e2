import { describe, expect, it } from 'vitest'
import type { Plan } from '../plan/plan.ts'
import type { WorkerFacts } from '../run/events.ts'
import { predict } from './predict.ts'
import { type PredictOptions, predictionJsonSchema, predictionSchema } from './prediction.ts'

const rate = 0.8 ** (1 / 10)
const planOf = (subtasks: number, more: Partial<Plan> = {}): Plan => ({
  kilostep: 1,
  name: 'prices',
  subtasks: Array.from({ length: subtasks }, (_, i) => ({ id: `read-${i}`, worker: 'read' })),
  ...more,
})
const facts = (more: Partial<WorkerFacts> = {}): WorkerFacts => ({
  name: 'read',
  effects: 'none',
  verified: false,
  undo: false,
  ...more,
})
const said = (plan: Plan, workers: readonly WorkerFacts[], options: PredictOptions = {}) => {
  const prediction = predict(plan, workers, options)
  expect(predictionSchema.parse(prediction)).toEqual(prediction)
  const policy = (name: string) => {
    const found = prediction.policies.find((one) => one.policy === name)
    if (found === undefined) throw new Error(`no policy ${name}`)
    return found
  }
  return { prediction, policy }
}

describe('predict, against the table of the design', () => {
  it.each([
    [10, 0.8, 1.59],
    [100, 0.107, 2.06],
    [1_000, 2.04e-10, 2.94],
    [10_000, 1.2e-97, 3.23],
  ])('N = %i: naive %d, best mix %d attempts', (subtasks, naive, best) => {
    const { prediction } = said(planOf(subtasks), [], { rates: { read: rate } })
    expect(prediction.naive?.expected ?? 0).toSatisfy((value: number) => Math.abs(value / naive - 1) < 0.05)
    // Shares are rounded to whole subtasks, in favour of the target.
    expect(prediction.cheapest?.attemptsEach).toBeGreaterThan(best - 0.005)
    expect(prediction.cheapest?.attemptsEach).toBeLessThan(best + 0.005 + 1 / subtasks)
    expect(prediction.cheapest?.success).toBeGreaterThanOrEqual(0.9)
  })

  it('knows that a policy names who verifies', () => {
    const named = (verify: object, record = {}) =>
      said(
        planOf(1_000),
        [facts({ policy: { verify: { by: 'judge', ...verify } } }), facts({ name: 'judge' })],
        {
          rates: { read: rate },
          record,
        },
      ).policy('plan')
    expect(named({})).toMatchObject({ reaches: true })
    expect(named({}).attemptsEach).toBeCloseTo(1.02, 2)
    expect(named({ acceptsRight: 0.99, acceptsWrong: 0.2 }).reaches).toBe(false)
    expect(named({}, { judge: { acceptsWrong: 0.2 } }).reaches).toBe(false)
  })

  it('knows margins 2, 3 and 5, a verifier and the horizon at N = 1,000', () => {
    const { policy } = said(planOf(1_000), [], { rates: { read: rate } })
    expect(policy('one-attempt')).toMatchObject({ attemptsEach: 1, horizon90: 4, reaches: false })
    expect(policy('margin-2')).toMatchObject({ horizon90: 206, reaches: false })
    expect(policy('margin-3')).toMatchObject({ horizon90: 9_169, reaches: true })
    expect(policy('margin-3').attemptsEach).toBeCloseTo(3.14, 2)
    expect(policy('margin-5').attemptsEach).toBeCloseTo(5.23, 2)
    expect(policy('verify').attemptsEach).toBeCloseTo(1.02, 2)
    expect(policy('verify').needsVerifier).toEqual(['read'])
    // Cold, the rule itself takes 4.43 at most, and overshoots the target.
    expect(policy('auto').attemptsEach).toBeLessThan(4.5)
    expect(policy('auto').success.expected).toBeGreaterThan(0.95)
  })

  it('knows that a long run learns on the way: a million subtasks take about 5 attempts each', () => {
    const one = { id: 'each', worker: 'read', map: { over: { $from: 'list' } } }
    const plan = planOf(0, { subtasks: [{ id: 'list', worker: 'list' }, one] })
    const { policy } = said(plan, [], { rates: { read: rate, list: 0.999_999 }, items: 1_000_000 })
    expect(policy('margin-5').attemptsEach).toBeCloseTo(5.23, 2)
    expect(policy('auto').attemptsEach).toBeGreaterThan(4.8)
    expect(policy('auto').attemptsEach).toBeLessThan(5.7)
    expect(policy('auto').success.expected).toBeGreaterThan(0.9)
  }, 20_000)

  it('plays the rule through on the third mix as simulation measured it', () => {
    // 95 % at .995 and 5 % at .6, as the votes of 20,000 subtasks would show it.
    const votes = [
      { leader: 15, runnerUp: 0, subtasks: 17_600 },
      { leader: 14, runnerUp: 1, subtasks: 1_335 },
      { leader: 13, runnerUp: 2, subtasks: 70 },
      { leader: 12, runnerUp: 3, subtasks: 64 },
      { leader: 11, runnerUp: 4, subtasks: 127 },
      { leader: 10, runnerUp: 5, subtasks: 210 },
      { leader: 9, runnerUp: 6, subtasks: 268 },
      { leader: 8, runnerUp: 7, subtasks: 295 },
    ]
    const { policy } = said(planOf(1_000), [], { record: { read: { votes } } })
    expect(policy('margin-3').success.expected).toBeLessThan(0.01)
    expect(policy('auto').success.expected).toBeGreaterThan(0.9)
    expect(policy('auto').attemptsEach).toBeGreaterThan(11)
    expect(policy('auto').attemptsEach).toBeLessThan(19)
  }, 20_000)
})

describe('predict, with what is and is not there', () => {
  it('takes the record, and its cost and failures', () => {
    const attempts = { started: 100, transport: 15, flagged: 5, meanMs: 10, usd: 0.01, tokens: 7 }
    const { prediction, policy } = said(planOf(10), [facts()], {
      record: { read: { right: 90, of: 100, attempts } },
    })
    expect(prediction.kinds[0]).toMatchObject({ basis: 'truth', rate: { expected: 0.9 } })
    expect(policy('one-attempt').attempts).toBeCloseTo(12.5)
    expect(policy('one-attempt').cost.usd).toBeCloseTo(0.125)
    expect(prediction.naive?.low).toBeLessThan(prediction.naive?.expected ?? 0)
  })

  it('never takes a clean record for certainty', () => {
    const { prediction } = said(planOf(1_000), [], { record: { read: { right: 50, of: 50 } } })
    expect(prediction.naive?.expected).toBeLessThan(0.01)
    expect(prediction.naive?.high).toBeGreaterThan(0.001)
  })

  it('follows the policy of the plan, of a subtask and of the run', () => {
    const policy = { vote: { margin: 2 } } as const
    const plain = said(planOf(100), [facts({ policy })], { rates: { read: rate } })
    expect(plain.policy('plan').attemptsEach).toBeCloseTo(2.09, 2)
    const run = said(planOf(100), [facts({ policy })], {
      rates: { read: rate },
      policy: { vote: { margin: 3 } },
    })
    expect(run.policy('plan').attemptsEach).toBeCloseTo(3.14, 2)
    const subtasks = planOf(100).subtasks.map((one, i) => (i < 50 ? { ...one, policy } : one))
    const half = said(planOf(100, { subtasks }), [facts()], { rates: { read: rate } })
    expect(half.policy('plan').attemptsEach).toBeCloseTo((1 + 2.09) / 2, 2)
  })

  it('knows that a verifier asks again only as often as the policy lets it', () => {
    const { policy } = said(planOf(1_000), [facts({ verified: true })], { rates: { read: 0.9 } })
    expect(policy('plan').success.expected).toBeCloseTo(0.999 ** 1_000, 3)
    expect(policy('plan').needsVerifier).toEqual([])
    expect(policy('verify').success.expected).toBeGreaterThan(0.99)
    expect(policy('verify').attemptsEach).toBeCloseTo(1 / 0.9, 2)
  })

  it('weighs a verifier that lets some wrong answers pass', () => {
    const { policy } = said(planOf(1_000), [facts({ verified: true })], {
      rates: { read: rate },
      record: { read: { acceptsWrong: 0.1 } },
    })
    const passed = rate / (rate + (1 - rate) * 0.1)
    expect(policy('verify').success.expected).toBeCloseTo(passed ** 1_000, 2)
    expect(policy('margin-2').success.expected).toBeGreaterThan(0.99)
  })

  it('counts what a ladder costs', () => {
    const weak = facts({ policy: { vote: { margin: 'auto' }, escalate: { to: 'strong', rate: 0.999 } } })
    const priced = [
      { ...weak, cost: { usd: 0.001, tokens: 0 } },
      facts({ name: 'strong', cost: { usd: 0.01, tokens: 0 } }),
    ]
    const { policy } = said(planOf(200), priced, {
      rates: { read: 0.7, strong: 0.9995 },
    })
    expect(policy('ladder').attempts).toBeLessThan(policy('auto').attempts)
    expect(policy('ladder').cost.complete).toBe(true)
    expect(policy('ladder').cost.usd).toBeGreaterThan(policy('ladder').attempts * 0.001)
    expect(policy('plan')).toMatchObject({ attempts: policy('ladder').attempts })
  })

  it('proposes a pilot where nothing is known', () => {
    const { prediction } = said(planOf(1_000), [facts({ cost: { usd: 0.01, tokens: 0 } })])
    expect(prediction.policies).toEqual([])
    expect(prediction.pilot).toMatchObject({ subtasks: 20, votes: 5, attempts: 100 })
    expect(prediction.pilot?.cost.usd).toBeCloseTo(1)
    expect(prediction.unknown.join()).toContain('no record')
    expect(prediction.message).toContain('pilot')
    expect(said(planOf(3), []).prediction.pilot?.attempts).toBe(15)
    const empty = said(planOf(3), [], { record: { read: { votes: [] } } })
    expect(empty.prediction.kinds[0]?.basis).toBe('nothing')
  })

  it('says N is unknown where a map decides it, until it is told', () => {
    const subtasks = [
      { id: 'list', worker: 'list' },
      { id: 'each', worker: 'read', map: { over: { $from: 'list' } } },
    ]
    const plan = planOf(0, { subtasks })
    const rates = { list: 0.99, read: rate }
    const open = said(plan, [], { rates }).prediction
    expect(open.subtasks).toMatchObject({ total: null, known: 1, unknownMaps: ['each'] })
    expect(open.message).toContain('--items')
    expect(open.policies).toEqual([])
    expect(said(plan, [], { rates, items: 999 }).prediction.subtasks.total).toBe(1_000)
    expect(said(plan, [], { rates, items: { each: 9 } }).prediction.subtasks.total).toBe(10)
    expect(said(plan, [], { rates, items: { other: 9 } }).prediction.subtasks.total).toBeNull()
    const given = [{ id: 'each', worker: 'read', map: { over: [1, 2, 3] } }]
    expect(said(planOf(0, { subtasks: given }), [], { rates }).prediction.subtasks.total).toBe(3)
    expect(
      said(planOf(0, { subtasks: given }), [], { rates, items: { each: 0 } }).prediction.message,
    ).toContain('nothing to do')
  })
})

describe('predict, where the target cannot be reached', () => {
  it('sees a worker that is usually wrong', () => {
    const { prediction, policy } = said(planOf(10), [], { rates: { read: 0.4 } })
    expect(prediction.limits.map(({ code }) => code)).toContain('below-half')
    expect(policy('margin-5').success.expected).toBeLessThan(policy('margin-2').success.expected)
    expect(prediction.cheapest?.reached).toBe(false)
  })

  it('sees votes that agree on what is wrong', () => {
    const votes = [{ leader: 5, runnerUp: 0, subtasks: 1_000 }]
    const { prediction, policy } = said(planOf(100), [], {
      record: { read: { right: 950, of: 1_000, votes } },
    })
    expect(prediction.limits.map(({ code }) => code)).toContain('usual-wrong')
    expect(prediction.kinds[0]?.usualWrong).toBeCloseTo(0.05, 2)
    expect(policy('margin-5').success.expected).toBeLessThan(0.01)
    expect(policy('margin-5').reaches).toBe(false)
  })

  it('sees a budget that will not do', () => {
    const worker = facts({ policy: { vote: { margin: 3 } }, cost: { usd: 0.01, tokens: 100 } })
    const budget = { attempts: 2_000, usd: 10, tokens: 1_000 }
    const { prediction } = said(planOf(1_000), [worker], { rates: { read: rate }, budget })
    expect(prediction.limits.map(({ code }) => code)).toEqual(['attempts', 'usd', 'tokens'])
    const enough = said(planOf(1_000), [worker], { rates: { read: rate }, budget: { attempts: 4_000 } })
    expect(enough.prediction.limits).toEqual([])
  })

  it.each([
    ['a target of 0', { target: 0 }],
    ['a target of 1', { target: 1 }],
    ['a rate of 0', { rates: { read: 0 } }],
    ['a rate of 1', { rates: { read: 1 } }],
    ['a record that cannot be', { record: { read: { right: 3, of: 2 } } }],
    ['items below 0', { items: -1 }],
    ['what it does not know', { taget: 0.9 }],
  ])('refuses %s', (_, options) => {
    expect(() => predict(planOf(1), [], options as PredictOptions)).toThrow(/The options of predict/)
  })
})

it('is the same every time, and has a JSON Schema', () => {
  const once = predict(planOf(50), [], { rates: { read: 0.9 } })
  expect(JSON.stringify(predict(planOf(50), [], { rates: { read: 0.9 } }))).toBe(JSON.stringify(once))
  expect(predictionJsonSchema()).toMatchObject({ title: 'Kilostep prediction', type: 'object' })
})
