import type { Journal, JournalEvent } from 'kilostep'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventsOf } from '../journal/events-of.ts'

/** A journal to be tested. */
export interface JournalUnderTest {
  readonly journal: Journal
  /** The same runs as another host sees them; the same journal where there can be no other host. */
  readonly other: Journal
  dispose?(): Promise<void>
}

/** What every journal must do, as tests: call it with a name and a way to make an empty one. */
export function journalSuite(
  name: string,
  makeJournal: () => JournalUnderTest | Promise<JournalUnderTest>,
): void {
  describe(`the journal ${name}`, () => {
    let made: JournalUnderTest
    let journal: Journal
    beforeEach(async () => {
      made = await makeJournal()
      journal = made.journal
    })
    afterEach(async () => {
      await made.journal.close?.()
      if (made.other !== made.journal) await made.other.close?.()
      await made.dispose?.()
    })

    describe('events', () => {
      it('come back as they were, in their order', async () => {
        const log = journal.create('a')
        for (const event of everyKind) await log.append([event])
        expect(await eventsOf(log)).toEqual(everyKind)
        expect(log.length).toBe(everyKind.length)
      })

      it('come back to whoever opens the run', async () => {
        const log = journal.create('a')
        await log.append(everyKind)
        await log.close()
        const opened = await made.other.open('a')
        expect(opened.length).toBe(everyKind.length)
        expect(await eventsOf(opened)).toEqual(everyKind)
      })

      it('are read from any place on, and none past the end', async () => {
        const log = journal.create('a')
        await log.append(everyKind)
        expect(await eventsOf(log, 3)).toEqual(everyKind.slice(3))
        expect(await eventsOf(log, everyKind.length)).toEqual([])
      })

      it('keep every answer that JSON can hold', async () => {
        const log = journal.create('a')
        const events = answers.map((answer, node): JournalEvent => succeeded(node, answer))
        await log.append([started('a'), ...events])
        await log.close()
        expect((await eventsOf(await made.other.open('a'))).slice(1)).toEqual(events)
      })

      it('are durable in the order of the calls', async () => {
        const log = journal.create('a')
        const order: number[] = []
        const events = Array.from({ length: 300 }, (_, node) => succeeded(node, node))
        const waits = [log.append([started('a')])]
        for (const [place, event] of events.entries()) {
          waits.push(Promise.resolve(log.append([event])).then(() => void order.push(place)))
          if (place % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
        }
        await Promise.all(waits)
        expect(order).toEqual(events.map((_, place) => place))
        expect(await eventsOf(log, 1)).toEqual(events)
      })

      it('of runs written at the same time do not mix', async () => {
        const names = ['a', 'b', 'c']
        const logs = names.map((run) => journal.create(run))
        await Promise.all(logs.map((log, i) => log.append([started(names[i] as string)])))
        const all: unknown[] = []
        for (let node = 0; node < 100; node++)
          all.push(...logs.map((log, i) => log.append([succeeded(node, i)])))
        await Promise.all(all)
        for (const [i, log] of logs.entries()) {
          expect(await eventsOf(log, 1)).toEqual(Array.from({ length: 100 }, (_, node) => succeeded(node, i)))
        }
      })
    })

    describe('a run', () => {
      it('begins once', async () => {
        const log = journal.create('a')
        await log.append([started('a')])
        expect(() => journal.create('a')).toThrow(expect.objectContaining({ code: 'run-exists' }))
      })

      it('that is not there is told', async () => {
        await expect(journal.open('nobody')).rejects.toMatchObject({
          code: 'unknown-run',
          message: expect.stringContaining('"nobody"'),
        })
        await expect(journal.delete('nobody')).rejects.toMatchObject({ code: 'unknown-run' })
      })

      it('is written by one host at a time', async () => {
        const log = journal.create('a')
        await log.append([started('a')])
        const second = await made.other.open('a')
        await expect(Promise.resolve(second.append([succeeded(0, 0)]))).rejects.toMatchObject({
          code: 'run-taken',
          message: expect.stringContaining('"a"'),
        })
        await log.append([succeeded(1, 1)])
        expect(await eventsOf(log, 1)).toEqual([succeeded(1, 1)])
      })

      it('goes to another host when it is closed, and the first can no longer write', async () => {
        const log = journal.create('a')
        await log.append([started('a')])
        await log.close()
        const second = await made.other.open('a')
        await second.append([succeeded(0, 0)])
        await expect(Promise.resolve(log.append([succeeded(1, 1)]))).rejects.toMatchObject({
          code: 'run-taken',
        })
        await second.close()
        // Nor when the other has let go of it again: it does not know what was added.
        await expect(Promise.resolve(log.append([succeeded(1, 1)]))).rejects.toMatchObject({
          code: 'run-taken',
        })
        expect(await eventsOf(await journal.open('a'), 1)).toEqual([succeeded(0, 0)])
      })

      it('that was closed is taken again by what is appended', async () => {
        const log = journal.create('a')
        await log.append([started('a')])
        await log.close()
        await log.append([succeeded(0, 0)])
        const second = await made.other.open('a')
        await expect(Promise.resolve(second.append([succeeded(1, 1)]))).rejects.toMatchObject({
          code: 'run-taken',
        })
      })

      it('after a rejected append takes no more', async () => {
        const log = journal.create('a')
        await log.append([started('a')])
        const second = await made.other.open('a')
        const rejected = [second.append([succeeded(0, 0)]), second.append([succeeded(1, 1)])]
        for (const append of rejected) await expect(Promise.resolve(append)).rejects.toThrow()
        expect(await eventsOf(log)).toHaveLength(1)
      })
    })

    describe('the list of runs', () => {
      it('is empty at first', async () => {
        expect(await journal.runs()).toEqual([])
      })

      it('says of each what it is and how it ended, the latest first', async () => {
        const logs = ['a', 'b', 'c'].map((run, i) => ({ log: journal.create(run), run, at: 1_000 + i }))
        for (const { log, run, at } of logs) await log.append([started(run, at)])
        const [a, b] = logs
        await a?.log.append([{ type: 'run-finished', at: 2_000, status: 'failed', message: 'no' }])
        await a?.log.close()
        await b?.log.close()
        expect(await made.other.runs()).toEqual([
          { run: 'c', plan: 'p', startedAt: 1_002, status: 'open', taken: true, events: 1 },
          { run: 'b', plan: 'p', startedAt: 1_001, status: 'open', taken: false, events: 1 },
          { run: 'a', plan: 'p', startedAt: 1_000, status: 'failed', taken: false, events: 2 },
        ])
      })
    })

    describe('a deleted run', () => {
      it('is gone, and its id can be used again', async () => {
        const log = journal.create('a')
        await log.append(everyKind)
        await log.close()
        await made.other.delete('a')
        expect(await journal.runs()).toEqual([])
        await expect(journal.open('a')).rejects.toMatchObject({ code: 'unknown-run' })
        await journal.create('a').append([started('a')])
      })

      it('was not being run', async () => {
        const log = journal.create('a')
        await log.append([started('a')])
        await expect(made.other.delete('a')).rejects.toMatchObject({ code: 'run-taken' })
        expect(await eventsOf(log)).toHaveLength(1)
      })
    })
  })
}

function started(run: string, at = 1_000): JournalEvent {
  const plan = { kilostep: 1 as const, name: 'p', subtasks: [{ id: 's', worker: 'w' }] }
  const workers = [{ name: 'w', effects: 'none' as const, verified: false, undo: false }]
  return { type: 'run-started', at, version: 1, run, plan, digest: 'd', workers, options: {}, seed: 7 }
}

function succeeded(node: number, answer: unknown): JournalEvent {
  return { type: 'attempt-succeeded', at: 1_700_000_000_000 + node, node, attempt: 1, answer }
}

const failure = { kind: 'transport', code: 'lost', message: 'Nobody knows.' } as const
const spent = { usd: 0.1, tokens: 7 }
const at = 1_700_000_000_123
const everyKind: readonly JournalEvent[] = [
  started('a'),
  { type: 'attempt-started', at, node: 0, attempt: 1, sample: 1 },
  { type: 'attempt-failed', at, node: 0, attempt: 1, failure, spent, stuck: true },
  { type: 'attempt-stopped', at, node: 0, attempt: 1 },
  { type: 'retry-scheduled', at, node: 0, dueAt: at + 200.5 },
  { type: 'attempt-started', at: at + 0.25, node: 0, attempt: 2, sample: 1 },
  { type: 'attempt-succeeded', at, node: 0, attempt: 2, answer: { a: [1, null, 'ü'] }, key: 'k', spent },
  { type: 'vote-continued', at, node: 0 },
  { type: 'attempt-cancelled', at, node: 0, attempt: 3 },
  { type: 'check-rejected', at, node: 1, attempt: 1, reason: 'no', suspects: [0, 2], final: false },
  { type: 'subtask-succeeded', at, node: 0, attempt: 2 },
  { type: 'subtask-succeeded', at, node: 3, fallback: failure },
  { type: 'subtask-expanded', at, node: 4, items: [1, 'two', { three: 3 }] },
  { type: 'subtask-skipped', at, node: 5, reason: 'dependency', cause: 0 },
  { type: 'replan-requested', at, node: 2, failure },
  { type: 'replan-started', at, node: 2, nodes: [2, 5], id: 'replan-1', worker: 'w', input: { failed: [] } },
  {
    type: 'subtask-replanned',
    at,
    node: 2,
    plan: { kilostep: 1, name: 'another way', subtasks: [{ id: 'x', worker: 'w' }] },
    superseded: [2, 5],
    kept: [0],
  },
  { type: 'host-lost', at },
  { type: 'run-paused', at },
  { type: 'run-finished', at, status: 'succeeded', message: 'All ended well.' },
]
const answers: readonly unknown[] = [
  null,
  false,
  0,
  -1.5e-300,
  Number.MAX_SAFE_INTEGER,
  '',
  'zwölf 🙂 \u0000 "quoted" \u2028',
  [],
  {},
  { $from: 'x', large: 'answer', data: null },
  JSON.parse('{"__proto__": 1, "constructor": 2}'),
  'x'.repeat(100_000),
  { pages: Array.from({ length: 2_000 }, (_, i) => `page ${i}`) },
  'x'.repeat(100_000),
]
