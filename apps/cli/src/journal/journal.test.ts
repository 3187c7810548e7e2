import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sqliteJournal } from 'kilostep'
import { describe, expect, it } from 'vitest'
import { ran, temporaryFolder } from '../testing/fake-io.ts'

type Signal = 'SIGINT' | 'SIGTERM'

const index = JSON.stringify(new URL('../../../../packages/kilostep/src/index.ts', import.meta.url).href)
const plan = `
import { definePlan, defineWorker } from ${index}
const double = defineWorker({ name: 'double', run: (n) => n * 2 })
export default definePlan('doubles', (p) => [1, 2, 3].map((n) => p.subtask(double, n)))`
const commands = `
kilostep: 1
name: echoes
workers:
  echo: { command: [node, -e, "console.log(1 + 1)"] }
subtasks:
  - { id: a, worker: echo }
  - { id: b, worker: echo, needs: [a] }
`

/** A journal in which the run of another stands as it was after so many events. */
async function cutOff(folder: string, from: string, to: string, run: string, length: number): Promise<void> {
  const whole = sqliteJournal(join(folder, from))
  const cut = sqliteJournal(join(folder, to))
  const log = cut.create(run)
  let left = length
  for await (const event of (await whole.open(run)).read(0)) if (left-- > 0) await log.append([event])
  await log.close()
  await cut.close?.()
  await whole.close?.()
}

describe('a run with a journal', () => {
  it('is listed, shown and resumed', async () => {
    using folder = temporaryFolder({ 'plan.mjs': plan })
    const here = { folder: folder.path }
    const first = await ran(['run', 'plan.mjs', '--journal', 'a.db', '--run', 'r', '--seed', '1'], here)
    expect(first.code).toBe(0)
    expect(first.stderr).toContain('Run "r"\n')
    await cutOff(folder.path, 'a.db', 'b.db', 'r', 4)

    const listed = await ran(['runs', '--journal', 'b.db'], here)
    expect(listed.stdout).toMatch(
      /^run +plan +started \(UTC\) +status +events\nr +doubles +[\d-]+ [\d:]+ +interrupted +4\n$/,
    )
    const shown = await ran(['show', 'r', '--journal', 'b.db'], here)
    expect(shown.stdout).toMatch(/^doubles is running\. /)

    const { code, stdout, stderr } = await ran(
      ['resume', 'r', 'plan.mjs', '--journal', 'b.db', '--json'],
      here,
    )
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ run: 'r', seed: 1, status: 'succeeded', subtasks: { succeeded: 3 } })
    expect((await ran(['runs', '--journal', 'b.db', '--json'], here)).stdout).toContain(
      '"status": "succeeded"',
    )
    expect((await ran(['show', 'r', '--journal', 'b.db', '--json'], here)).stdout).toBe(stdout)
    // Once more: it has ended, and gives the same again.
    expect((await ran(['resume', 'r', 'plan.mjs', '--journal', 'b.db', '--json'], here)).stdout).toBe(stdout)
  })

  it('of a plan file needs no file to be resumed, but permission', async () => {
    using folder = temporaryFolder({ 'plan.yaml': commands })
    const here = { folder: folder.path }
    const args = ['--journal', 'a.db', '--allow-commands', '--quiet']
    expect((await ran(['run', 'plan.yaml', '--run', 'r', ...args], here)).code).toBe(0)
    await cutOff(folder.path, 'a.db', 'b.db', 'r', 4)
    const refused = await ran(['resume', 'r', '--journal', 'b.db'], here)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('--allow-commands')
    const { code } = await ran(
      ['resume', 'r', '--journal', 'b.db', '--allow-commands', '--quiet', '--report', 'r.json'],
      here,
    )
    expect(code).toBe(0)
    expect(JSON.parse(readFileSync(join(folder.path, 'r.json'), 'utf8')).subtasks.succeeded).toBe(2)
  })

  const held = plan.replace('n * 2', 'globalThis.attempted(n)')

  /** Runs that plan, one attempt at a time, and interrupts when its first attempt has begun. */
  async function interrupted(folder: string, flags: readonly string[], presses: readonly Signal[]) {
    let interrupt: (signal: Signal) => void = () => undefined
    const waiting = Promise.withResolvers<void>()
    Object.assign(globalThis, {
      attempted: (n: number) => {
        setImmediate(() => {
          for (const signal of presses) interrupt(signal)
          if (flags.length === 0) waiting.resolve()
        })
        return waiting.promise.then(() => n)
      },
    })
    const args = ['run', 'plan.mjs', '--journal', 'a.db', '--run', 'r', '--concurrency', '1', ...flags]
    return ran(args, {
      folder,
      onStart: (press) => {
        interrupt = press
      },
    })
  }

  it('ends what is in flight after Ctrl-C, and says how to go on', async () => {
    using folder = temporaryFolder({ 'plan.mjs': held, 'quick.mjs': plan })
    const here = { folder: folder.path }
    const { code, stdout, stderr } = await interrupted(folder.path, [], ['SIGINT'])
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
    expect(stderr).toContain('Nothing further starts; 1 attempt in flight has 10.0 s to end.')
    expect(stderr).toMatch(
      /Interrupted. Go on with: kilostep resume "r" "plan.mjs" --journal "a.db" --concurrency 1\n$/,
    )
    const resumed = await ran(['resume', 'r', 'quick.mjs', '--journal', 'a.db', '--json'], here)
    const { attempts } = JSON.parse(resumed.stdout)
    expect(attempts).toMatchObject({ started: 3, succeeded: 3, transport: 0 })
  })

  it('tells what does not end in time to stop, and it counts as lost', async () => {
    using folder = temporaryFolder({ 'plan.mjs': held, 'quick.mjs': plan })
    const here = { folder: folder.path }
    expect((await interrupted(folder.path, ['--grace', '20ms'], ['SIGTERM'])).code).toBe(143)
    expect((await ran(['runs', '--journal', 'a.db'], here)).stdout).toContain('interrupted')
    const resumed = await ran(['resume', 'r', 'quick.mjs', '--journal', 'a.db', '--json'], here)
    expect(JSON.parse(resumed.stdout).attempts).toMatchObject({ started: 4, succeeded: 3, transport: 1 })
  })

  it('is left at once by a second Ctrl-C, and says how to go on', async () => {
    using folder = temporaryFolder({ 'plan.mjs': held })
    const { stderr } = await interrupted(folder.path, ['--grace', '20ms'], ['SIGINT', 'SIGINT'])
    expect(stderr).toContain('resume "r" "plan.mjs" --journal "a.db" --concurrency 1\nexit now 130\n')
  })
})

describe('a run that waits for a person', () => {
  const letters = `
kilostep: 1
name: letters
workers:
  echo: { command: [node, -e, "console.log(1 + 1)"] }
subtasks:
  - { id: write, worker: echo }
  - { id: send, worker: echo, input: { letter: { $from: write } }, policy: { wait: answer } }
`
  const args = ['--journal', 'a.db', '--allow-commands']

  /** Runs until `send` waits, then presses Ctrl-C, or does what it is given. */
  async function ranUntilItWaits(folder: string, flags: readonly string[], then?: () => Promise<unknown>) {
    let press: (signal: Signal) => void = () => undefined
    let done: Promise<unknown> | undefined
    const result = await ran(['run', 'plan.yaml', '--run', 'r', ...flags], {
      folder,
      onStart: (interrupt) => {
        press = interrupt
      },
      onStderr: (text) => {
        if (text.includes('waits for you')) done = then === undefined ? void press('SIGINT') : then()
      },
    })
    await done
    return result
  }

  it('says how to decide, can be left, and heeds what was decided meanwhile', async () => {
    using folder = temporaryFolder({ 'plan.yaml': letters })
    const here = { folder: folder.path }
    const { code, stderr } = await ranUntilItWaits(folder.path, args)
    expect(stderr).toContain('"send" waits for you: kilostep approve "r" "send" --journal "a.db"\n')
    expect(code).toBe(130)
    const approve = (...more: string[]) => ran(['approve', 'r', ...more, '--journal', 'a.db'], here)
    expect((await approve()).stdout).toBe('send (echo) waits for an answer\n  given: {"letter":"2"}\n')
    expect(JSON.parse((await approve('--json')).stdout)).toMatchObject([{ subtask: 'send', for: 'answer' }])
    expect(await approve('send')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('waits for an answer'),
    })
    expect(await approve('send', '--answer', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('none'),
    })
    expect(await approve('sent')).toMatchObject({ code: 2, stderr: expect.stringContaining('mean "send"?') })
    const answered = await approve('send', '--answer', '{"by":"hand"}')
    expect(answered.stdout).toBe(
      '"send" is answered; it counts when the run goes on: kilostep resume "r" --journal "a.db"\n',
    )
    const resumed = await ran(['resume', 'r', 'plan.yaml', '--output', 'out.json', ...args], here)
    expect(resumed.code).toBe(0)
    expect(JSON.parse(readFileSync(join(folder.path, 'out.json'), 'utf8'))).toEqual({ by: 'hand' })
    expect((await approve()).stdout).toBe('Nothing waits for a decision.\n')
  })

  it('hears of it while it goes on', async () => {
    using folder = temporaryFolder({ 'plan.yaml': letters })
    const approve = ['approve', 'r', 'send', '--journal', 'a.db', '--reject', 'no letters today']
    let said = ''
    const { code, stdout } = await ranUntilItWaits(folder.path, args, async () => {
      said = (await ran(approve, { folder: folder.path })).stdout
    })
    expect(said).toBe('"send" is rejected; the process that has the run goes on with it.\n')
    expect(code).toBe(1)
    expect(stdout).toContain('no letters today')
  })

  it('is cancelled where nobody could be asked', async () => {
    using folder = temporaryFolder({ 'plan.yaml': letters })
    const { code, stdout } = await ran(['run', 'plan.yaml', '--allow-commands', '-q'], {
      folder: folder.path,
    })
    expect(code).toBe(1)
    expect(stdout).toContain('"send" waits for a person, and without --journal nobody else')
  })
})

describe('runs that are deleted', () => {
  it('go one by one, or by age and size, and not without a yes', async () => {
    using folder = temporaryFolder({ 'plan.mjs': plan })
    const here = { folder: folder.path }
    for (const run of ['a', 'b', 'c']) {
      await ran(['run', 'plan.mjs', '--journal', 'a.db', '--run', run, '-q'], here)
    }
    const runs = (...flags: string[]) => ran(['runs', '--journal', 'a.db', ...flags], here)
    expect(await runs('--delete', 'b')).toMatchObject({
      code: 0,
      stdout: 'Run "b" is deleted, with everything that was stored for it.\n',
    })
    const dry = await runs('--prune', '--max-size', '0')
    expect(dry.stdout).toMatch(
      /^"a" of "doubles", last 20[\d-]+, [\d.]+ KB, for its size\n"c" [\s\S]*\nNothing was deleted. Say --yes, and these are: 2 runs, [\d.]+ KB.\n$/,
    )
    expect((await runs('--prune', '--older-than', '1h', '--yes')).stdout).toBe('No run is to go.\n')
    expect((await runs('--prune', '--max-size', '0', '--yes')).stdout).toContain('Deleted: 2 runs')
    expect((await runs()).stdout).toBe('No runs.\n')
    for (const [flags, message] of [
      [['--prune'], 'Say which runs are to go'],
      [['--prune', '--older-than', 'soon'], 'takes a time like'],
      [['--prune', '--max-size', 'big'], 'takes a size like'],
      [['--yes'], 'go with --prune'],
      [['--prune', '--delete', 'a', '--max-size', '1'], 'cannot both be'],
      [['--delete', 'nobody'], 'There is no run "nobody"'],
    ] as const)
      expect(await runs(...flags)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
  })
})

describe('a run that is forked', () => {
  it('keeps the answers upstream, and says how many', async () => {
    using folder = temporaryFolder({ 'plan.yaml': commands })
    const here = { folder: folder.path }
    const args = ['--journal', 'a.db', '--allow-commands']
    expect((await ran(['run', 'plan.yaml', '--run', 'r', '-q', ...args], here)).code).toBe(0)
    const { code, stderr, stdout } = await ran(
      ['fork', 'r', 'plan.yaml', '--from', 'b', '--run', 's', '--json', ...args],
      here,
    )
    expect(stderr).toBe('Run "s", from "r": 1 answer kept, 1 subtask to do as far as is known\n')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ run: 's', attempts: { started: 1, succeeded: 1 } })
    const events = ['report', 's.jsonl', '--json']
    await ran(['resume', 's', 'plan.yaml', '--events', 's.jsonl', '-q', ...args], here)
    expect((await ran(events, here)).stdout).toBe(stdout)
    const unknown = await ran(['fork', 'r', 'plan.yaml', '--from', 'bb', '--run', 't', ...args], here)
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no subtask or check "bb"') })
  })
})

describe('a run that is exported', () => {
  it('is its events, or its accepted answers, as lines', async () => {
    using folder = temporaryFolder({ 'plan.mjs': plan })
    const here = { folder: folder.path }
    await ran(['run', 'plan.mjs', '--journal', 'a.db', '--run', 'r', '-q', '--events', 'r.jsonl'], here)
    const exported = await ran(['export', 'r', '--journal', 'a.db'], here)
    expect(exported.code).toBe(0)
    expect(exported.stdout).toBe(readFileSync(join(folder.path, 'r.jsonl'), 'utf8'))
    const answers = ['export', 'r', '--journal', 'a.db', '--answers', '--output', 'r.answers']
    expect(await ran(answers, here)).toEqual({ code: 0, stdout: '', stderr: '' })
    const lines = readFileSync(join(folder.path, 'r.answers'), 'utf8').trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { subtask: 'double-1', worker: 'double', prompt: 1, answer: 2, votes: null },
      { subtask: 'double-2', prompt: 2, answer: 4 },
      { subtask: 'double-3', prompt: 3, answer: 6 },
    ])
    const onto = await ran(['export', 'r', '--journal', 'a.db', '--output', 'a.db'], here)
    expect(onto).toMatchObject({ code: 2, stderr: expect.stringContaining('is --journal already') })
  })
})

describe('a run that is replayed', () => {
  it('gives the stored report, or says what is not as it was', async () => {
    using folder = temporaryFolder({ 'plan.mjs': plan })
    const here = { folder: folder.path }
    await ran(['run', 'plan.mjs', '--journal', 'a.db', '--run', 'r', '-q', '--concurrency', '1'], here)
    expect(await ran(['replay', 'r', '--journal', 'a.db'], here)).toEqual({
      code: 0,
      stderr: '',
      stdout: 'Run "r": 11 events, folded again, give the stored report byte for byte.\n',
    })
    const database = new DatabaseSync(join(folder.path, 'a.db'))
    database.exec("UPDATE event SET at = at + 60000 WHERE type = 'run-finished'")
    database.close()
    const { code, stdout } = await ran(['replay', 'r', '--journal', 'a.db'], here)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^The report of run "r" differs:\n {2}durationMs: \d+ then, \d{5,} now\n/)
    expect(stdout).toContain('The first event that does not do as it did is event 10, run-finished, 20')
    expect(
      JSON.parse((await ran(['replay', 'r', '--journal', 'a.db', '--json'], here)).stdout),
    ).toMatchObject({
      verdict: 'different',
      diverges: { event: 10 },
    })
    await cutOff(folder.path, 'a.db', 'b.db', 'r', 4)
    const open = await ran(['replay', 'r', '--journal', 'b.db'], here)
    expect(open).toMatchObject({ code: 2, stdout: expect.stringContaining('has not ended') })
  })
})

describe('what cannot be resumed or shown', () => {
  it.each([
    [['runs', '--journal', 'no.db'], 'kilostep: There is no journal "no.db".'],
    [['show', 'r', '--journal', 'plan.mjs'], 'is not a SQLite database.'],
    [['replay', 'run-11', '--journal', 'a.db'], 'Did you mean "run-1"?'],
    [['resume', 'r'], "required option '--journal <file>' not specified"],
    [['resume', 'q', '--journal', 'a.db'], 'There is no run "q"'],
    [['resume', 'q', 'plan.mjs', '--journal', 'a.db'], 'Did you mean "run-1"?'],
    [['show', 'run-11', '--journal', 'a.db'], 'Did you mean "run-1"?'],
    [
      ['resume', 'run-1', 'other.mjs', '--journal', 'a.db'],
      'is not the one that run "run-1" was started with',
    ],
    [['run', 'plan.mjs', '--journal', 'a.db', '--run', 'run-1'], 'There is a run "run-1" already.'],
    [['run', 'plan.mjs', '--journal', 'plan.mjs'], '--journal "plan.mjs" is the plan already.'],
    [['run', 'plan.mjs', '--journal', 'a.db', '--events', 'a.db'], '"a.db" is --events already'],
  ])('%j', async (args, message) => {
    using folder = temporaryFolder({ 'plan.mjs': plan, 'other.mjs': plan.replace('[1, 2, 3]', '[1]') })
    const here = { folder: folder.path }
    await ran(['run', 'plan.mjs', '--journal', 'a.db', '--run', 'run-1', '-q'], here)
    const { code, stdout, stderr } = await ran(
      args.map((arg) => arg.replace(/^q$/, 'run-2')),
      here,
    )
    expect(stderr).toContain(message.replace('"q"', '"run-2"'))
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(existsSync(join(folder.path, 'no.db'))).toBe(false)
  })

  it('a run whose workers are in a module that was not given', async () => {
    using folder = temporaryFolder({ 'plan.mjs': plan })
    const here = { folder: folder.path }
    await ran(['run', 'plan.mjs', '--journal', 'a.db', '--run', 'r', '-q'], here)
    await cutOff(folder.path, 'a.db', 'b.db', 'r', 4)
    const { code, stderr } = await ran(['resume', 'r', '--journal', 'b.db'], here)
    expect(stderr).toContain('Say which: kilostep resume r plan.ts --journal b.db')
    expect(code).toBe(2)
  })
})
