import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Clock } from '../clock.ts'
import { definePlan } from '../define-plan.ts'
import { createEngine } from '../engine.ts'
import { AttemptError } from '../failure.ts'
import type { AttemptContext } from '../worker.ts'
import { commandWorker } from './command-worker.ts'
import { onWindows } from './process-tree.ts'

const node = process.execPath
const showArguments = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))'
const showStdin = 'process.stdin.pipe(process.stdout)'
// Programs, threads and processes are started for real, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kilostep-command-')))

function attempt(over: Partial<AttemptContext> = {}): AttemptContext {
  return {
    run: 'run',
    subtask: 'subtask',
    attempt: 2,
    sample: 1,
    depth: 0,
    idempotencyKey: 'run/subtask/1',
    reason: 'it was wrong',
    lane: 'latency',
    maxAnswerBytes: 10 * 1_048_576,
    graceMs: 1_000,
    signal: new AbortController().signal,
    heartbeat: () => undefined,
    spend: () => undefined,
    artefact: () => Promise.reject(new Error('not here')),
    ...over,
  }
}

/** What a command answers, or the failure that it ends in. */
async function outcome(
  options: Omit<Parameters<typeof commandWorker>[0], 'name'>,
  input?: unknown,
  context = attempt(),
): Promise<unknown> {
  try {
    return await commandWorker({ name: 'command', ...options }).run(input, context)
  } catch (error) {
    if (!(error instanceof AttemptError)) throw error
    const { kind, code, retryable, message } = error
    return { kind, code, retryable, message }
  }
}

/** Resolves with the socket of what connects first and says something. */
async function listening(): Promise<{ port: number; heard: Promise<Socket> }> {
  const heard = Promise.withResolvers<Socket>()
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => heard.resolve(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { port: (server.address() as { port: number }).port, heard: heard.promise }
}

const hostile = [
  '; rm -rf "$HOME"',
  '$(echo pwned)',
  '`echo pwned`',
  'a\nb\r\nc',
  '"\'\\ && echo pwned',
  '%PATH% & echo pwned',
  '!PATH!',
  '{b}',
  '-n',
]

describe('a list of a program and its arguments', () => {
  it.each(hostile)('hands %j over as it is', async (text) => {
    const command = [node, '-e', showArguments, '--', '{a}', 'x{a}y']
    expect(await outcome({ command, output: 'json' }, { a: text, b: 'not this' })).toEqual([
      text,
      `x${text}y`,
    ])
  })

  it('fills in nested parts, numbers, lists, and leaves what is no place', async () => {
    const command = [node, '-e', showArguments, '--', '{a.b.0}', '{n}', '{a}', '{{n}}', '{ n }', '{{.Names}}']
    expect(await outcome({ command, output: 'json' }, { a: { b: ['first'] }, n: 3 })).toEqual([
      'first',
      '3',
      '{"b":["first"]}',
      '{n}',
      '{ n }',
      '{{.Names}}',
    ])
  })

  it.each(['{file}', '{a.b}', '{constructor}', '{__proto__}', '{nothing}'])(
    'fails for good where the input has no %s',
    async (place) => {
      expect(await outcome({ command: [node, place] }, { a: 1, nothing: null })).toMatchObject({
        kind: 'flagged',
        code: 'missing-input',
        retryable: false,
        message: expect.stringContaining(`The command needs ${place}`),
      })
    },
  )

  it('gives the input on standard input where no argument has a place, and else nothing', async () => {
    expect(await outcome({ command: [node, '-e', showStdin], output: 'json' }, { a: 'ä' })).toEqual({
      a: 'ä',
    })
    expect(await outcome({ command: [node, '-e', showStdin, '--', '{a}'] }, { a: 1 })).toBe('')
    expect(await outcome({ command: [node, '-e', showStdin] })).toBe('')
  })

  it('does not mind a program that closes its standard input', async () => {
    const script = 'require("fs").closeSync(0); console.log("done")'
    expect(await outcome({ command: [node, '-e', script] }, 'x'.repeat(5_000_000))).toBe('done')
  })

  it('does not take the program from the input', () => {
    expect(() => commandWorker({ name: 'c', command: ['{tool}', 'x'] })).toThrow(
      'The program "{tool}" must not depend on the input; only its arguments may.',
    )
  })

  it('refuses a NUL character', async () => {
    expect(await outcome({ command: [node, '{a}'] }, { a: 'x\0y' })).toMatchObject({
      code: 'invalid-input',
      retryable: false,
    })
  })
})

describe('a text for the shell', () => {
  it.skipIf(onWindows).each(hostile)('gets %j in a variable, as it is', async (text) => {
    expect(await outcome({ command: 'printf "%s|" "$INPUT_FILE"' }, { file: text })).toBe(`${text}|`)
  })

  it.runIf(onWindows)('uses !INPUT_FILE! on Windows, and refuses %INPUT_FILE%', async () => {
    expect(await outcome({ command: 'echo !INPUT_FILE!' }, { file: '& echo pwned' })).toBe('& echo pwned')
    expect(() => commandWorker({ name: 'c', command: 'echo %INPUT_FILE%' })).toThrow('Write !INPUT_NAME!')
  })

  it.skipIf(onWindows)('has pipes, and the whole input on standard input', async () => {
    expect(await outcome({ command: 'cat | tr a b', output: 'json' }, ['a'])).toEqual(['b'])
    expect(await outcome({ command: 'printf %s "$INPUT"' }, 'plain')).toBe('plain')
  })

  it('cannot be given PATH, LD_PRELOAD or NODE_OPTIONS by an input', async () => {
    const script = `${JSON.stringify(node)} -p "JSON.stringify(process.env)"`
    const input = JSON.parse(
      '{"PATH":"/evil","LD_PRELOAD":"/evil.so","NODE_OPTIONS":"--evil","__proto__":"p","a-b ö":1,"=x":"y"}',
    )
    const env = (await outcome({ command: script, output: 'json' }, input)) as Record<string, string>
    expect(env).toMatchObject({ INPUT_PATH: '/evil', INPUT___PROTO__: 'p', INPUT_A_B__: '1', INPUT__X: 'y' })
    expect(env).toMatchObject({ KILOSTEP_ATTEMPT: '2', KILOSTEP_REASON: 'it was wrong' })
    expect(
      Object.entries(env).filter(([name, value]) => /evil/.test(value) && !/^INPUT_/.test(name)),
    ).toEqual([])
  })

  it('fails for good where two fields would be one variable', async () => {
    expect(await outcome({ command: 'echo' }, { 'a-b': 1, a_b: 2 })).toMatchObject({
      code: 'invalid-input',
      retryable: false,
      message: expect.stringContaining('would both be INPUT_A_B'),
    })
  })

  it.skipIf(onWindows)('says so when the input does not fit into a variable', async () => {
    expect(await outcome({ command: 'echo' }, { a: 'x'.repeat(20_000_000) })).toMatchObject({
      code: 'input-too-large',
      retryable: false,
    })
  })
})

describe('the environment of a command', () => {
  const command = [node, '-p', 'JSON.stringify(process.env)']

  it('has no secret of the host unless it is named', async () => {
    vi.stubEnv('SOME_API_KEY', 'sk-123456789')
    vi.stubEnv('INPUT_STALE', 'x')
    onTestFinished(() => void vi.unstubAllEnvs())
    expect(await outcome({ command, output: 'json' })).not.toHaveProperty('SOME_API_KEY')
    expect(await outcome({ command, output: 'json' })).toHaveProperty(onWindows ? 'Path' : 'PATH')
    expect(await outcome({ command, output: 'json', env: ['SOME_API_KEY'] })).toMatchObject({
      SOME_API_KEY: 'sk-123456789',
    })
    const all = await outcome({ command, output: 'json', env: 'all' })
    expect(all).toHaveProperty('SOME_API_KEY')
    expect(all).not.toHaveProperty('INPUT_STALE')
  })

  it('does not let secrets into messages', async () => {
    vi.stubEnv('SOME_API_KEY', 'sk-123456789')
    onTestFinished(() => void vi.unstubAllEnvs())
    const script = 'console.error("401 for " + process.env.SOME_API_KEY); process.exit(1)'
    expect(await outcome({ command: [node, '-e', script], env: 'all' })).toMatchObject({
      code: 'exit-1',
      message: expect.stringMatching(/ended with exit code 1: 401 for \[SOME_API_KEY\]$/),
    })
  })
})

describe('what is made of standard output', () => {
  const write = (text: string) => [
    node,
    '-e',
    `process.stdout.write(Buffer.from(${JSON.stringify(text)}, "latin1"))`,
  ]

  it('is text, lines, JSON or nothing', async () => {
    expect(await outcome({ command: write('a\n\n') })).toBe('a\n')
    expect(await outcome({ command: write('a\r\nb\n'), output: 'lines' })).toEqual(['a', 'b'])
    expect(await outcome({ command: write(''), output: 'lines' })).toEqual([])
    expect(await outcome({ command: write('[1]'), output: 'json' })).toEqual([1])
    expect(await outcome({ command: write('a'), output: 'none' })).toBeNull()
  })

  it('is flagged where it is not JSON, or not UTF-8', async () => {
    expect(await outcome({ command: write('{'), output: 'json' })).toMatchObject({
      kind: 'flagged',
      code: 'invalid-output',
      retryable: true,
      message: expect.stringContaining('is not JSON'),
    })
    expect(await outcome({ command: write('\xff\xfe\xe4') })).toMatchObject({
      kind: 'flagged',
      code: 'invalid-output',
      message: expect.stringContaining('is not UTF-8'),
    })
  })

  it('is flagged, and the program ended, where it is over the limit', async () => {
    const endless = 'const f = () => process.stdout.write("x".repeat(65536), f); f()'
    expect(
      await outcome({ command: [node, '-e', endless] }, undefined, attempt({ maxAnswerBytes: 1_000_000 })),
    ).toMatchObject({ kind: 'flagged', code: 'answer-too-large' })
  })

  it('may be 50 MB where that is allowed', async () => {
    const script = 'process.stdout.write("x".repeat(50e6))'
    const context = attempt({ maxAnswerBytes: 60_000_000 })
    expect(await outcome({ command: [node, '-e', script] }, undefined, context)).toHaveLength(50_000_000)
  })
})

describe('a command that fails', () => {
  it('fails with its exit code and the end of its standard error, without control characters', async () => {
    const script = 'console.error("x".repeat(100000) + "\\u001b[31m\\u0007last words"); process.exit(3)'
    const failed = (await outcome({ command: [node, '-e', script] })) as { message: string }
    expect(failed).toMatchObject({ kind: 'transport', code: 'exit-3', retryable: true })
    expect(failed.message).toMatch(/x last words$/)
    expect(failed.message.length).toBeLessThan(1_500)
  })

  it('is not tried again where the program is not there or may not be run', async () => {
    const missing = { kind: 'transport', code: 'program-not-found', retryable: false }
    expect(await outcome({ command: ['no-such-program-here'] })).toMatchObject({
      ...missing,
      message: expect.stringContaining('The program "no-such-program-here" was not found.'),
    })
    expect(await outcome({ command: [node], cwd: join(folder, 'nowhere') })).toMatchObject({
      code: 'folder-not-found',
      retryable: false,
    })
    // cmd ends with 1, as any program may that is there.
    if (onWindows) return
    expect(await outcome({ command: 'no-such-program-here' })).toMatchObject(missing)
    const file = join(folder, 'not-executable')
    writeFileSync(file, 'x')
    expect(await outcome({ command: [file] })).toMatchObject({
      code: 'program-not-executable',
      retryable: false,
    })
    expect(await outcome({ command: `"${file}"` })).toMatchObject({
      code: 'program-not-executable',
      retryable: false,
    })
  })

  it.skipIf(onWindows)('names the signal that ended it', async () => {
    expect(await outcome({ command: 'kill -9 $$' })).toMatchObject({
      code: 'killed-SIGKILL',
      retryable: true,
    })
  })

  it('is not begun when its attempt was stopped before', async () => {
    await expect(
      outcome({ command: [node] }, undefined, attempt({ signal: AbortSignal.abort() })),
    ).rejects.toThrow('aborted')
  })
})

// The leader starts a child that heeds no SIGTERM; both stay until they are ended.
const child = join(folder, 'child.mjs')
writeFileSync(
  child,
  `import { connect } from 'node:net'
   process.on('SIGTERM', () => {})
   connect(Number(process.argv[2]), '127.0.0.1', function () { this.write('up', () => process.send('up')) }).on('error', () => {})
   setInterval(() => {}, 1e6)`,
)
const leader = join(folder, 'leader.mjs')
writeFileSync(
  leader,
  `import { spawn } from 'node:child_process'
   const stdio = ['inherit', 'inherit', 'inherit', 'ipc']
   const child = spawn(process.execPath, [${JSON.stringify(child)}, process.argv[2]], { stdio })
   child.on('message', () => process.argv[3] === 'leave' && process.exit(0))`,
)
const gone = (socket: Socket): Promise<void> =>
  new Promise((resolve) => (socket.destroyed ? resolve() : socket.once('close', () => resolve())))

/** A clock that stands still until it is told that time passes. */
function handClock(): { clock: Clock; pass(ms: number): void } {
  let now = 0
  const timers = new Set<{ readonly at: number; readonly call: () => void }>()
  const clock: Clock = {
    now: () => now,
    after(ms, call) {
      const timer = { at: now + ms, call }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  }
  const pass = (ms: number): void => {
    now += ms
    for (const timer of timers) if (timer.at <= now && timers.delete(timer)) timer.call()
  }
  return { clock, pass }
}

describe('the tree of a command', () => {
  it('is gone when its run was cancelled, and was not stuck', async () => {
    const { port, heard } = await listening()
    const tree = commandWorker({ name: 'tree', command: [node, leader, '{port}'] })
    await using engine = createEngine()
    const run = engine.start(definePlan('tree', (p) => p.subtask(tree, { port })))
    const socket = await heard
    const ended = gone(socket)
    run.cancel()
    const { status, report } = await run.result
    await ended
    expect(status).toBe('cancelled')
    expect(report.subtasks.cancelled).toBe(1)
    expect(run.progress().stuck).toBe(0)
  })

  it('is gone when its time is up', async () => {
    const { port, heard } = await listening()
    const policy = { timeoutMs: 60_000, retry: { attempts: 1 } }
    const tree = commandWorker({ name: 'tree', command: [node, leader, '{port}'], policy })
    const { clock, pass } = handClock()
    await using engine = createEngine({ clock })
    const run = engine.start(definePlan('tree', (p) => p.subtask(tree, { port })))
    const socket = await heard
    const ended = gone(socket)
    pass(60_000)
    expect((await run.result).status).toBe('failed')
    await ended
    expect(run.state.failures.get(0)?.code).toBe('timeout')
  })

  it.skipIf(onWindows)('is gone when the command has ended and left a part of it running', async () => {
    const { port, heard } = await listening()
    const ended = heard.then(gone)
    // A child that holds the output open must not keep the attempt waiting for it either.
    expect(await outcome({ command: [node, leader, '{port}', 'leave'] }, { port })).toBe('')
    await ended
  })

  const host = join(folder, 'host.mjs')
  const sdk = JSON.stringify(new URL('../index.ts', import.meta.url).href)
  writeFileSync(
    host,
    `import { commandWorker, createEngine, definePlan } from ${sdk}
     const [, , port, how] = process.argv
     const tree = commandWorker({ name: 'tree', command: [process.execPath, ${JSON.stringify(leader)}, '{port}'] })
     createEngine().start(definePlan('tree', (p) => p.subtask(tree, { port })))
     process.stdin.once('data', () => how === 'exit' ? process.exit(0) : process.kill(process.pid, how))`,
  )

  it.each(onWindows ? ['exit'] : ['exit', 'SIGTERM', 'SIGINT', 'SIGHUP'])(
    'is gone when its host ends by %s',
    async (how) => {
      const { spawn } = await import('node:child_process')
      const { port, heard } = await listening()
      const started = spawn(node, ['--conditions=@kilostep/source', host, String(port), how], {
        stdio: ['pipe', 'inherit', 'inherit'],
      })
      const exit = new Promise((resolve) => started.once('exit', (code, signal) => resolve(signal ?? code)))
      // A host that dies before its tree stands fails the test now, not when its time is up.
      const socket = await Promise.race([heard, exit])
      if (!(socket instanceof Socket)) throw new Error(`The host ended early: ${socket}`)
      const ended = gone(socket)
      started.stdin.write('go')
      expect(await exit).toBe(how === 'exit' ? 0 : how)
      await ended
    },
  )
})
