import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ran, temporaryFolder } from '../testing/fake-io.ts'

/** Plans as modules: their workers are functions, so nothing has to be spawned. */
const moduleOf = (subtasks: string, more = ''): string => `
const worker = (name, run, rest) => ({ kind: 'worker', name, run, ...rest })
const wait = (ms, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, ms)
  signal.addEventListener('abort', () => { clearTimeout(timer); reject(signal.reason) })
})
export default {
  plan: { kilostep: 1, name: 'plan', subtasks: ${subtasks} ${more} },
  workers: [
    worker('good', (input) => input ?? 'fine', { verify: () => true }),
    worker('flaky', (_, { attempt }) => { if (attempt < 3) throw new Error('busy \\u001b[2J'); return attempt }),
    worker('bad', () => { throw new Error('never') }, { policy: { retry: { attempts: 1 } } }),
    worker('slow', (_, { signal }) => wait(60_000, signal)),
    worker('chatty', () => { console.log('printed'); return 1 }),
  ],
}
`
const fine = moduleOf(
  `[{ id: 'a', worker: 'good', input: { x: 1 } }, { id: 'b', worker: 'flaky', policy: { retry: { backoffMs: 1 } } }]`,
)
const failing = moduleOf(
  `[{ id: 'a', worker: 'bad' }, { id: 'b', worker: 'good', needs: ['a'] }, { id: 'c', worker: 'good' }]`,
)
const slow = moduleOf(`[{ id: 'a', worker: 'slow' }, { id: 'b', worker: 'good', needs: ['a'] }]`)

describe('kilostep run', () => {
  it('prints the answer and the report and ends with 0', async () => {
    using folder = temporaryFolder({ 'plan.mjs': fine })
    const { code, stdout, stderr } = await ran(['run', 'plan.mjs'], { folder: folder.path })
    expect(stdout).toMatch(
      /^Answer\n {2}\{\n {4}"a": \{\n {6}"x": 1\n {4}\},\n {4}"b": 3\n {2}\}\n\nplan succeeded\. All 2 subtasks ended well\.\n/,
    )
    expect(stdout).toContain('4 started: 2 failed (2 threw or timed out)')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('prints one JSON document with --json, the very one that --report writes', async () => {
    using folder = temporaryFolder({ 'plan.mjs': fine })
    const args = [
      'run',
      'plan.mjs',
      '--json',
      '--report',
      'report.json',
      '--output',
      'output.json',
      '--seed',
      '7',
    ]
    const { code, stdout } = await ran(args, { folder: folder.path })
    const report = JSON.parse(stdout)
    expect(report).toMatchObject({ type: 'run', seed: 7, subtasks: { planned: 2, succeeded: 2 } })
    expect(readFileSync(join(folder.path, 'report.json'), 'utf8')).toBe(stdout)
    expect(JSON.parse(readFileSync(join(folder.path, 'output.json'), 'utf8'))).toEqual({ a: { x: 1 }, b: 3 })
    expect(code).toBe(0)
  })

  it('writes every event, of which the report is made anew, the same to the byte', async () => {
    using folder = temporaryFolder({ 'plan.mjs': failing })
    const { stdout } = await ran(['run', 'plan.mjs', '--json', '--events', 'e.jsonl'], {
      folder: folder.path,
    })
    const events = readFileSync(join(folder.path, 'e.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events[0].type).toBe('run-started')
    expect(events.at(-1).type).toBe('run-finished')
    expect(events.find(({ type }) => type === 'subtask-skipped')).toMatchObject({ subtask: 'b', cause: 'a' })
    const again = await ran(['report', 'e.jsonl', '--json'], { folder: folder.path })
    expect(again).toEqual({ code: 0, stdout, stderr: '' })
  })

  it('ends with 1 where a subtask failed, and names it', async () => {
    using folder = temporaryFolder({ 'plan.mjs': failing })
    const { code, stdout } = await ran(['run', 'plan.mjs'], { folder: folder.path })
    expect(stdout).toMatch(/^plan failed\. /)
    expect(stdout).toContain('3 planned: 1 succeeded, 1 failed, 1 skipped, 0 cancelled')
    expect(stdout).toMatch(/Failed for good\n {2}a +threw? .*never/)
    expect(code).toBe(1)
  })

  it('ends with 1 where the target was missed, though everything succeeded', async () => {
    using folder = temporaryFolder({ 'plan.mjs': moduleOf(`[{ id: 'a', worker: 'chatty' }]`) })
    const { code, stdout } = await ran(['run', 'plan.mjs', '--target', '99.9%', '--json'], {
      folder: folder.path,
    })
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'succeeded',
      success: { target: 0.999, targetMet: false },
    })
    expect(code).toBe(1)
  })

  it('stops on the first failure when told to, and at its limits', async () => {
    using folder = temporaryFolder({ 'plan.mjs': failing, 'slow.mjs': slow, 'fine.mjs': fine })
    const json = async (...args: string[]) =>
      JSON.parse((await ran(['run', ...args, '--json'], { folder: folder.path })).stdout)
    expect(await json('plan.mjs', '--stop-on-failure', '--concurrency', '1')).toMatchObject({
      message: 'Subtask "a" failed: never',
      subtasks: { cancelled: 2 },
    })
    expect(await json('slow.mjs', '--timeout', '50ms')).toMatchObject({
      message: 'The run was not done within its 50 ms.',
    })
    expect(await json('fine.mjs', '--budget-attempts', '2')).toMatchObject({ attempts: { started: 2 } })
  })

  it('cancels on Ctrl-C, reports and ends with 130; a second one ends at once', async () => {
    using folder = temporaryFolder({ 'plan.mjs': slow })
    const { code, stdout, stderr } = await ran(['run', 'plan.mjs'], {
      folder: folder.path,
      onStart: (interrupt) => {
        setTimeout(() => {
          interrupt()
          interrupt()
        }, 30)
      },
    })
    expect(stdout).toContain('plan cancelled. Interrupted with Ctrl-C.')
    expect(stdout).toContain('0 succeeded, 0 failed, 0 skipped, 2 cancelled')
    expect(stderr).toContain('Ctrl-C again ends at once.\nexit now 130\n')
    expect(code).toBe(130)
  })

  it('ends with 143 when it is asked to end', async () => {
    using folder = temporaryFolder({ 'plan.mjs': slow })
    const onStart = (interrupt: (signal: 'SIGTERM') => void) => setTimeout(() => interrupt('SIGTERM'), 30)
    expect((await ran(['run', 'plan.mjs', '--quiet'], { folder: folder.path, onStart })).code).toBe(143)
  })

  it('shows progress on a terminal, none with --quiet, and nothing that a message brings along', async () => {
    using folder = temporaryFolder({
      'plan.mjs': moduleOf(
        `[{ id: 'b', worker: 'flaky', policy: { retry: { backoffMs: 150, jitter: 0 } } }]`,
      ),
    })
    const { stdout, stderr } = await ran(['run', 'plan.mjs'], {
      folder: folder.path,
      isTTY: true,
      columns: 50,
    })
    expect(stderr).toContain('0 of 1  0 %')
    expect(stderr).toContain('failed last: b: busy\n')
    expect(stderr).not.toContain('\u001b[2J')
    // The last thing on the screen is wiped, so that the report follows upon nothing.
    expect(stderr.endsWith('\u001b[2F\u001b[0J') || stderr.endsWith('\u001b[3F\u001b[0J')).toBe(true)
    expect(stdout).toContain('\u001b[1mCompound success')
    const quiet = await ran(['run', 'plan.mjs', '-q'], {
      folder: folder.path,
      isTTY: true,
      env: { NO_COLOR: '1' },
    })
    expect(quiet.stderr).toBe('')
    expect(quiet.stdout).not.toContain('\u001b')
  })

  it('runs commands only with permission', async () => {
    const plan =
      'kilostep: 1\nname: c\nworkers: { w: { command: [node, -p, "6*7"] } }\nsubtasks: [{ id: a, worker: w }]\n'
    using folder = temporaryFolder({ 'plan.yaml': plan })
    const refused = await ran(['run', 'plan.yaml'], { folder: folder.path })
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('The plan wants to run commands on this machine: "w".')
    const { code, stdout } = await ran(['run', 'plan.yaml', '--allow-commands'], { folder: folder.path })
    expect([code, stdout.split('\n')[1]]).toEqual([0, '  42'])
  })

  it('cuts a long answer and says how to get all of it', async () => {
    using folder = temporaryFolder({
      'plan.mjs': moduleOf(`[{ id: 'a', worker: 'good', input: 'line\\n'.repeat(100) }]`),
    })
    const { stdout } = await ran(['run', 'plan.mjs'], { folder: folder.path })
    expect(stdout.match(/^ {2}line$/gm)).toHaveLength(20)
    expect(stdout).toContain('… (--output FILE writes all of it)')
  })
})

describe('wrong usage of run', () => {
  it.each([
    [['--concurrency', '0'], '--concurrency takes a whole number from 1 to 1,000,000, not "0".'],
    [['--concurrency', '1.5'], '--concurrency takes a whole number from 1 to 1,000,000, not "1.5".'],
    [['--concurrency', '0x10'], '--concurrency takes a whole number from 1 to 1,000,000, not "0x10".'],
    [['--timeout', 'soon'], '--timeout takes a time like 90s, 5m or 1500ms, up to 24 days, not "soon".'],
    [['--timeout', '99d'], '--timeout takes a time like 90s'],
    [['--timeout', '1000h'], '--timeout takes a time like 90s'],
    [['--budget-attempts', '-1'], '--budget-attempts takes a whole number from 1, not "-1".'],
    [['--budget-usd', '0'], '--budget-usd takes an amount of US dollars over 0, not "0".'],
    [['--budget-usd', 'five'], '--budget-usd takes an amount of US dollars over 0, not "five".'],
    [['--target', '1'], '--target takes a probability over 0 and under 1, like 0.9 or 90%, not "1".'],
    [['--target', '90'], '--target takes a probability'],
    [['--seed', ''], '--seed is empty.'],
    [['--events', ''], '--events takes a file.'],
  ])('%j', async (args, message) => {
    using folder = temporaryFolder({ 'plan.mjs': fine })
    const { code, stdout, stderr } = await ran(['run', 'plan.mjs', ...args], { folder: folder.path })
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('tells all of them at once', async () => {
    const { stderr } = await ran(['run', 'plan.mjs', '--target', '2', '--timeout', 'x', '--concurrency', 'y'])
    expect(stderr).toMatch(/^kilostep: These options cannot be used:\n( {2}- --.*\n){3}$/)
  })

  it('refuses files that it cannot write before anything runs', async () => {
    using folder = temporaryFolder({ 'plan.mjs': `import { writeFileSync } from 'node:fs'\n${fine}` })
    mkdirSync(join(folder.path, 'folder'))
    const args = ['--events', 'nowhere/e.jsonl', '--report', 'folder', '--output', 'plan.mjs']
    const { code, stderr } = await ran(['run', 'plan.mjs', ...args], { folder: folder.path })
    expect(stderr).toBe(
      'kilostep: Nothing was run:\n' +
        '  - --events "nowhere/e.jsonl" cannot be written, because its folder is not there. Give another file.\n' +
        '  - --report "folder" is a folder. Give another file.\n' +
        '  - --output "plan.mjs" is the plan already. Give another file.\n',
    )
    expect(code).toBe(2)
    const same = await ran(['run', 'plan.mjs', '--events', 'x', '--report', './x'], { folder: folder.path })
    expect(same.stderr).toContain('--report "./x" is --events already.')
    expect(existsSync(join(folder.path, 'plan.mjs'))).toBe(true)
  })
})

describe('kilostep report', () => {
  it('gives one report over several runs', async () => {
    using folder = temporaryFolder({ 'good.mjs': fine, 'bad.mjs': failing })
    for (const name of ['good', 'bad'])
      await ran(['run', `${name}.mjs`, '--report', `${name}.json`], { folder: folder.path })
    const { code, stdout, stderr } = await ran(['report', 'good.json', 'bad.json'], { folder: folder.path })
    expect(stderr).toBe('')
    expect(stdout).toContain('plan, 2 runs: 1 of 2 runs succeeded.')
    expect(stdout).toContain('5 planned: 3 succeeded, 1 failed, 1 skipped, 0 cancelled')
    expect(code).toBe(0)
    const { stdout: json } = await ran(['report', 'good.json', 'bad.json', '--json'], { folder: folder.path })
    writeFileSync(join(folder.path, 'many.json'), json)
    const again = await ran(['report', 'many.json', 'good.json'], { folder: folder.path })
    expect(again.stderr).toContain('"many.json" is a report over many runs already. Give it alone')
    expect((await ran(['report', 'many.json', '--json'], { folder: folder.path })).stdout).toBe(json)
  })

  it('reads the events of a run that was cut off', async () => {
    using folder = temporaryFolder({ 'plan.mjs': fine })
    await ran(['run', 'plan.mjs', '--events', 'e.jsonl'], { folder: folder.path })
    const text = readFileSync(join(folder.path, 'e.jsonl'), 'utf8')
    writeFileSync(join(folder.path, 'cut.jsonl'), text.slice(0, -30))
    const { code, stdout, stderr } = await ran(['report', 'cut.jsonl'], { folder: folder.path })
    expect(stdout).toMatch(/^plan is running\. /)
    expect([code, stderr]).toEqual([
      0,
      'kilostep: The last line of "cut.jsonl" is cut off and was left out.\n',
    ])
  })

  const start = JSON.stringify({
    type: 'run-started',
    at: 1,
    version: 1,
    run: 'r',
    plan: { kilostep: 1, name: 'p', subtasks: [{ id: 'a', worker: 'w' }] },
    digest: '',
    workers: [],
    options: {},
    seed: 1,
  })
  it.each([
    ['nothing', '', 'is not JSON'],
    ['no JSON', 'hello', 'is not JSON'],
    ['other JSON', '{"a":1}', '"f" holds no report.'],
    ['null', 'null', '"f" holds no report.'],
    [
      'a newer report',
      '{"kilostep":2,"type":"run"}',
      '"f" has form 2 and this Kilostep reads form 1; update Kilostep.',
    ],
    ['half a report', '{"kilostep":1,"type":"run"}', '"f" is not a whole report: '],
    ['events without a start', '{"type":"run-started"}', 'Line 1 of "f" is of form undefined'],
    [
      'a newer journal',
      start.replace('"version":1', '"version":2'),
      'is of form 2, and this Kilostep reads form 1',
    ],
    [
      'events with a bad plan',
      start.replace('"subtasks"', '"tasks"'),
      'Line 1 of "f" holds a plan or options that cannot be read.',
    ],
    [
      'an event of nobody',
      `${start}\n{"type":"attempt-started","subtask":"b"}`,
      'Line 2 of "f" does not follow from the lines before it (there is no "b").',
    ],
    ['a line that is no event', `${start}\n5\n`, 'Line 2 of "f" is not an event.'],
    ['a broken line in between', `${start}\n{\n{}\n`, 'Line 2 of "f" is not JSON.'],
    [
      'two runs',
      `${start}\n${start}\n`,
      'Line 2 of "f" starts a second run; give each run a file of its own.',
    ],
  ])('refuses %s', async (_, text, message) => {
    using folder = temporaryFolder({ f: text })
    const { code, stdout, stderr } = await ran(['report', 'f'], { folder: folder.path })
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/^ +at /m)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('refuses a file that is not there', async () => {
    using folder = temporaryFolder({ 'events.jsonl': '' })
    const { code, stderr } = await ran(['report', 'event.jsonl'], { folder: folder.path })
    expect([code, stderr]).toEqual([
      2,
      'kilostep: There is no file "event.jsonl". Did you mean "events.jsonl"?\n',
    ])
  })
})
