import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from './testing/fake-io.ts'

/* The command as a process: what it writes where, how it ends, and what signals, pipes and terminals do to it. */

const main = join(import.meta.dirname, 'main.ts')
const node = [
  process.execPath,
  '--conditions=@kilostep/source',
  '--disable-warning=ExperimentalWarning',
] as const
const { NO_COLOR: _no, FORCE_COLOR: _force, NODE_OPTIONS: _options, ...plainEnv } = process.env
const esc = '\u001b'
const onWindows = process.platform === 'win32'
// Two scripts of a machine that is busy with other tests take their time.
const patientMs = 60_000

function started(args: readonly string[], options: SpawnOptions = {}): ChildProcess {
  const [program, ...flags] = node
  return spawn(program, [...flags, main, ...args], { env: plainEnv, ...options })
}

async function ended(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, stdout, stderr }
}

const kilostep = (args: readonly string[], options: SpawnOptions = {}) => ended(started(args, options))

const planOf = (...subtasks: string[]): string => `kilostep: 1
name: plan
workers:
  say: { command: [node, -p, '6 * 7'] }
  fail: { command: [node, -e, 'process.exit(3)'], policy: { retry: { attempts: 1 } } }
  nap: { command: [node, -e, 'fs.writeFileSync("pid", "" + process.pid); setTimeout(() => {}, 60000)'] }
subtasks:
${subtasks.map((worker, i) => `  - { id: s${i}, worker: ${worker} }`).join('\n')}
`

const loud = `
console.log('while loading')
const run = () => { console.log('in a worker'); process.stdout.write('raw'); return 1 }
export default { plan: { kilostep: 1, name: 'loud', subtasks: [{ id: 'a', worker: 'loud' }] }, workers: [{ kind: 'worker', name: 'loud', run }] }
`

describe('the command', { timeout: patientMs }, () => {
  it('says its version and its help, quickly', async () => {
    const version = await kilostep(['--version'])
    expect(version).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' })
    const help = await kilostep(['--help'])
    expect(help.stdout).toContain('kilostep run plan.yaml')
    expect([help.code, help.stderr]).toEqual([0, ''])
    for (const command of ['run', 'plan', 'report', 'schema', 'demo']) {
      const { code, stdout } = await kilostep([command, '--help'])
      expect([code, stdout.split('\n')[0]]).toEqual([
        0,
        expect.stringContaining(`Usage: kilostep ${command}`),
      ])
    }
  })

  it.each([
    [['runn'], "unknown command 'runn'\n(Did you mean one of run, runs?)"],
    [
      ['run', 'x.yaml', '--consurrency', '3'],
      "unknown option '--consurrency'\n(Did you mean --concurrency?)",
    ],
    [['run'], "missing required argument 'plan'"],
    [['run', 'a', 'b'], 'too many arguments'],
    [['run', 'x', '--seed'], "option '--seed <seed>' argument missing"],
    [['schema', 'plans'], 'Allowed choices are plan, report'],
    [['demo', 'ledger', '--rows', 'many'], 'It takes a whole number from 1 to 10000.'],
    [[], 'Usage: kilostep'],
    [['demo'], 'Usage: kilostep demo'],
  ])('ends with 2 on %j', async (args, message) => {
    const { code, stdout, stderr } = await kilostep(args)
    expect(stderr).toContain(message)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('ends with 0, 1 or 2', async () => {
    using folder = temporaryFolder({
      'good.yaml': planOf('say'),
      'bad.yaml': planOf('fail', 'say'),
      'none.yaml': planOf(),
    })
    const code = async (file: string) =>
      (await kilostep(['run', file, '--allow-commands'], { cwd: folder.path })).code
    expect(await code('good.yaml')).toBe(0)
    expect(await code('bad.yaml')).toBe(1)
    expect(await code('none.yaml')).toBe(2)
  })

  it('prints one JSON document, whatever workers and modules print', async () => {
    using folder = temporaryFolder({ 'loud.mjs': loud })
    const { code, stdout, stderr } = await kilostep(['run', 'loud.mjs', '--json'], { cwd: folder.path })
    expect(JSON.parse(stdout)).toMatchObject({ type: 'run', status: 'succeeded' })
    expect(stderr).toBe('while loading\nin a worker\nraw')
    expect(code).toBe(0)
  })

  it('shows a stack only when it is asked for', async () => {
    using folder = temporaryFolder({ 'broken.mjs': 'export default {' })
    const { code, stderr } = await kilostep(['run', 'broken.mjs'], { cwd: folder.path })
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^kilostep: "broken.mjs".* could not be loaded: SyntaxError: .*\n$/),
    ])
    const debug = await kilostep(['run', 'broken.mjs'], {
      cwd: folder.path,
      env: { ...plainEnv, KILOSTEP_DEBUG: '1' },
    })
    expect(debug.stderr).toMatch(/\n +at /)
  })

  it('colours when told to and never else', async () => {
    using folder = temporaryFolder({ 'plan.yaml': planOf('say') })
    const run = async (env: Record<string, string>) =>
      (
        await kilostep(['run', 'plan.yaml', '--allow-commands'], {
          cwd: folder.path,
          env: { ...plainEnv, ...env },
        })
      ).stdout
    expect(await run({})).not.toContain('\u001b')
    expect(await run({ FORCE_COLOR: '1' })).toContain('\u001b[1m')
    expect(await run({ FORCE_COLOR: '1', NO_COLOR: '1' })).not.toContain('\u001b')
  })

  it('says nothing when nobody reads on', async () => {
    const child = started(['schema', 'plan'])
    child.stdout?.destroy()
    const { code, stderr } = await ended(child)
    expect([code, stderr]).toEqual([0, ''])
  })
})

describe.runIf(!onWindows)('signals', { timeout: patientMs }, () => {
  async function napping(folder: string): Promise<{ child: ChildProcess; end: ReturnType<typeof ended> }> {
    const child = started(['run', 'plan.yaml', '--allow-commands', '--events', 'e.jsonl'], { cwd: folder })
    const end = ended(child)
    const pid = join(folder, 'pid')
    while (child.exitCode === null && (!existsSync(pid) || readFileSync(pid, 'utf8') === ''))
      await new Promise((resolve) => setTimeout(resolve, 50))
    return { child, end }
  }

  it('reports and ends with 130 on Ctrl-C, and leaves no process behind', async () => {
    using folder = temporaryFolder({ 'plan.yaml': planOf('nap', 'say') })
    const { child, end } = await napping(folder.path)
    child.kill('SIGINT')
    const { code, stdout, stderr } = await end
    expect(stdout).toContain('plan cancelled. Interrupted with Ctrl-C.')
    expect(stderr).toContain('Ctrl-C again ends at once.')
    expect(code).toBe(130)
    const pid = Number(readFileSync(join(folder.path, 'pid'), 'utf8'))
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(readFileSync(join(folder.path, 'e.jsonl'), 'utf8')).toContain('"type":"run-finished"')
  })

  it('ends at once on the second Ctrl-C', async () => {
    const stubborn = `
const run = () => new Promise((resolve) => setTimeout(resolve, 60_000))
export default { plan: { kilostep: 1, name: 's', subtasks: [{ id: 'a', worker: 's' }] }, workers: [{ kind: 'worker', name: 's', run, policy: { graceMs: 50_000 } }] }
`
    using folder = temporaryFolder({ 'plan.mjs': stubborn })
    const child = started(['run', 'plan.mjs', '--events', 'e.jsonl'], { cwd: folder.path })
    const end = ended(child)
    const since = Date.now()
    while (!existsSync(join(folder.path, 'e.jsonl'))) await new Promise((resolve) => setTimeout(resolve, 50))
    await new Promise((resolve) => setTimeout(resolve, 300))
    child.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 300))
    child.kill('SIGINT')
    const { code, stdout } = await end
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' })
    expect(Date.now() - since).toBeLessThan(40_000)
  })
})

// util-linux's: BSD's `script`, macOS's among them, takes other options.
const script = spawnSync('script', ['--version'], { encoding: 'utf8' })
describe.runIf(script.stdout?.includes('util-linux'))('on a terminal', { timeout: patientMs }, () => {
  it('redraws its progress and wipes it before the report', async () => {
    using folder = temporaryFolder({ 'plan.yaml': planOf('fail', 'say', 'say') })
    const command = `stty cols 60; ${[...node, main].map((part) => `'${part}'`).join(' ')} run plan.yaml --allow-commands --concurrency 1`
    const child = spawn('script', ['-qec', command, '/dev/null'], {
      cwd: folder.path,
      env: { ...plainEnv, TERM: 'xterm' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { code, stdout } = await ended(child)
    expect(stdout).toContain(`${esc}[0J`)
    expect(stdout).toMatch(/\d of 3 /)
    expect(stdout).toContain('\u001b[31mplan failed.')
    const lines = stripVTControlCharacters(stdout).split('\r\n')
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(60)
    expect(code).toBe(1)
  })
})
