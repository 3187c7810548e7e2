import { createRandom, predictionText } from '@kilostep/core'
import { describe, expect, it } from 'vitest'
import { createEngine, definePlan, defineWorker, memoryJournal, pilot, predict } from './index.ts'

const rate = 0.8 ** (1 / 10)

/** Squares numbers, wrongly now and then: the simulated worker of these tests. */
const squarer = (seed: string, right: number, more: object = {}) => {
  const random = createRandom(seed)
  let calls = 0
  const worker = defineWorker({
    name: 'square',
    run: async (n: number) => {
      calls++
      return random.uniform() < right ? n * n : -1
    },
    ...more,
  })
  return { worker, calls: () => calls }
}
const planOf = (worker: ReturnType<typeof squarer>['worker'], n: number) =>
  definePlan('squares', (p) => Array.from({ length: n }, (_, i) => p.subtask(worker, i)))

describe('pilot', () => {
  it('asks for so many votes on so many subtasks, and for none more', async () => {
    const { worker, calls } = squarer('a', 0.9)
    const result = await pilot(planOf(worker, 1_000), { subtasks: 20, votes: 5, seed: 7 })
    expect(calls()).toBe(100)
    expect(result).toMatchObject({ subtasks: 20, votes: 5, attempts: 100, unsampled: [] })
    const votes = result.record['square']?.votes ?? []
    expect(votes.reduce((sum, line) => sum + line.subtasks, 0)).toBe(20)
    for (const { leader, runnerUp } of votes) expect(leader + runnerUp).toBe(5)
  })

  it('draws the same sample from the same seed, and another from another', async () => {
    const drawn = async (seed: number) => {
      const seen = new Set<number>()
      const worker = defineWorker({ name: 'square', run: (n: number) => seen.add(n).size })
      await pilot(
        definePlan('s', (p) => Array.from({ length: 500 }, (_, i) => p.subtask(worker, i))),
        { seed, subtasks: 10, votes: 2 },
      )
      return [...seen].sort((a, b) => a - b)
    }
    expect(await drawn(1)).toEqual(await drawn(1))
    expect(await drawn(1)).not.toEqual(await drawn(2))
  })

  it('never makes more attempts than it was given, whatever fails', async () => {
    for (const attempts of [3, 50]) {
      let calls = 0
      const flaky = defineWorker({
        name: 'square',
        run: (n: number) => {
          if (calls++ % 2 === 0) throw new Error('busy')
          return n
        },
        policy: { retry: { attempts: 10, backoffMs: 0 } },
      })
      const plan = definePlan('s', (p) => Array.from({ length: 100 }, (_, i) => p.subtask(flaky, i)))
      const result = await pilot(plan, { attempts })
      expect(calls).toBe(attempts)
      expect(result.attempts).toBe(attempts)
      expect(result.record['square']?.attempts).toMatchObject({ started: attempts })
      expect(result.record['square']?.attempts?.transport).toBeGreaterThan(0)
    }
  })

  it('leaves alone what waits for others and what must not be repeated, and says so', async () => {
    const { worker } = squarer('b', 1)
    const sum = defineWorker({ name: 'sum', run: (all: number[]) => all.length })
    const pay = defineWorker({ name: 'pay', run: () => 1, effects: 'once' })
    const plan = definePlan('s', (p) => {
      const all = Array.from({ length: 5 }, (_, i) => p.subtask(worker, i))
      p.subtask(pay, null)
      return p.subtask(sum, all)
    })
    const { unsampled, record, subtasks } = await pilot(plan, { votes: 2 })
    expect(unsampled.map((one) => one.worker).sort()).toEqual(['pay', 'sum'])
    expect(Object.keys(record)).toEqual(['square'])
    expect(subtasks).toBe(5)
    const prediction = predict(plan, { pilot: { record } })
    expect(prediction.policies).toEqual([])
    expect(prediction.unknown.join(' ')).toContain('sum')
  })

  it('takes items of a map whose list is in the plan', async () => {
    const { worker } = squarer('m', 1)
    const data = {
      kilostep: 1,
      name: 'm',
      subtasks: [{ id: 'each', worker: 'square', map: { over: [1, 2, 3, 4] }, input: { $item: [] } }],
    }
    const { record, attempts } = await pilot(data, { workers: [worker], subtasks: 3, votes: 2 })
    expect(attempts).toBe(6)
    expect(record['square']?.votes).toEqual([{ leader: 2, runnerUp: 0, subtasks: 3 }])
  })

  it('does not climb the ladder, and leaves what workers hold to their engine', async () => {
    let disposed = 0
    const { worker, calls } = squarer('c', 0.5, {
      policy: { escalate: { to: 'strong' } },
      dispose: () => {
        disposed++
      },
    })
    const strong = defineWorker({
      name: 'strong',
      run: () => {
        throw new Error('never asked')
      },
    })
    const engine = createEngine({ workers: [worker, strong], journal: memoryJournal() })
    const data = {
      kilostep: 1,
      name: 'p',
      subtasks: Array.from({ length: 30 }, (_, i) => ({ id: `s${i}`, worker: 'square', input: i })),
    }
    const { record } = await pilot(data, { engine, subtasks: 30, votes: 3 })
    expect(calls()).toBe(90)
    expect(Object.keys(record)).toEqual(['square'])
    expect(disposed).toBe(0)
    await engine.close()
    expect(disposed).toBe(1)
  })

  it('counts what a verifier says, and what attempts cost', async () => {
    const { worker } = squarer('d', 0.8, {
      run: async (n: number, context: { spend(cost: object): void; attempt: number }) => {
        context.spend({ usd: 0.02 })
        return (n + context.attempt) % 5 === 0 ? -1 : n
      },
      verify: (answer: number) => answer >= 0 || 'negative',
    })
    const { record, spent } = await pilot(planOf(worker, 50), { subtasks: 50, votes: 4 })
    const { right = 0, of = 1, attempts } = record['square'] ?? {}
    expect(right / of).toBeCloseTo(0.8, 1)
    expect(attempts?.usd).toBeCloseTo(0.02)
    expect(spent.usd).toBeGreaterThan(3)
  })

  it.each([[{ votes: 1 }], [{ subtasks: 0 }], [{ attempts: 0 }], [{ budget: { usd: 0 } }], [{ vote: 5 }]])(
    'refuses %j',
    async (options) => {
      const { worker } = squarer('e', 1)
      await expect(pilot(planOf(worker, 1), options as object)).rejects.toThrow(/The options of pilot/)
    },
  )
})

describe('a prediction after a pilot, against what runs do', () => {
  it.each([
    ['all right 97.8 % of the time', () => rate],
    ['half of them hard', (n: number) => (n % 2 === 0 ? 0.99 : 0.8)],
  ])(
    '%s',
    async (what, rateOf) => {
      const random = createRandom(`after a pilot, ${what}`)
      const n = 100
      const worker = defineWorker({
        name: 'square',
        run: (i: number) => (random.uniform() < rateOf(i) ? i * i : -1),
        policy: { vote: { margin: 'auto' } },
      })
      const plan = planOf(worker, n)
      // A large pilot, so that its luck is small beside the prediction's error.
      const { record } = await pilot(plan, { subtasks: n, votes: 30, seed: 1 })
      const prediction = predict(plan, { pilot: { record }, target: 0.9 })
      const predicted = prediction.policies.find(({ policy }) => policy === 'plan')
      const engine = createEngine({ concurrency: 64 })
      const runs = 60
      let right = 0
      let attempts = 0
      for (let seed = 0; seed < runs; seed++) {
        const { output, report } = await engine.start(plan, { target: 0.9, seed, record }).result
        if (output?.every((answer, i) => answer === i * i)) right++
        attempts += report.attempts.started / runs
      }
      expect(attempts / (predicted?.attempts ?? 0)).toBeGreaterThan(0.8)
      expect(attempts / (predicted?.attempts ?? 0)).toBeLessThan(1.25)
      const expected = predicted?.success.expected ?? 0
      // Never too bold: within three standard errors.
      expect(right / runs).toBeGreaterThan(
        expected - 3 * Math.sqrt((expected * (1 - expected)) / runs) - 0.02,
      )
      expect(right / runs).toBeGreaterThanOrEqual(0.9)
      let once = 0
      for (let i = 0; i < n; i++) once += Math.log(rateOf(i))
      expect(Math.log(prediction.naive?.expected ?? 0) / once).toBeGreaterThan(0.75)
      expect(Math.log(prediction.naive?.expected ?? 0) / once).toBeLessThan(1.33)
    },
    60_000,
  )

  it('reads like this after a small pilot', async () => {
    const { worker } = squarer('text', rate, { cost: { usd: 0.001 } })
    const plan = planOf(worker, 1_000)
    const { record } = await pilot(plan, { seed: 3 })
    const text = predictionText(predict(plan, { pilot: { record } }), { color: false, width: 80 })
    expect(text.replaceAll(/\s+/g, ' ')).toContain('as its votes agree (100 answers)')
    expect(text).toContain('✓ vote, auto')
    expect(text).toContain('$')
  })
})
