import { eventsOf } from '@kilostep/testing'
import { createEngine, definePlan, defineWorker, memoryJournal } from 'kilostep'
import { expect, it } from 'vitest'

/** A worker whose attempts end when they are told to. */
function gated() {
  const waiting: (() => void)[] = []
  const stopped: number[] = []
  const worker = defineWorker({
    name: 'gated',
    policy: { retry: { backoffMs: 0 }, graceMs: 50 },
    run: (n: number, { signal }) => {
      signal.addEventListener('abort', () => stopped.push(n))
      return new Promise<number>((resolve) => waiting.push(() => resolve(n)))
    },
  })
  const plan = definePlan('gates', (p) => [1, 2, 3, 4].map((n) => p.subtask(worker, n)))
  return { plan, waiting, stopped }
}

async function turns(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

it('a drained run starts nothing more, ends what is in flight, and can be resumed', async () => {
  const { plan, waiting, stopped } = gated()
  const journal = memoryJournal()
  const run = createEngine({ journal, concurrency: 2 }).start(plan, { run: 'r' })
  await turns()
  expect(waiting).toHaveLength(2)
  const drained = run.drain()
  for (const end of waiting.splice(0)) end()
  await drained
  await expect(run.result).rejects.toMatchObject({
    code: 'drained',
    message: 'Run "r" was let go of before its end. Go on with it: engine.resume("r").',
  })
  expect({ waiting, stopped }).toEqual({ waiting: [], stopped: [] })
  expect(await journal.runs()).toMatchObject([{ status: 'open', taken: false }])

  const again = await createEngine({ journal, concurrency: 2 }).resume('r', { plan })
  while (again.progress().phase !== 'finished') {
    await turns()
    for (const end of waiting.splice(0)) end()
  }
  const { report } = await again.result
  expect(report.attempts).toMatchObject({ started: 4, succeeded: 4, transport: 0 })
})

it('what does not end within its grace is told to stop, and is lost', async () => {
  const { plan, waiting, stopped } = gated()
  const journal = memoryJournal()
  const run = createEngine({ journal, concurrency: 2 }).start(plan, { run: 'r' })
  await turns()
  waiting.shift()?.()
  await run.drain({ graceMs: 30 })
  expect(stopped).toEqual([2])
  // What it answers now is nobody's any more.
  for (const end of waiting.splice(0)) end()
  await turns()
  const events = await eventsOf(await journal.open('r'))
  expect(events.filter(({ type }) => type === 'attempt-succeeded')).toHaveLength(1)
  expect(run.progress()).toMatchObject({ succeeded: 1 })
})

it('a second call with less time shortens the first', async () => {
  const { plan, stopped } = gated()
  const run = createEngine({ concurrency: 2 }).start(plan)
  await turns()
  const first = run.drain({ graceMs: 1_000_000 })
  await run.drain({ graceMs: 0 })
  await first
  expect(stopped).toEqual([1, 2])
})

it('a run that ends by itself meanwhile has its result', async () => {
  const { plan, waiting } = gated()
  const engine = createEngine({ concurrency: 4 })
  const run = engine.start(plan)
  await turns()
  const drained = engine.drain()
  for (const end of waiting.splice(0)) end()
  await drained
  expect((await run.result).status).toBe('succeeded')
  expect(() => engine.start(plan)).toThrow(expect.objectContaining({ code: 'engine-closed' }))
  await run.drain()
})

it('a drained engine waits for no retry, and lets go of a paused run and of one that has not begun', async () => {
  const fails = defineWorker({
    name: 'fails',
    policy: { retry: { attempts: 2, backoffMs: 60_000, maxBackoffMs: 60_000 } },
    run: () => Promise.reject(new Error('no')),
  })
  const plan = definePlan('one', (p) => p.subtask(fails, 1))
  const engine = createEngine()
  const waits = engine.start(plan)
  await turns()
  const paused = engine.start(plan)
  paused.pause()
  const early = engine.start(plan)
  await engine.drain()
  for (const run of [waits, paused, early])
    await expect(run.result).rejects.toMatchObject({ code: 'drained' })
})

it('a grace that cannot be is told', () => {
  const run = createEngine().start(gated().plan)
  expect(() => run.drain({ graceMs: -1 })).toThrow(expect.objectContaining({ code: 'invalid-options' }))
  expect(() => run.drain({ grace: 1 } as never)).toThrow('"grace"')
})
