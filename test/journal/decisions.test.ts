import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type JournalEvent, replay, runReport } from '@kilostep/core'
import { eventsOf } from '@kilostep/testing'
import {
  createEngine,
  decideSubtask,
  definePlan,
  defineWorker,
  type Journal,
  memoryJournal,
  type PolicyOptions,
  type Run,
  sqliteJournal,
} from 'kilostep'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const sent: string[] = []
const write = defineWorker({ name: 'write', run: (to: string) => `Dear ${to}` })
const send = defineWorker({
  name: 'send',
  output: z.string().min(3),
  run: (letter: string) => {
    sent.push(letter)
    return `sent: ${letter}`
  },
})
const log = defineWorker({ name: 'log', run: (what: unknown) => what })

/** Writes a letter, which is sent when somebody has decided, and logs what came of it. */
const letter = (policy: PolicyOptions, fallback?: string) =>
  definePlan('letter', (p) => {
    const draft = p.subtask(write, 'Ann')
    const done = p.subtask(send, draft, { policy, ...(fallback === undefined ? undefined : { fallback }) })
    return p.subtask(log, done)
  })

/** Resolves when something of the run waits for a decision. */
async function waiting(run: Run): Promise<void> {
  sent.length = 0
  while (run.waiting().length === 0) await new Promise((resolve) => setImmediate(resolve))
}

async function started(policy: PolicyOptions, journal: Journal = memoryJournal()) {
  const run = createEngine({ journal, concurrency: 1 }).start(letter(policy), { run: 'r' })
  await waiting(run as Run)
  return { run: run as Run, journal }
}

/** That what is in the journal gives the same report. */
async function replays(journal: Journal, run: Run): Promise<void> {
  const events = await eventsOf(await journal.open('r'))
  const copy = events.map((event) => JSON.parse(JSON.stringify(event)) as JournalEvent)
  expect(JSON.stringify(runReport(replay(copy)))).toBe(JSON.stringify((await run.result).report))
}

describe('a subtask that waits for an approval', () => {
  it('says what it waits for, and goes on when it is approved', async () => {
    const { run, journal } = await started({ wait: 'approval' })
    expect(run.waiting()).toEqual([{ subtask: 'send-1', for: 'approval', worker: 'send', input: 'Dear Ann' }])
    expect(run.progress()).toMatchObject({ held: 1, inFlight: 0 })
    expect(run.report().message).toContain('Waiting for a decision: "send-1".')
    expect(sent).toEqual([])
    run.decide('send-1', { approve: true })
    expect(await run.result).toMatchObject({ status: 'succeeded', output: 'sent: Dear Ann' })
    expect(sent).toEqual(['Dear Ann'])
    await replays(journal, run)
  })

  it('holds no slot', async () => {
    const plan = definePlan('two', (p) => {
      p.subtask(send, 'first', { policy: { wait: 'approval' } })
      p.subtask(send, 'second')
    })
    const run = createEngine({ concurrency: 1 }).start(plan)
    sent.length = 0
    while (run.progress().succeeded === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toEqual(['second'])
    run.cancel()
    expect(await run.result).toMatchObject({ status: 'cancelled' })
  })

  it('fails for good when it is rejected, with the reason', async () => {
    const { run, journal } = await started({ wait: 'approval', retry: { attempts: 5 } })
    run.decide('send-1', { reject: 'not to Ann' })
    const { status, report } = await run.result
    expect(status).toBe('failed')
    expect(report.failures).toMatchObject([{ subtask: 'send-1', code: 'refused', message: 'not to Ann' }])
    expect(report.attempts.started).toBe(1)
    expect(sent).toEqual([])
    await replays(journal, run)
  })

  it('falls back when it is rejected, where it has something to fall back to', async () => {
    const run = createEngine().start(letter({ wait: 'approval' }, 'none')) as Run
    await waiting(run)
    run.decide('send-1', { reject: 'no' })
    expect((await run.result).output).toBe('none')
  })

  it('takes an answer from outside instead, which costs no attempt', async () => {
    const { run, journal } = await started({ wait: 'approval' })
    run.decide('send-1', { answer: 'sent by hand' })
    const { output, report } = await run.result
    expect(output).toBe('sent by hand')
    expect(report.attempts).toMatchObject({ started: 2, succeeded: 2 })
    await replays(journal, run)
  })

  it('is asked about once, however often it is repeated', async () => {
    let calls = 0
    const flaky = defineWorker({
      name: 'flaky',
      policy: { wait: 'approval', retry: { attempts: 3, backoffMs: 0 } },
      run: () => {
        if (++calls < 3) throw new Error('not yet')
        return calls
      },
    })
    const run = createEngine().start(definePlan('one', (p) => p.subtask(flaky, 1))) as Run
    await waiting(run)
    run.decide('flaky-1', { approve: true })
    expect((await run.result).output).toBe(3)
  })
})

describe('a subtask that waits for an answer', () => {
  it('is never worked at, and an answer that does not fit is told', async () => {
    const { run, journal } = await started({ wait: 'answer' })
    expect(() => run.decide('send-1', { answer: 7 })).toThrow(
      expect.objectContaining({ code: 'invalid-answer', message: expect.stringContaining('worker "send"') }),
    )
    expect(() => run.decide('send-1', { approve: true })).toThrow('waits for an answer')
    run.decide('send-1', { answer: 'by hand' })
    expect((await run.result).output).toBe('by hand')
    expect(sent).toEqual([])
    await replays(journal, run)
  })

  it('of each item of a map', async () => {
    const list = defineWorker({ name: 'list', run: () => ['a', 'b'] })
    const plan = definePlan('mapped', (p) => {
      const items = p.subtask(list, undefined)
      return p.map(items, send, (item) => item, { policy: { wait: 'answer' } })
    })
    const run = createEngine().start(plan) as Run
    while (run.waiting().length < 2) await new Promise((resolve) => setImmediate(resolve))
    expect(run.waiting().map(({ subtask, input }) => [subtask, input])).toEqual([
      ['send-1[0]', 'a'],
      ['send-1[1]', 'b'],
    ])
    run.decide('send-1[1]', { answer: 'second' })
    run.decide('send-1[0]', { answer: 'first' })
    expect((await run.result).output).toEqual(['first', 'second'])
  })
})

describe('a check that waits for an answer has a person as its judge', () => {
  let asked = 0
  const guess = defineWorker({ name: 'guess', run: (n: number) => n * 100 + ++asked })
  const judge = defineWorker({ name: 'judge', run: () => true, policy: { wait: 'answer' } })
  const plan = definePlan('judged', (p) => {
    const guesses = [1, 2].map((n) => p.subtask(guess, n))
    p.check(judge, guesses)
    return { guesses }
  })

  it('who may reject, which asks again, and accept', async () => {
    asked = 0
    const journal = memoryJournal()
    const run = createEngine({ journal, concurrency: 1 }).start(plan, { run: 'r' }) as Run
    await waiting(run)
    expect(run.waiting()).toMatchObject([{ subtask: 'judge-1', for: 'answer', input: [101, 202] }])
    expect(() => run.decide('judge-1', { answer: 5 })).toThrow('"judge-1" is a check')
    run.decide('judge-1', { answer: { accept: false, suspects: ['guess-2'], reason: 'too odd' } })
    await waiting(run)
    expect(run.waiting()).toMatchObject([{ input: [101, 203] }])
    run.decide('judge-1', { reject: 'both again' })
    await waiting(run)
    run.decide('judge-1', { approve: true })
    const { status, report } = await run.result
    expect(status).toBe('succeeded')
    expect(report.checks).toMatchObject({ planned: 1, accepted: 1, rejections: 2 })
    expect(report.attempts).toMatchObject({ started: 5, succeeded: 2, wrong: 3 })
    await replays(journal, run)
  })

  it('who may judge the answer of somebody else', async () => {
    const both = definePlan('both', (p) => {
      const one = p.subtask(guess, 1, { policy: { wait: 'answer' } })
      p.check(judge, [one])
      return one
    })
    const journal = memoryJournal()
    const run = createEngine({ journal }).start(both, { run: 'r' }) as Run
    await waiting(run)
    run.decide('guess-1', { answer: 1 })
    await waiting(run)
    run.decide('judge-1', { reject: 'no' })
    await waiting(run)
    expect(run.waiting()).toMatchObject([{ subtask: 'guess-1', for: 'answer' }])
    run.decide('guess-1', { answer: 2 })
    await waiting(run)
    run.decide('judge-1', { approve: true })
    expect(await run.result).toMatchObject({ status: 'succeeded', output: 2 })
    await replays(journal, run)
  })
})

describe('across restarts', () => {
  it('it waits on, and a decision that came meanwhile is heeded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kilostep-decisions-'))
    const file = join(folder, 'runs.db')
    try {
      const first = sqliteJournal(file)
      const { run } = await started({ wait: 'approval' }, first)
      await run.drain()
      await first.close?.()

      const elsewhere = sqliteJournal(file)
      await decideSubtask(elsewhere, 'r', 'send-1', { approve: true })
      await elsewhere.close?.()

      const second = sqliteJournal(file)
      const again = await createEngine({ journal: second }).resume('r', {
        plan: letter({ wait: 'approval' }),
      })
      expect((await again.result).output).toBe('sent: Dear Ann')
      await replays(second, again as Run)
      expect(await (await second.open('r')).decisions?.()).toEqual([])
      await second.close?.()
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('a run that goes on in another process hears of it, also before it waits', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kilostep-decisions-'))
    const journal = sqliteJournal(join(folder, 'runs.db'))
    const other = sqliteJournal(join(folder, 'runs.db'))
    try {
      const { run } = await started({ wait: 'answer' }, journal)
      await run.durable()
      // One that does not fit is refused by whoever has the worker, and written down; the next one counts.
      await decideSubtask(other, 'r', 'send-1', { answer: 3 })
      await decideSubtask(other, 'r', 'send-1', { answer: 'from afar' })
      expect((await run.result).output).toBe('from afar')
      const refused = (await eventsOf(await journal.open('r'))).filter(
        ({ type }) => type === 'decision-refused',
      )
      expect(refused).toMatchObject([{ message: expect.stringContaining('none of worker "send"') }])
      await replays(journal, run)
    } finally {
      await journal.close?.()
      await other.close?.()
      rmSync(folder, { recursive: true })
    }
  })

  it('may be decided before it waits', async () => {
    const gate = Promise.withResolvers<void>()
    const slow = defineWorker({ name: 'slow', run: () => gate.promise.then(() => 'slow') })
    const plan = definePlan('early', (p) =>
      p.subtask(send, p.subtask(slow, undefined), { policy: { wait: 'approval' } }),
    )
    const journal = memoryJournal()
    const run = createEngine({ journal }).start(plan, { run: 'r' })
    await decideSubtask(journal, 'r', 'send-1', { approve: true })
    expect(() => run.decide('send-1', { approve: true })).toThrow('does not wait yet')
    gate.resolve()
    expect((await run.result).output).toBe('sent: slow')
  })
})

describe('what was in flight at a crash and must be done once', () => {
  async function lost(): Promise<{ run: Run; journal: Journal }> {
    const pay = defineWorker({
      name: 'pay',
      effects: 'once',
      run: () => new Promise<string>(() => undefined),
    })
    const again = defineWorker({ name: 'pay', effects: 'once', run: () => 'paid again' })
    const plan = (worker: typeof pay) => definePlan('paid', (p) => p.subtask(log, p.subtask(worker, 1)))
    const first = memoryJournal()
    const dead = createEngine({ journal: first }).start(plan(pay), { run: 'r' })
    while (dead.progress().inFlight === 0) await new Promise((resolve) => setImmediate(resolve))
    const events = await eventsOf(await first.open('r'))
    dead.cancel()
    const journal = memoryJournal()
    const copy = journal.create('r')
    void copy.append(events)
    await copy.close()
    const run = (await createEngine({ journal }).resume('r', { plan: plan(again) })) as Run
    await waiting(run)
    expect(run.waiting()).toMatchObject([{ subtask: 'pay-1', for: 'unsure' }])
    return { run, journal }
  }

  it('is done again where somebody says so', async () => {
    const { run, journal } = await lost()
    run.decide('pay-1', { approve: true })
    expect((await run.result).output).toBe('paid again')
    expect((await run.result).report.attempts).toMatchObject({ started: 3, transport: 1 })
    await replays(journal, run)
  })

  it('has the answer that somebody found out', async () => {
    const { run, journal } = await lost()
    run.decide('pay-1', { answer: 'paid, says the bank' })
    const { output, report } = await run.result
    expect(output).toBe('paid, says the bank')
    expect(report.attempts).toMatchObject({ started: 2, succeeded: 1, transport: 1 })
    expect(report.kinds.find(({ worker }) => worker === 'pay')?.firstAttempt.rate).toBe(0)
    await replays(journal, run)
  })

  it('fails where somebody gives it up', async () => {
    const { run, journal } = await lost()
    run.decide('pay-1', { reject: 'it bounced' })
    expect(await run.result).toMatchObject({ status: 'failed' })
    await replays(journal, run)
  })
})

describe('what cannot be decided is told:', () => {
  it('of a run that goes on, that has ended, of no such subtask, and in no such words', async () => {
    const { run, journal } = await started({ wait: 'approval' })
    const told = (subtask: string, decision: object) =>
      decideSubtask(journal, 'r', subtask, decision as never)
    await expect(told('write-1', { approve: true })).rejects.toMatchObject({
      code: 'not-waiting',
      message: '"write-1" waits for nobody.',
    })
    await expect(told('send-2', { approve: true })).rejects.toThrow('Did you mean "send-1"?')
    await expect(told('send-1', {})).rejects.toThrow('one of them')
    await expect(told('send-1', { approve: true, reject: 'x' })).rejects.toMatchObject({
      code: 'invalid-options',
    })
    await expect(told('send-1', { reject: '' })).rejects.toMatchObject({ code: 'invalid-options' })
    await expect(told('send-1', { answer: () => 1 })).rejects.toMatchObject({ code: 'invalid-options' })
    run.decide('send-1', { approve: true })
    await run.result
    await expect(told('send-1', { approve: true })).rejects.toThrow('its run has ended')
    await expect(decideSubtask(memoryJournal(), 'r', 'x', { approve: true })).rejects.toMatchObject({
      code: 'unknown-run',
    })
  })
})

it('nobody is asked any more about a run that is being stopped', async () => {
  const { promise, resolve } = Promise.withResolvers<number>()
  const slow = defineWorker({ name: 'slow', policy: { graceMs: 600_000 }, run: () => promise })
  const asks = defineWorker({ name: 'asks', policy: { wait: 'approval' }, run: () => 1 })
  const plan = definePlan('two', (p) => [p.subtask(slow, null), p.subtask(asks, null)])
  const run = createEngine().start(plan)
  while (run.waiting().length === 0) await new Promise((next) => setImmediate(next))
  run.cancel()
  expect(run.waiting()).toEqual([])
  resolve(1)
  expect((await run.result).status).toBe('cancelled')
})
