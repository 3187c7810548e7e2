import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createRandom, idOf, type JournalEvent, type RunReport, replay } from '@kilostep/core'
import { eventsOf } from '@kilostep/testing'
import { sqliteJournal } from 'kilostep'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** How often it is killed: `npm run crash -- 100`. */
const crashes = Number(process.env['CRASHES'] ?? 10)
const seed = process.env['CRASH_SEED'] ?? 'seven'
const program = fileURLToPath(new URL('./program.ts', import.meta.url))

interface Result {
  readonly status: string
  readonly output: unknown
  readonly report: RunReport
}

/** The files of one run. */
function filesIn(folder: string, name: string) {
  return {
    journal: join(folder, `${name}.db`),
    effects: join(folder, `${name}.txt`),
    result: join(folder, `${name}.json`),
    first: join(folder, `${name}.first`),
  }
}
type Files = ReturnType<typeof filesIn>

function start({ journal, effects, result, first }: Files) {
  const flags = ['--conditions=@kilostep/source', '--disable-warning=ExperimentalWarning']
  const child = spawn(process.execPath, [...flags, program, journal, effects, result, first], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  return { child, ended: once(child, 'exit'), errors: () => errors }
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}

async function journalled(file: string): Promise<JournalEvent[]> {
  const journal = sqliteJournal(file)
  try {
    const known = (await journal.runs()).some(({ run }) => run === 'crash')
    return known ? await eventsOf(await journal.open('crash')) : []
  } finally {
    await journal.close?.()
  }
}

describe(`a run of 1,000 subtasks that is killed ${crashes} times`, () => {
  let folder: string
  let whole: Result
  let broken: Result
  let files: Files
  let events: JournalEvent[]
  /** What may have been done twice, over all crashes. */
  const inFlight = new Set<number>()
  /** What was accepted and did not stay as it was, or was done again. */
  const faults: string[] = []

  beforeAll(
    async () => {
      folder = mkdtempSync(join(tmpdir(), 'kilostep-crash-'))
      const other = filesIn(folder, 'whole')
      const undisturbed = start(other)
      await undisturbed.ended
      expect(undisturbed.errors()).toBe('')
      whole = JSON.parse(readFileSync(other.result, 'utf8'))

      files = filesIn(folder, 'broken')
      const random = createRandom(seed)
      const accepted = new Map<number, { answer: string; lines: number }>()
      for (let crash = 0; crash < crashes; crash++) {
        const run = start(files)
        // Most are killed at work, some while they start or read the journal.
        const early = random.uniform() < 0.15
        const goal = linesOf(files.effects).length + 1 + random.integer(Math.ceil(1_600 / crashes))
        const dead = run.ended.then(() => true)
        if (early) await Promise.race([sleep(random.integer(600)), dead])
        else while (linesOf(files.effects).length < goal && !(await Promise.race([sleep(1), dead])));
        if (!early) await sleep(random.uniform() * 4)
        run.child.kill('SIGKILL')
        await run.ended
        expect(run.errors()).toBe('')
        check(await journalled(files.journal), linesOf(files.effects), accepted, crash)
        if (existsSync(files.result)) break
      }
      const last = start(files)
      await last.ended
      expect(last.errors()).toBe('')
      broken = JSON.parse(readFileSync(files.result, 'utf8'))
      events = await journalled(files.journal)
      check(events, linesOf(files.effects), accepted, crashes)
    },
    60_000 + crashes * 10_000,
  )
  afterAll(() => {
    tellFirst(linesOf(files.first))
    rmSync(folder, { recursive: true, force: true })
  })

  /** How fast a machine is, is nothing that a test asserts: this is told. */
  function tellFirst(lines: readonly string[]): void {
    const spread = (column: number): string => {
      const times = lines.map((line) => Number(line.split(' ')[column])).sort((x, y) => x - y)
      const at = (share: number): string => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(0)
      return `median ${at(0.5)} ms, longest ${at(1)} ms`
    }
    process.stdout.write(
      `${lines.length} starts, from the start of the process to its first answer: ${spread(0)}; of the processor's time: ${spread(1)}\n`,
    )
  }

  /** After a crash: what was accepted before is as it was, and was not done again. */
  function check(
    now: readonly JournalEvent[],
    lines: readonly string[],
    accepted: Map<number, { answer: string; lines: number }>,
    crash: number,
  ): void {
    if (now.length === 0) return
    const state = replay(now)
    const done = new Map<string, number>()
    for (const line of lines) {
      const id = line.split(' ')[0] as string
      done.set(id, (done.get(id) ?? 0) + 1)
    }
    for (const [node, before] of accepted) {
      const id = idOf(state.graph, node)
      if (JSON.stringify(state.answers[node]) !== before.answer)
        faults.push(`${id} changed by crash ${crash}`)
      if (done.get(id) !== before.lines) faults.push(`${id} was done again after it was accepted`)
    }
    for (const event of now) {
      if (event.type !== 'subtask-succeeded' || accepted.has(event.node)) continue
      const answer = JSON.stringify(state.answers[event.node])
      accepted.set(event.node, { answer, lines: done.get(idOf(state.graph, event.node)) ?? 0 })
    }
    for (const key of state.inFlight.keys()) inFlight.add(key)
  }

  it('loses no answer, and does nothing again that was accepted', () => {
    expect(faults).toEqual([])
    expect(broken.status).toBe('succeeded')
    expect(broken.output).toEqual(whole.output)
  })

  it('accepts nothing twice', () => {
    const times = new Map<number, number>()
    for (const event of events)
      if (event.type === 'subtask-succeeded') times.set(event.node, (times.get(event.node) ?? 0) + 1)
    expect(times.size).toBe(1_000)
    expect([...times.values()].every((count) => count === 1)).toBe(true)
  })

  it('repeats no more than was in flight, by new attempts with the same key', () => {
    const lines = linesOf(files.effects)
    const attempts = new Set<string>()
    const keys = new Map<string, Set<string>>()
    for (const line of lines) {
      const [subtask, attempt, key] = line.split(' ') as [string, string, string]
      attempts.add(`${subtask} ${attempt}`)
      keys.set(subtask, (keys.get(subtask) ?? new Set()).add(key))
    }
    expect(attempts.size).toBe(lines.length)
    expect([...keys.values()].every((set) => set.size === 1)).toBe(true)
    const failures = whole.report.attempts.transport
    expect(lines.length).toBeLessThanOrEqual(1_000 + failures + inFlight.size)
  })

  it('ends with the report of a run that nothing happened to, but for times and lost attempts', () => {
    const lost = events.filter(
      (event) => event.type === 'attempt-failed' && event.failure.code === 'lost',
    ).length
    expect(lost).toBe(inFlight.size)
    const { attempts, subtasks, checks, plan, seed: used, failures, spend } = broken.report
    const expected = whole.report
    expect({ subtasks, checks, plan, used, failures, spend }).toEqual({
      subtasks: expected.subtasks,
      checks: expected.checks,
      plan: expected.plan,
      used: expected.seed,
      failures: expected.failures,
      spend: expected.spend,
    })
    expect(attempts.succeeded).toBe(expected.attempts.succeeded)
    expect(attempts.flagged + attempts.wrong + attempts.cancelled).toBe(0)
    // A subtask that was to fail once may have been lost instead: it knows of one failure all the same.
    expect(attempts.transport - lost).toBeLessThanOrEqual(expected.attempts.transport)
    expect(attempts.started).toBe(attempts.succeeded + attempts.transport)
    expect(broken.report.message).toBe(expected.message)
  })

  it('leaves nothing but the journal behind', () => {
    expect(readdirSync(folder).filter((name) => name.startsWith('broken.db'))).toEqual(['broken.db'])
  })
})
