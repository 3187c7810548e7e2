import type { JournalEvent } from '@kilostep/core'
import { KilostepError } from '@kilostep/core'
import { eventsOf, VirtualClock } from '@kilostep/testing'
import {
  type AttemptContext,
  createEngine,
  definePlan,
  defineWorker,
  type Journal,
  memoryJournal,
  type Run,
  type RunLog,
  type Worker,
} from 'kilostep'
import { describe, expect, it } from 'vitest'

/** A journal in which a run stands as it was after so many events, when its host was lost. */
function journalWith(events: readonly JournalEvent[]): { journal: Journal; log: RunLog } {
  const journal = memoryJournal()
  const log = journal.create('r')
  void log.append(events)
  void log.close()
  return { journal, log }
}

/** A journal that keeps what is appended together, because that is kept or lost together. */
function recorded(events: readonly JournalEvent[] = []) {
  const appends: (readonly JournalEvent[])[] = []
  const inner = events.length === 0 ? memoryJournal() : journalWith(events).journal
  const watched = (log: RunLog): RunLog => ({
    append(more) {
      appends.push(more)
      return log.append(more)
    },
    read: (from) => log.read(from),
    close: () => log.close(),
    get length() {
      return log.length
    },
  })
  const journal: Journal = {
    ...inner,
    create: (run) => watched(inner.create(run)),
    open: async (run) => watched(await inner.open(run)),
  }
  return { journal, appends }
}

/** Events of a run that is stopped dead when `until` says so. */
async function cut(events: Promise<JournalEvent[]>, until: (event: JournalEvent) => boolean) {
  const all = await events
  return all.slice(0, all.findIndex(until) + 1)
}

/** The journal as the run stands now. */
async function told(journal: Journal): Promise<JournalEvent[]> {
  return eventsOf(await journal.open('r'))
}

/** Fails once for every third subtask. */
const flaky = defineWorker({
  name: 'flaky',
  policy: { retry: { attempts: 5, backoffMs: 0 } },
  run: (n: number, { attempt }) => {
    if (n % 3 === 0 && attempt === 1) throw new Error('not yet')
    return n * 2
  },
})
const sum = defineWorker({ name: 'sum', run: (parts: readonly number[]) => parts.reduce((a, b) => a + b, 0) })
const judge = defineWorker({ name: 'judge', run: () => true })
const plan = definePlan('mixed', (p) => {
  const parts = Array.from({ length: 7 }, (_, i) => p.subtask(flaky, i))
  p.check(judge, parts.slice(0, 2))
  const list = p.subtask(defineWorker({ name: 'list', run: () => [1, 2, 3] }), undefined)
  const mapped = p.map(list, flaky, (item) => item)
  return { sum: p.subtask(sum, parts), mapped }
})
const output = { sum: 42, mapped: [2, 4, 6] }

/** Resolves when the run has done what it can without help. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
}

describe('a run that is resumed', () => {
  it('ends alike wherever it was cut', async () => {
    const { journal, appends } = recorded()
    const whole = createEngine({ journal, concurrency: 3 }).start(plan, { run: 'r', seed: 1 })
    const { report } = await whole.result
    expect(appends.length).toBeGreaterThan(30)
    for (let length = 1; length <= appends.length; length++) {
      const { journal: cut } = journalWith(appends.slice(0, length).flat())
      const run = await createEngine({ journal: cut, concurrency: 3 }).resume('r', { plan })
      const result = await run.result
      expect(result.status).toBe('succeeded')
      expect(result.output).toEqual(output)
      expect(result.report.subtasks).toEqual(report.subtasks)
      expect(result.report.seed).toBe(1)
    }
  })

  it('ends alike when it is cut again and again', async () => {
    const patient = { seed: 2, policy: { retry: { attempts: 1_000, backoffMs: 0 } } }
    let before: (readonly JournalEvent[])[] = []
    let result: Awaited<Run['result']> | undefined
    let cuts = 0
    for (let length = 3; result === undefined; length += 5, cuts++) {
      const { journal, appends } = recorded(before.flat())
      const engine = createEngine({ journal, concurrency: 2 })
      const run =
        before.length === 0
          ? engine.start(plan, { run: 'r', ...patient })
          : await engine.resume('r', { plan })
      const ended = await run.result
      before = [...before, ...appends]
      if (before.length <= length) result = ended
      before = before.slice(0, length)
    }
    expect(cuts).toBeGreaterThan(3)
    expect(result.output).toEqual(output)
    expect(result.report.attempts.started).toBe(
      result.report.attempts.succeeded + result.report.attempts.transport,
    )
  })

  it('gives the result of one that has ended, and writes nothing', async () => {
    const journal = memoryJournal()
    const run = createEngine({ journal }).start(plan, { run: 'r' })
    const { report } = await run.result
    const before = await told(journal)
    const again = await createEngine({ journal }).resume('r', { plan })
    const result = await again.result
    expect(JSON.stringify(result.report)).toBe(JSON.stringify(report))
    expect(result.output).toEqual(output)
    expect(await told(journal)).toEqual(before)
    // Its events can be read as well.
    let count = 0
    for await (const _ of again) count++
    expect(count).toBe(before.length)
  })
})

describe('what was in flight', () => {
  const seen: Pick<AttemptContext, 'attempt' | 'sample' | 'idempotencyKey' | 'reason'>[] = []
  const slow = (effects: 'none' | 'idempotent' | 'once', extra: Partial<Worker> = {}) =>
    defineWorker({
      name: 'slow',
      effects,
      policy: { retry: { attempts: 3, backoffMs: 0 } },
      ...extra,
      run: (_: unknown, context) => {
        const { attempt, sample, idempotencyKey, reason } = context
        seen.push({ attempt, sample, idempotencyKey, reason })
        return seen.length > 1 ? 'done' : new Promise(() => undefined)
      },
    })

  async function lost(worker: Worker, options = {}): Promise<Run> {
    seen.length = 0
    const journal = memoryJournal()
    const one = definePlan('one', (p) => p.subtask(worker, 1))
    const first = createEngine({ journal }).start(one, { run: 'r', ...options })
    await settled()
    expect(seen).toHaveLength(1)
    const events = await told(journal)
    first.cancel()
    return createEngine({ journal: journalWith(events).journal, workers: [worker] }).resume('r')
  }

  it('is repeated with the next number and the same key, and counts as a transport failure', async () => {
    const { report } = await (await lost(slow('idempotent'))).result
    expect(seen.map(({ attempt, sample }) => [attempt, sample])).toEqual([
      [1, 1],
      [2, 1],
    ])
    expect(seen[1]?.idempotencyKey).toBe(seen[0]?.idempotencyKey)
    expect(seen[1]?.reason).toContain('was lost')
    expect(report.attempts).toMatchObject({ started: 2, succeeded: 1, transport: 1 })
  })

  it('is not repeated where it must be done once: somebody has to look', async () => {
    const run = await lost(slow('once'))
    await settled()
    expect(run.waiting()).toMatchObject([{ subtask: 'slow-1', for: 'unsure' }])
    run.decide('slow-1', { reject: 'it was not done' })
    const { status, report } = await run.result
    expect(seen).toHaveLength(1)
    expect(status).toBe('failed')
    expect(report.failures[0]).toMatchObject({ code: 'refused', message: 'it was not done' })
  })

  it('is not repeated by a stronger worker either', async () => {
    const strong = defineWorker({ name: 'strong', run: () => 'again' })
    const worker = slow('once', { policy: { escalate: { to: 'strong' } } })
    seen.length = 0
    const journal = memoryJournal()
    const one = definePlan('one', (p) => p.subtask(worker, 1), [strong])
    const first = createEngine({ journal }).start(one, { run: 'r' })
    await settled()
    const events = await told(journal)
    first.cancel()
    const run = await createEngine({ journal: journalWith(events).journal }).resume('r', { plan: one })
    await settled()
    run.decide('slow-1', { reject: 'it was not done' })
    const { report } = await run.result
    expect(report.failures[0]?.code).toBe('refused')
    expect(report.attempts.started).toBe(1)
  })

  it('counts towards the limits of the run', async () => {
    const run = await lost(slow('idempotent'), { budget: { attempts: 1 } })
    const { status, report } = await run.result
    expect(status).toBe('failed')
    expect(report.message).toContain('budget of 1 attempts')
    expect(report.attempts.started).toBe(1)
  })

  it('is charged what it could have cost at most', async () => {
    const run = await lost(slow('idempotent', { cost: { usd: 2 } }), { budget: { usd: 3 } })
    const { report } = await run.result
    expect(report.spend.usd).toBe(2)
    expect(report.message).toContain('budget of 3 usd')
  })

  it('is lost only so often as retries allow', async () => {
    const worker = slow('none', { policy: { retry: { attempts: 1 } } })
    const { report } = await (await lost(worker)).result
    expect(report.failures[0]).toMatchObject({ code: 'lost' })
    expect(seen).toHaveLength(1)
  })
})

describe('what holds across a lost host', () => {
  it('a pause', async () => {
    const journal = memoryJournal()
    const first = createEngine({ journal, concurrency: 1 }).start(plan, { run: 'r' })
    first.pause()
    await settled()
    const events = await told(journal)
    const run = await createEngine({ journal: journalWith(events).journal }).resume('r', { plan })
    await settled()
    expect(run.progress()).toMatchObject({ phase: 'paused', succeeded: 0 })
    run.resume()
    expect((await run.result).output).toEqual(output)
  })

  it('the time of a retry', async () => {
    const times: number[] = []
    const fails = defineWorker({
      name: 'fails',
      policy: { retry: { attempts: 2, backoffMs: 300, jitter: 0 } },
      run: () => {
        times.push(Date.now())
        if (times.length === 1) throw new Error('no')
        return 1
      },
    })
    const journal = memoryJournal()
    const one = definePlan('one', (p) => p.subtask(fails, 1))
    const first = createEngine({ journal }).start(one, { run: 'r' })
    await settled()
    const events = await told(journal)
    expect(events.at(-1)?.type).toBe('retry-scheduled')
    first.cancel()
    const run = await createEngine({ journal: journalWith(events).journal }).resume('r', { plan: one })
    await run.result
    expect((times[1] as number) - (times[0] as number)).toBeGreaterThanOrEqual(299)
  })

  it('a time limit of the run', async () => {
    const journal = memoryJournal()
    const first = createEngine({ journal }).start(plan, { run: 'r', timeoutMs: 1_000 })
    await settled()
    const events = (await told(journal)).slice(0, 2).map((event) => ({ ...event, at: event.at - 2_000 }))
    first.cancel()
    const run = await createEngine({ journal: journalWith(events).journal }).resume('r', { plan })
    const { status, report } = await run.result
    expect(status).toBe('failed')
    expect(report.message).toContain('1000 ms')
  })

  it('the order of time, though the clock was set back', async () => {
    const journal = memoryJournal()
    const first = createEngine({ journal }).start(plan, { run: 'r' })
    await first.result
    const later = (await cut(told(journal), ({ type }) => type === 'subtask-succeeded')).map((event) => ({
      ...event,
      at: event.at + 1e6,
    }))
    const { journal: next } = journalWith(later)
    const run = await createEngine({ journal: next }).resume('r', { plan })
    await run.result
    const times = (await told(next)).map(({ at }) => at)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })

  it('time limits and the times of retries, though the clock was set back by an hour', async () => {
    const hangs = defineWorker({
      name: 'hangs',
      policy: { retry: { attempts: 2, backoffMs: 300, jitter: 0 }, timeoutMs: 500 },
      run: (_: unknown, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    })
    const one = definePlan('one', (p) => p.subtask(hangs, 1))
    const journal = memoryJournal()
    const before = new VirtualClock(7_200_000)
    const first = createEngine({ journal, clock: before }).start(one, { run: 'r' })
    await settled()
    const events = await told(journal)
    expect(events.at(-1)?.type).toBe('attempt-started')
    first.cancel()
    const clock = new VirtualClock(3_600_000)
    const { journal: cut } = journalWith(events)
    const run = await createEngine({ journal: cut, clock }).resume('r', { plan: one })
    const { report } = await clock.result(run.result)
    expect(report.failures[0]?.code).toBe('timeout')
    expect(clock.now() - 3_600_000).toBe(800)
    expect(report.durationMs).toBe(800)
  })

  it('that slots are free again which were held by what did not stop', async () => {
    const { journal } = journalWith([
      ...(await cut(startOf(), ({ type }) => type === 'attempt-started')),
      { type: 'attempt-failed', at: Date.now(), node: 0, attempt: 1, stuck: true, failure: lostFailure },
      { type: 'retry-scheduled', at: Date.now(), node: 0, dueAt: Date.now() },
    ])
    const run = await createEngine({ journal, concurrency: 1 }).resume('r', { plan })
    const { report } = await run.result
    expect(report.attempts.stuck).toBe(0)
  })
})

const lostFailure = { kind: 'transport', code: 'timeout', message: 'late' } as const

async function startOf(): Promise<JournalEvent[]> {
  const journal = memoryJournal()
  await createEngine({ journal, concurrency: 1 }).start(plan, { run: 'r' }).result
  return told(journal)
}

describe('what resume refuses', () => {
  const code = (error: unknown): unknown => (error instanceof KilostepError ? error.code : error)

  it('a run that is not there', async () => {
    expect(await createEngine().resume('nobody').catch(code)).toBe('unknown-run')
  })

  it('workers that are not there any more, by name', async () => {
    const { journal } = journalWith((await startOf()).slice(0, 3))
    const error = await createEngine({ journal })
      .resume('r')
      .catch((thrown: Error) => thrown)
    expect(code(error)).toBe('unknown-worker')
    expect((error as Error).message).toContain('"flaky"')
  })

  it('but not for the lack of workers that have nothing to do any more', async () => {
    const { journal } = journalWith(await startOf())
    expect((await (await createEngine({ journal }).resume('r')).result).status).toBe('succeeded')
  })

  it('another plan', async () => {
    const { journal } = journalWith((await startOf()).slice(0, 3))
    const other = definePlan('mixed', (p) => p.subtask(flaky, 1))
    expect(await createEngine({ journal }).resume('r', { plan: other }).catch(code)).toBe('plan-changed')
  })

  it('a run that another engine has, and leaves that one alone', async () => {
    const journal = memoryJournal()
    const wait = defineWorker({
      name: 'wait',
      run: () => new Promise((resolve) => setTimeout(resolve, 50, 1)),
    })
    const one = definePlan('one', (p) => p.subtask(wait, 1))
    const first = createEngine({ journal }).start(one, { run: 'r' })
    await settled()
    expect(await createEngine({ journal }).resume('r', { plan: one }).catch(code)).toBe('run-taken')
    expect((await first.result).status).toBe('succeeded')
  })

  it('to wait for ever when an append was torn', async () => {
    const torn = await cut(startOf(), ({ type }) => type === 'attempt-failed')
    const { journal } = journalWith(torn)
    const events = { journal, concurrency: 1 }
    const run = await createEngine(events).resume('r', { plan })
    expect(await run.result.catch(code)).toBe('stalled')
  })

  it('events that do not follow from one another', async () => {
    const events = await startOf()
    const { journal } = journalWith([...events.slice(0, 1), ...events.slice(30)])
    expect(await createEngine({ journal }).resume('r', { plan }).catch(code)).toBe('journal-damaged')
  })
})
