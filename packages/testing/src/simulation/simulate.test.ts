import { AttemptError, definePlan, defineWorker, type Journal, type RunLog } from 'kilostep'
import { describe, expect, it } from 'vitest'
import { simulate } from './simulate.ts'

const double = defineWorker({ name: 'double', run: (n: number) => 2 * n })
const sum = defineWorker({ name: 'sum', run: (parts: readonly number[]) => parts.reduce((a, b) => a + b, 0) })
const plan = definePlan('sum', (p) =>
  p.subtask(
    sum,
    [1, 2, 3].map((n) => p.subtask(double, n)),
  ),
)

describe('a plan of one’s own', () => {
  it('goes through everything, the same way each time', async () => {
    const first = await simulate({ plan, seeds: 60, twice: true })
    expect(first).toMatchObject({ seeds: 60, broken: [] })
    expect(first.hosts).toBeGreaterThan(80)
    expect(first.statuses.succeeded).toBeGreaterThan(10)
    const again = await simulate({ plan, seeds: 60 })
    expect(again.trace).toBe(first.trace)
    expect((await simulate({ plan, seeds: [1, 'two', 3] })).seeds).toBe(3)
  })

  it('goes through nothing at all, where that is asked for', async () => {
    const { hosts, attempts, statuses } = await simulate({ plan, seeds: 10, faults: 'none' })
    expect({ hosts, attempts, statuses }).toEqual({
      hosts: 10,
      attempts: 40,
      statuses: { succeeded: 10, failed: 0, cancelled: 0 },
    })
  })

  it('has workers that wait, throw, and heed their signal', async () => {
    let told = 0
    const waits = defineWorker({
      name: 'waits',
      policy: { retry: { attempts: 20 }, timeoutMs: 500 },
      run: async (n: number, { attempt, signal }) => {
        await new Promise((resolve) => setImmediate(resolve))
        if (attempt === 1) throw new AttemptError('not yet', { retryAfterMs: 50 })
        if (attempt === 2) {
          return new Promise<number>((_, reject) =>
            signal.addEventListener('abort', () => {
              told++
              reject(signal.reason)
            }),
          )
        }
        return n
      },
    })
    const one = definePlan('one', (p) => p.subtask(waits, 7))
    const { broken, attempts } = await simulate({ plan: one, seeds: 1, faults: 'none' })
    expect(broken).toEqual([])
    expect(attempts).toBe(3)
    expect(told).toBe(1)
  })
})

describe('what is broken', () => {
  it('is told with what happened and the seed to see it again', async () => {
    const between = { journal: forgetful }
    const { broken, seeds } = await simulate({ plan, seeds: 500, between })
    expect(seeds).toBeLessThan(500)
    const [first] = broken
    expect(first?.breach).toMatchObject({ invariant: 1, message: expect.stringContaining('gone') })
    expect(first?.lines.at(-1)).toContain('broken: 1')
    const again = await simulate({ plan, seeds: [first?.seed as number], between })
    expect(again.broken[0]?.lines).toEqual(first?.lines)
  })

  it('is a worker that does not do the same every time, where each seed is to go the same way twice', async () => {
    let calls = 0
    const moody = defineWorker({
      name: 'moody',
      run: () => {
        if (++calls % 2 === 1) throw new Error('not today')
        return 1
      },
    })
    const one = definePlan('one', (p) => p.subtask(moody, 0))
    const { broken } = await simulate({ plan: one, seeds: 20, twice: true, faults: 'none' })
    expect(broken).toEqual([])
    calls = 1
    const other = defineWorker({ name: 'other', run: () => ++calls })
    const two = definePlan('two', (p) =>
      p.subtask(defineWorker({ name: 'next', run: () => ++calls % 3 || null }), { x: p.subtask(other, 0) }),
    )
    const changed = await simulate({ plan: two, seeds: 20, twice: true })
    expect(changed.broken.every(({ breach }) => breach?.invariant === 13)).toBe(true)
  })
})

describe('what makes no sense', () => {
  it('is told, all of it at once', async () => {
    await expect(
      simulate({ plan: 7, seeds: 0, faults: { crashes: -1, craches: 1 }, concurency: 1 } as never),
    ).rejects.toMatchObject({
      code: 'invalid-options',
      message: expect.stringMatching(/"plan".*"seeds".*"faults/s),
    })
  })

  it('is told of the plan as an engine would', async () => {
    const bad = { kilostep: 1, name: 'bad', subtasks: [{ id: 'a', worker: 'nobody' }] } as const
    await expect(simulate({ plan: bad as never, seeds: 1 })).rejects.toMatchObject({ code: 'invalid-plan' })
  })
})

/** A journal that does not have the last event when it is read again. */
function forgetful(journal: Journal): Journal {
  return {
    ...journal,
    async open(run) {
      const log = await journal.open(run)
      const forgets: RunLog = {
        append: (events) => log.append(events),
        close: () => log.close(),
        get length() {
          return log.length
        },
        async *read(from) {
          let place = from
          for await (const event of log.read(from)) if (++place < log.length || place === 1) yield event
        },
      }
      return forgets
    },
  }
}
