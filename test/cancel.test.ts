import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { accountingFaults, createRandom, type Random } from '@kilostep/core'
import { settled, VirtualClock } from '@kilostep/testing'
import fc from 'fast-check'
import { AttemptError, createEngine, defineWorker } from 'kilostep'
import { expect, test } from 'vitest'
import { openJournal } from './scheduler/drive.ts'

const moments = ['between', 'listener', 'signal', 'close', 'paused'] as const

/** Workers of every character: quick, slow, flaky, deaf to their signal, and hanging for ever. */
function characters(clock: VirtualClock, random: Random) {
  const wait = (ms: number, signal?: AbortSignal): Promise<number> =>
    new Promise((done, reject) => {
      const disarm = clock.after(ms, () => done(1))
      signal?.addEventListener('abort', () => {
        disarm()
        reject(signal.reason)
      })
    })
  const policy = { timeoutMs: 50, graceMs: 5, retry: { attempts: 3, backoffMs: 20 } }
  const flaky = (): number => {
    if (random.uniform() < 0.5) throw new AttemptError('It broke.')
    return 1
  }
  return [
    defineWorker({ name: 'quick', run: () => 1, policy }),
    defineWorker({ name: 'slow', run: (_: unknown, { signal }) => wait(30, signal), policy }),
    defineWorker({ name: 'late', run: (_: unknown, { signal }) => wait(70, signal), policy }),
    defineWorker({ name: 'deaf', run: () => wait(90), policy, concurrency: 2 }),
    defineWorker({ name: 'hanging', run: () => new Promise<never>(() => undefined), policy }),
    defineWorker({ name: 'flaky', run: flaky, policy, rate: { limit: 3, intervalMs: 40 } }),
  ]
}

test('a run that is cancelled at any moment ends, adds up, and leaves no timer', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.constantFrom(...moments),
      fc.nat(60),
      fc.constantFrom(1, 3, 64),
      async (seed, moment, at, concurrency) => {
        const random = createRandom(seed)
        const clock = new VirtualClock()
        const workers = characters(clock, random)
        const { journal, events } = openJournal()
        const engine = createEngine({ clock, workers, concurrency, journal, stuckMs: 1_000 })
        const subtasks = Array.from({ length: 1 + random.integer(15) }, (_, i) => ({
          id: `s${i}`,
          worker: workers[random.integer(workers.length)]?.name,
          ...(i > 0 && random.uniform() < 0.5 ? { needs: [`s${random.integer(i)}`] } : undefined),
        }))
        const controller = new AbortController()
        const run = engine.start(
          { kilostep: 1, name: 'any', subtasks },
          { seed, signal: controller.signal, timeoutMs: 5_000 },
        )
        const heard: string[] = []
        run.on('event', (event) => heard.push(event.type))
        const stop = (): void => {
          if (moment === 'paused') run.pause()
          if (moment === 'signal') controller.abort()
          else if (moment === 'close') void engine.close()
          else run.cancel()
        }
        if (moment === 'listener') run.on('event', () => heard.length === at + 1 && stop())
        let over = false
        const end = (): void => {
          over = true
        }
        run.result.then(end, end)
        for (let step = 0; !over; step++) {
          await settled()
          if (step === at && moment !== 'listener') stop()
          else if (!over && !clock.ring()) {
            await settled()
            if (!over) throw new Error('Nothing is left to wait for, and the run has not ended.')
          }
        }
        const { report, status } = await run.result
        expect(accountingFaults(report)).toEqual([])
        expect(['cancelled', 'succeeded', 'failed']).toContain(status)
        expect(events.at(-1)?.type).toBe('run-finished')
        expect(heard).toEqual(events.slice(1).map(({ type }) => type))
        expect(run.flights.size).toBe(report.attempts.stuck)
        // What deaf workers have set is theirs; of the engine there is nothing.
        const deaf = clock.pending
        for (let rung = 0; rung < deaf; rung++) clock.ring()
        await settled()
        expect(clock.pending).toBe(0)
      },
    ),
    { numRuns: 400 },
  )
})

test('a process whose runs were cancelled ends by itself, with nothing left behind', async () => {
  const script = resolve(import.meta.dirname, 'fixtures/cancelled-runs.ts')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@kilostep/source', '--disable-warning=ExperimentalWarning', script],
    { timeout: 25_000 },
  )
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual([
    'at once: cancelled',
    'with everything under way: cancelled',
    'while paused: cancelled',
    'inside a listener: cancelled',
    'twice: cancelled',
    'by its signal: cancelled Not wanted any more.',
    'with its engine: cancelled',
  ])
}, 30_000)

test('a run that is out of time starts nothing more, though a slot is free before its timer rings', async () => {
  const clock = new VirtualClock()
  const begun: number[] = []
  const long = defineWorker({
    name: 'long',
    run: (n: number) => {
      begun.push(n)
      // The machine was busy, or asleep: no timer has rung meanwhile.
      clock.skip(2_000)
      return n
    },
  })
  const subtasks = [1, 2, 3].map((input) => ({ id: `s${input}`, worker: 'long', input }))
  const engine = createEngine({ clock, concurrency: 1, workers: [long] })
  const run = engine.start({ kilostep: 1, name: 'late', subtasks }, { timeoutMs: 1_000 })
  const { status, report } = await clock.result(run.result)
  expect(status).toBe('failed')
  expect(report.message).toContain('1000 ms')
  expect(begun).toEqual([1])
})
