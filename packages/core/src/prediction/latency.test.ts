import { describe, expect, it, test } from 'vitest'
import type { Plan } from '../plan/plan.ts'
import type { WorkerFacts } from '../run/events.ts'
import { hedgedLatencyOf, latencyOf } from './latency.ts'
import { predict } from './predict.ts'
import { predictionText } from './text.ts'

/** 96 in 100 answer within 100 ms, 4 hang for ten seconds. */
const lines = [
  { upToMs: 100, attempts: 96 },
  { upToMs: 10_000, attempts: 4 },
]
const facts = (name: string, more: Partial<WorkerFacts> = {}): WorkerFacts => ({
  name,
  effects: 'idempotent',
  verified: false,
  undo: false,
  ...more,
})
const plan = (subtasks: Plan['subtasks']): Plan => ({ kilostep: 1, name: 'p', subtasks })

describe('how long answers take', () => {
  it('is as the record says', () => {
    expect(latencyOf(lines)).toEqual({ p50Ms: 100, p95Ms: 100, p99Ms: 10_000 })
    expect(latencyOf([])).toBeNull()
  })

  it('is cut at the tail by late duplicates: both would have to be slow', () => {
    const hedged = hedgedLatencyOf(lines, { quantile: null, afterMs: 200, share: 1 })
    // Late after 200 ms, and its duplicate takes up to 100 more; .04 · .04 are slow twice.
    expect(hedged).toEqual({ p50Ms: 100, p95Ms: 100, p99Ms: 300, duplicates: 0.04 })
  })

  it('is cut less where fewer duplicates are allowed than are late', () => {
    const hedged = hedgedLatencyOf(lines, { quantile: null, afterMs: 200, share: 0.02 })
    expect(hedged).toMatchObject({ p99Ms: 10_000, duplicates: 0.02 })
  })
})

describe('a prediction', () => {
  const record = { work: { right: 990, of: 1_000, latencies: lines } }
  const subtasks = Array.from({ length: 10 }, (_, i) => ({
    id: `s${i}`,
    worker: 'work',
    input: 'x'.repeat(i * 100),
  }))

  it('counts late duplicates as attempts, and says what they are good for', () => {
    const hedge = { afterMs: 200, share: 1 }
    const cost = { usd: 1, tokens: 0 }
    const one = predict(plan(subtasks), [facts('work', { cost, policy: { hedge } })], { record })
    const [first] = one.policies
    expect(first?.attemptsEach).toBeCloseTo(1.04)
    expect(first?.cost.usd).toBeCloseTo(10.4)
    expect(one.policies.find(({ policy }) => policy === 'one-attempt')?.attemptsEach).toBe(1)
    expect(one.kinds[0]).toMatchObject({
      latency: { p99Ms: 10_000 },
      hedged: { p99Ms: 300, duplicates: 0.04 },
    })
    expect(predictionText(one, { color: false, width: 300 })).toContain(
      'half of its answers take up to 100 ms, one in a hundred over 10.0 s, or over 300 ms with late duplicates (4.0 % more attempts)',
    )
    const unseen = predict(plan(subtasks), [facts('work', { policy: { hedge: {} } })], {
      rates: { work: 0.99 },
    })
    expect(unseen.kinds[0]).toMatchObject({ latency: null, hedged: null })
    expect(unseen.policies[0]?.attemptsEach).toBeCloseTo(1.05)
  })

  it('counts subtasks with the worker that they start on', () => {
    const policy = { escalate: { to: 'strong', cost: 10 }, route: [{ to: 'strong', inputOverChars: 500 }] }
    const one = predict(plan(subtasks), [facts('work', { policy }), facts('strong')], {
      rates: { work: 0.9, strong: 0.999 },
    })
    expect(one.kinds.map(({ worker, subtasks: many }) => [worker, many])).toEqual([
      ['work', 5],
      ['strong', 5],
    ])
    expect(one.naive?.expected).toBeCloseTo(0.9 ** 5 * 0.999 ** 5)
    expect(one.unknown).toEqual([])
  })

  it('says what only the run will know', () => {
    const policy = { escalate: { to: 'strong', cost: 10 }, route: [{ to: 'strong', inputOverChars: 500 }] }
    const later = [
      { id: 'a', worker: 'work' },
      { id: 'b', worker: 'work', input: { $from: 'a' } },
    ]
    const rates = { work: 0.9, strong: 0.999 }
    const one = predict(plan(later), [facts('work', { policy }), facts('strong')], { rates })
    expect(one.kinds.map(({ worker, subtasks: many }) => [worker, many])).toEqual([['work', 2]])
    expect(one.unknown[0]).toContain('Which subtasks of work start on a stronger rung')
    const asked = predict(plan(later), [facts('work', { routes: true })], { rates })
    expect(asked.unknown[0]).toContain('or from a function of the worker')
  })
})

test('a route by the record is the one that a run takes', () => {
  const policy = { escalate: { to: 'strong', cost: 3, rate: 0.9 }, route: 'record' as const }
  const workers = [facts('work', { policy }), facts('strong')]
  const of = (right: number) =>
    predict(plan([{ id: 'a', worker: 'work' }]), workers, {
      record: { work: { right, of: 100 } },
      rates: { strong: 0.9 },
    }).kinds.map(({ worker }) => worker)
  expect(of(20)).toEqual(['strong'])
  expect(of(40)).toEqual(['work'])
})
