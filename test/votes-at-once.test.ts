import { VirtualClock } from '@kilostep/testing'
import { createEngine, definePlan, defineWorker, type PolicyOptions, type Run } from 'kilostep'
import { expect, test } from 'vitest'

/** A worker whose attempts take their time on the clock, and stop when they are told to. */
function slow(clock: VirtualClock, takesMs: (sample: number) => number, policy: PolicyOptions) {
  const stopped: string[] = []
  const worker = defineWorker({
    name: 'read',
    policy,
    run: (_: number, { sample, signal }) =>
      new Promise<string>((resolve, reject) => {
        const disarm = clock.after(takesMs(sample), () => resolve('same'))
        signal.addEventListener('abort', () => {
          disarm()
          stopped.push((signal.reason as Error).message)
          reject(signal.reason)
        })
      }),
  })
  return { worker, stopped }
}

async function ended(run: Run, clock: VirtualClock) {
  await clock.until(() => run.report().status !== 'running')
  return run.result
}

test('a vote with margin 3 takes as long as one attempt where slots are free, and costs no attempt more', async () => {
  const clock = new VirtualClock()
  const { worker } = slow(clock, () => 1_000, { vote: { margin: 3 } })
  const run = createEngine({ clock, concurrency: 8 }).start(definePlan('vote', (p) => p.subtask(worker, 1)))
  const { report } = await ended(run, clock)
  expect(report).toMatchObject({ status: 'succeeded', durationMs: 1_000, attempts: { started: 3 } })
})

test('votes of many subtasks fill the slots and never more', async () => {
  const clock = new VirtualClock()
  const { worker } = slow(clock, () => 1_000, { vote: { margin: 3 } })
  const plan = definePlan('votes', (p) => Array.from({ length: 10 }, (_, i) => p.subtask(worker, i)))
  const run = createEngine({ clock, concurrency: 6 }).start(plan)
  let most = 0
  run.on('attempt-started', () => {
    most = Math.max(most, run.inFlight().length + 1)
  })
  const { report } = await ended(run, clock)
  expect(report).toMatchObject({ status: 'succeeded', durationMs: 5_000, attempts: { started: 30 } })
  expect(most).toBe(6)
})

test('the limits of a worker hold for its votes', async () => {
  const clock = new VirtualClock()
  const { worker } = slow(clock, () => 1_000, { vote: { margin: 4 } })
  const plan = definePlan('votes', (p) => p.subtask({ ...worker, concurrency: 2 }, 1))
  const { report } = await ended(createEngine({ clock }).start(plan), clock)
  expect(report).toMatchObject({ status: 'succeeded', durationMs: 2_000, attempts: { started: 4 } })
})

test('votes in flight when it is settled are told to stop, count as cancelled, and what follows does not wait', async () => {
  const clock = new VirtualClock()
  const { worker, stopped } = slow(clock, (sample) => sample * 1_000, { vote: { margin: 2, atOnce: 4 } })
  let after = 0
  const next = defineWorker({
    name: 'next',
    run: () => {
      after = clock.now()
      return 'done'
    },
  })
  const plan = definePlan('vote', (p) => p.subtask(next, p.subtask(worker, 1)))
  const start = clock.now()
  const { report } = await ended(createEngine({ clock }).start(plan), clock)
  expect(after - start).toBe(2_000)
  expect(stopped).toEqual(['The answer is no longer needed.', 'The answer is no longer needed.'])
  expect(report.attempts).toMatchObject({ started: 5, succeeded: 3, wrong: 0, cancelled: 2 })
})

test('a vote that does not heed its signal keeps its slot, and its late answer counts for nothing', async () => {
  const clock = new VirtualClock()
  const deaf = defineWorker({
    name: 'deaf',
    policy: { vote: { margin: 1, atOnce: 2 }, graceMs: 500 },
    run: (_: number, { sample }) =>
      new Promise<number>(
        (resolve) => void clock.after(sample === 1 ? 1_000 : 60_000, () => resolve(sample)),
      ),
  })
  const run = createEngine({ clock }).start(definePlan('vote', (p) => p.subtask(deaf, 1)))
  const { report, output } = await ended(run, clock)
  expect(output).toBe(1)
  expect(report).toMatchObject({
    status: 'succeeded',
    durationMs: 1_500,
    attempts: { started: 2, cancelled: 1 },
  })
})
