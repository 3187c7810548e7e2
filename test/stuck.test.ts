import { settled, VirtualClock } from '@kilostep/testing'
import { createEngine, defineWorker } from 'kilostep'
import { describe, expect, test } from 'vitest'
import { openJournal } from './scheduler/drive.ts'

const policy = { timeoutMs: 100, graceMs: 10, retry: { attempts: 1 } }
const plan = (count: number, worker = 'deaf') => ({
  kilostep: 1,
  name: 'stuck',
  subtasks: Array.from({ length: count }, (_, i) => ({ id: `s${i}`, worker })),
})
const advice = 'Have the workers heed their signal, or give them a thread or process of their own.'
const message = (ms: number, what: string): string =>
  `For ${ms} ms all of ${what} were held by attempts that did not stop when they were told to. ${advice}`

/** Attempts that are deaf to their signal, and the means to end each. */
function deafWorker(limits: { readonly concurrency?: number } = {}) {
  const ends: (() => void)[] = []
  const run = (): Promise<number> => new Promise((resolve) => ends.push(() => resolve(1)))
  return { ends, worker: defineWorker({ name: 'deaf', run, policy, ...limits }) }
}

describe('a worker that ignores its signal', () => {
  test('keeps its slot: in flight and stuck together are never more than there are slots', async () => {
    const clock = new VirtualClock()
    const { worker, ends } = deafWorker()
    const { journal, events } = openJournal()
    const engine = createEngine({ clock, journal, workers: [worker], concurrency: 4, stuckMs: 100_000 })
    const run = engine.start(plan(20))
    const most = { inFlight: 0, stuck: 0 }
    run.on('event', () => {
      const { inFlight, stuck } = run.progress()
      expect(inFlight + stuck).toBeLessThanOrEqual(4)
      most.inFlight = Math.max(most.inFlight, inFlight)
      most.stuck = Math.max(most.stuck, stuck)
    })
    let over = false
    run.result.then(() => {
      over = true
    })
    // Whenever all are stuck, the oldest stops after all.
    for (let ended = 0; !over; ) {
      await settled()
      if (run.progress().stuck === 4) ends[ended++]?.()
      else if (!over) clock.ring()
    }
    const { report } = await run.result
    expect(most).toEqual({ inFlight: 4, stuck: 4 })
    expect(ends).toHaveLength(20)
    expect(report.subtasks.failed).toBe(20)
    expect(report.message).toBe('20 of 20 subtasks failed.')
    const stuck = events.filter((event) => event.type === 'attempt-failed' && event.stuck).length
    const stopped = events.filter((event) => event.type === 'attempt-stopped').length
    expect(report.attempts.stuck).toBe(stuck - stopped)
  })

  test('is told apart from one that stops in time', async () => {
    const clock = new VirtualClock()
    const heeds = defineWorker({
      name: 'heeds',
      run: (_: unknown, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      policy,
    })
    const engine = createEngine({ clock, workers: [heeds], concurrency: 1 })
    const { report } = await clock.result(engine.start(plan(3, 'heeds')).result)
    expect(report.attempts).toMatchObject({ started: 3, transport: 3, stuck: 0 })
    expect(report.failures[0]?.message).toBe('Not done within its 100 ms.')
  })

  test('ends the run where it holds every slot of the engine', async () => {
    const clock = new VirtualClock()
    const { worker } = deafWorker()
    const engine = createEngine({ clock, workers: [worker], concurrency: 2, stuckMs: 5_000 })
    const { report, status } = await clock.result(engine.start(plan(3)).result)
    expect(status).toBe('failed')
    expect(report.message).toBe(message(5_000, "the engine's slots (2)"))
    expect(report.subtasks).toMatchObject({ failed: 2, cancelled: 1 })
    expect(clock.now()).toBe(1_000 + 110 + 5_000)
    expect(clock.pending).toBe(0)
  })

  test('ends a later run of the same engine as well', async () => {
    const clock = new VirtualClock()
    const { worker } = deafWorker()
    const engine = createEngine({ clock, workers: [worker], concurrency: 1 })
    await clock.result(engine.start(plan(1)).result)
    const { report } = await clock.result(engine.start(plan(1)).result)
    expect(report.message).toBe(message(30_000, "the engine's slots (1)"))
  })

  test('ends the run where it holds every slot of its worker', async () => {
    const clock = new VirtualClock()
    const { worker } = deafWorker({ concurrency: 1 })
    const quick = defineWorker({ name: 'quick', run: () => 1 })
    const engine = createEngine({ clock, workers: [worker, quick], concurrency: 8 })
    const both = { ...plan(2), subtasks: [...plan(2).subtasks, { id: 'q', worker: 'quick' }] }
    const { report } = await clock.result(engine.start(both).result)
    expect(report.message).toBe(message(30_000, `worker "deaf"'s slots`))
    expect(report.subtasks).toMatchObject({ succeeded: 1, failed: 1, cancelled: 1 })
  })

  test('ends the run where it holds every slot of the run', async () => {
    const clock = new VirtualClock()
    const { worker } = deafWorker()
    const engine = createEngine({ clock, workers: [worker], concurrency: 8 })
    const { report } = await clock.result(engine.start(plan(2), { concurrency: 1 }).result)
    expect(report.message).toBe(message(30_000, "the run's slots (1)"))
  })

  test('that stops after all gives its slot back, and the run goes on', async () => {
    const clock = new VirtualClock()
    const { worker, ends } = deafWorker()
    const quick = defineWorker({ name: 'quick', run: () => 1 })
    const engine = createEngine({ clock, workers: [worker, quick], concurrency: 1 })
    const run = engine.start({
      kilostep: 1,
      name: 'late',
      subtasks: [
        { id: 'a', worker: 'deaf' },
        { id: 'b', worker: 'quick' },
      ],
    })
    await clock.until(() => run.progress().stuck === 1)
    clock.skip(29_000)
    ends[0]?.()
    const { report } = await clock.result(run.result)
    expect(report.subtasks).toMatchObject({ succeeded: 1, failed: 1 })
    expect(report.attempts.stuck).toBe(0)
  })

  test('ends no run that is paused', async () => {
    const clock = new VirtualClock()
    const { worker } = deafWorker()
    const engine = createEngine({ clock, workers: [worker], concurrency: 1, stuckMs: 10 })
    const run = engine.start(plan(2))
    await settled()
    run.pause()
    await clock.until(() => run.progress().stuck === 1)
    while (clock.ring()) await settled()
    expect(run.progress().phase).toBe('paused')
    run.resume()
    const { report } = await clock.result(run.result)
    expect(report.message).toBe(message(10, "the engine's slots (1)"))
  })
})

test('no timer is set again and again while time alone cannot help', async () => {
  const clock = new VirtualClock()
  const wait = (ms: number): Promise<number> => new Promise((resolve) => clock.after(ms, () => resolve(1)))
  let broken = false
  const flaky = defineWorker({
    name: 'flaky',
    run: () => {
      if (broken) return 1
      broken = true
      throw new Error('Once.')
    },
    policy: { retry: { backoffMs: 10 } },
  })
  const slow = defineWorker({ name: 'slow', run: () => wait(10_000), rate: { limit: 9, intervalMs: 1_000 } })
  const engine = createEngine({ clock, workers: [flaky, slow], concurrency: 1 })
  const names = ['flaky', 'slow', 'slow', 'slow']
  const subtasks = names.map((worker, i) => ({ id: `s${i}`, worker }))
  const run = engine.start({ kilostep: 1, name: 'patience', subtasks })
  const { status } = await clock.result(run.result, 30)
  expect(status).toBe('succeeded')
})
