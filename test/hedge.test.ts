import { VirtualClock } from '@kilostep/testing'
import { createEngine, definePlan, defineWorker, type PolicyOptions } from 'kilostep'
import { expect, test } from 'vitest'

/** One attempt in so many hangs for a minute; all others take 100 ms. */
function service(
  clock: VirtualClock,
  hangs: (attempt: number, id: number) => boolean,
  policy: PolicyOptions,
) {
  const keys: string[] = []
  const stopped: string[] = []
  const worker = defineWorker({
    name: 'service',
    policy,
    run: (id: number, { attempt, signal, idempotencyKey }) => {
      keys.push(idempotencyKey)
      return new Promise<number>((resolve, reject) => {
        const disarm = clock.after(hangs(attempt, id) ? 60_000 : 100, () => resolve(id))
        signal.addEventListener('abort', () => {
          disarm()
          stopped.push((signal.reason as Error).message)
          reject(signal.reason)
        })
      })
    },
  })
  return { worker, keys, stopped }
}

test('a slow attempt is overtaken by a duplicate with the same idempotency key, and told to stop', async () => {
  const clock = new VirtualClock()
  const { worker, keys, stopped } = service(clock, (attempt) => attempt === 1, { hedge: { afterMs: 500 } })
  const run = createEngine({ clock }).start(
    definePlan('one', (p) => p.subtask(worker, 7)),
    { run: 'r' },
  )
  await clock.until(() => run.report().status !== 'running')
  const { output, report } = await run.result
  expect(output).toBe(7)
  expect(report.durationMs).toBe(600)
  expect(new Set(keys).size).toBe(1)
  expect(keys).toHaveLength(2)
  expect(stopped).toEqual(['The answer is no longer needed.'])
  expect(report.attempts).toMatchObject({ started: 2, cancelled: 1, hedged: 1 })
})

test('what is late is learned while the plan runs: a thousand subtasks do not wait for the few that hang', async () => {
  const durations: number[] = []
  for (const hedge of [undefined, { quantile: 0.95 }]) {
    const clock = new VirtualClock()
    const { worker } = service(
      clock,
      (attempt, id) => attempt === 1 && id % 50 === 3,
      hedge === undefined ? {} : { hedge },
    )
    const plan = definePlan('many', (p) => Array.from({ length: 1_000 }, (_, i) => p.subtask(worker, i)))
    const run = createEngine({ clock, concurrency: 50 }).start(plan)
    await clock.until(() => run.report().status !== 'running')
    const { report } = await run.result
    expect(report.subtasks.succeeded).toBe(1_000)
    durations.push(report.durationMs)
    if (hedge !== undefined) {
      expect(report.attempts.hedged).toBe(20)
      expect(report.attempts).toMatchObject({ started: 1_020, succeeded: 1_000, cancelled: 20 })
    }
  }
  const [without = 0, hedged = 0] = durations
  expect(without).toBeGreaterThan(60_000)
  expect(hedged).toBeLessThan(4_000)
})

test('temperatures reach the worker by vote', async () => {
  const seen: (number | undefined)[] = []
  const worker = defineWorker({
    name: 'model',
    policy: { vote: { margin: 4, temperatures: [0, 0.5, 0.8] } },
    run: (_: null, { temperature }) => {
      seen.push(temperature)
      return 'x'
    },
  })
  const plain = defineWorker({ name: 'plain', run: (_: string, { temperature }) => String(temperature) })
  const { output } = await createEngine().start(
    definePlan('p', (p) => p.subtask(plain, p.subtask(worker, null))),
  ).result
  expect(seen).toEqual([0, 0.5, 0.8, 0.8])
  expect(output).toBe('undefined')
})
