import { spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { definePlan } from '../define-plan.ts'
import { createEngine } from '../engine.ts'
import type { RunResult } from '../run-result.ts'
import { defineWorker, type Worker } from '../worker.ts'
import { moduleWorker } from './module-worker.ts'
import { onWindows } from './process-tree.ts'

// Programs, threads and processes are started for real, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 })

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'kilostep-module-')))
const sdk = JSON.stringify(new URL('../index.ts', import.meta.url).href)
const once = { retry: { attempts: 1 } }

let files = 0
function file(text: string, extension = 'mjs'): string {
  const path = join(folder, `module-${++files}.${extension}`)
  writeFileSync(path, text)
  return path
}

/** Runs one subtask to its end. */
async function perform(
  worker: Worker,
  input: unknown = {},
): Promise<RunResult<unknown> & { failure: unknown }> {
  await using engine = createEngine()
  const run = engine.start(definePlan('one', (p) => p.subtask(worker, input)))
  const { status, output, report } = await run.result
  return { status, output, report, failure: run.state.failures.get(0) }
}

const both = ['thread', 'process'] as const
const all = [undefined, ...both] as const

describe.each(all)('a module, isolated in: %s', (isolate) => {
  const how = isolate === undefined ? {} : { isolate }

  it('is a function', async () => {
    const module = file('export default ({ a }) => ({ twice: a * 2 })')
    const worker = await moduleWorker({ name: 'twice', module, ...how })
    expect(await perform(worker, { a: 4 })).toMatchObject({ output: { twice: 8 } })
  })

  it('is TypeScript, by URL, and a named export', async () => {
    const module = file(
      'export const shout = async (input: { a: string }): Promise<string> => input.a + "!"',
      'ts',
    )
    const worker = await moduleWorker({
      name: 'shout',
      module: pathToFileURL(module),
      export: 'shout',
      ...how,
    })
    expect(await perform(worker, { a: 'hi' })).toMatchObject({ output: 'hi!' })
  })

  it('is a worker with schemas, verifier, policy and undo', async () => {
    const undone = join(folder, `undone-${++files}`)
    const module = file(`
      import { writeFileSync } from 'node:fs'
      import { defineWorker } from ${sdk}
      const schema = (check) => ({ safeParse: (data) => check(data) ? { success: true, data } : { success: false, error: { message: 'no', issues: [] } } })
      export default defineWorker({
        name: 'own name',
        input: schema((data) => data.n > 0),
        output: schema((data) => data < 100),
        run: ({ n }, { attempt }) => n * attempt,
        verify: (answer, { n }) => answer === 2 * n || 'not the second',
        undo: (answer, { subtask }) => writeFileSync(${JSON.stringify(undone)}, subtask + answer),
        policy: { retry: { backoffMs: 0, attempts: 2 }, timeoutMs: 77_000 },
        effects: 'none',
      })`)
    const worker = await moduleWorker({ name: 'w', module, policy: { retry: { attempts: 3 } }, ...how })
    expect(worker).toMatchObject({
      name: 'w',
      effects: 'none',
      policy: { retry: { backoffMs: 0, attempts: 3 }, timeoutMs: 77_000 },
    })
    await using engine = createEngine()
    const run = engine.start(definePlan('w', (p) => p.subtask(worker, { n: 5 })))
    const { output, report } = await run.result
    expect(output).toBe(10)
    expect(report.attempts).toMatchObject({ started: 2 })
    expect(await run.rollBack()).toEqual({ undone: 1, failed: 0 })
    const { readFileSync } = await import('node:fs')
    expect(readFileSync(undone, 'utf8')).toBe('w-110')
    // The schema of one that is isolated stays inside, so that the plan's check cannot ask it.
    if (isolate === undefined) await expect(perform(worker, { n: 0 })).rejects.toThrow('does not fit')
    else {
      expect(await perform(worker, { n: 0 })).toMatchObject({
        failure: { kind: 'flagged', code: 'invalid-input' },
        report: { attempts: { started: 1 } },
      })
    }
    expect(await perform(worker, { n: 99 })).toMatchObject({
      failure: { kind: 'flagged', code: 'invalid-output' },
    })
  })

  it('votes by its own key, and drops what has a red flag', async () => {
    const module = file(`
      import { defineWorker } from ${sdk}
      export default defineWorker({
        name: 'own name',
        run: (_, { attempt }) => attempt === 1 ? 'maybe' : { price: attempt % 2 ? ' 7' : '7', attempt },
        redFlag: (answer) => answer === 'maybe' && 'it hedges',
        key: (answer) => answer.price.trim(),
      })`)
    const policy = { vote: { margin: 2 }, retry: { backoffMs: 0 } } as const
    const worker = await moduleWorker({ name: 'w', module, policy, ...how })
    expect(await perform(worker)).toMatchObject({
      status: 'succeeded',
      report: { attempts: { started: 3, flagged: 1 } },
    })
    const bad = file(`
      import { defineWorker } from ${sdk}
      export default defineWorker({ name: 'bad', run: () => 1, key: () => { throw new Error('no price') } })`)
    const keyless = await moduleWorker({ name: 'w', module: bad, policy, ...how })
    expect(await perform(keyless)).toMatchObject({
      status: 'failed',
      failure: { kind: 'flagged', code: 'no-key', message: expect.stringContaining('no price') },
    })
  })

  it('has its whole context', async () => {
    const module = file(`export default async (input, c) => {
      c.heartbeat()
      c.spend({ usd: 0.25 })
      c.spend({ tokens: 7 })
      if (c.attempt === 1) throw new Error('first')
      const { digest } = await c.artefact(${JSON.stringify(file('x', 'txt'))})
      const { run, subtask, attempt, sample, depth, idempotencyKey, reason, lane, maxAnswerBytes, graceMs } = c
      return { run, subtask, attempt, sample, depth, idempotencyKey, reason, lane, maxAnswerBytes, graceMs, digest, aborted: c.signal.aborted }
    }`)
    const policy = { retry: { backoffMs: 0 } }
    const worker = await moduleWorker({ name: 'w', module, policy, ...how })
    await using engine = createEngine()
    const run = engine.start(
      definePlan('w', (p) => p.subtask(worker, {})),
      { run: 'r', lane: 'background' },
    )
    const { output, report } = await run.result
    expect(output).toEqual({
      run: 'r',
      subtask: 'w-1',
      attempt: 2,
      sample: 1,
      depth: 0,
      idempotencyKey: 'r/w-1/1',
      reason: 'first',
      lane: 'background',
      maxAnswerBytes: 10_485_760,
      graceMs: 1_000,
      digest: 'sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
      aborted: false,
    })
    expect(report.spend).toEqual({ usd: 0.5, tokens: 14 })
  })

  it('says how it failed', async () => {
    const module = file(`
      import { AttemptError } from ${sdk}
      export default ({ what }) => {
        if (what === 'text') throw 'a text'
        if (what === 'function') return { f() {} }
        throw new AttemptError('no quota', { kind: 'flagged', code: 'quota', retryable: false })
      }`)
    const worker = await moduleWorker({ name: 'w', module, policy: once, ...how })
    expect(await perform(worker, { what: 'text' })).toMatchObject({
      failure: { kind: 'transport', code: 'threw', message: 'a text' },
    })
    expect(await perform(worker, { what: 'own' })).toMatchObject({
      failure: { kind: 'flagged', code: 'quota', message: 'no quota' },
    })
    expect(await perform(worker, { what: 'function' })).toMatchObject({
      failure: { kind: 'flagged', code: 'invalid-answer' },
    })
  })

  it('may answer a plan', async () => {
    const module = file(`
      import { definePlan, defineWorker } from ${sdk}
      const leaf = defineWorker({ name: 'leaf', run: () => 0 })
      export default () => definePlan('more', (p) => p.subtask(leaf, { n: 20 }))`)
    const worker = await moduleWorker({ name: 'split', module, ...how })
    const leaf = defineWorker<{ n: number }, number>({ name: 'leaf', run: ({ n }) => n + 1 })
    await using engine = createEngine({ workers: [leaf] })
    const { output } = await engine.start(definePlan('p', (p) => p.subtask(worker, {}))).result
    expect(output).toBe(21)
  })

  it.each([
    ['export const other = 1', 'has no export "default". It exports "other".'],
    ['', 'has no export "default". It exports nothing.'],
    ['export default 7', 'exports a number as "default". Export a worker of defineWorker'],
    ['export default null', 'exports null as "default"'],
    ['throw new Error("at load")', 'cannot be loaded: at load'],
    ['export default (', 'cannot be loaded: '],
  ])('cannot be %j', async (text, message) => {
    await expect(moduleWorker({ name: 'w', module: file(text), ...how })).rejects.toMatchObject({
      code: 'invalid-worker',
      message: expect.stringContaining(message),
    })
  })

  it('cannot be a file that is not there, or something else', async () => {
    const module = join(folder, 'nowhere.mjs')
    await expect(moduleWorker({ name: 'w', module, ...how })).rejects.toThrow('Worker "w": There is no file')
    await expect(moduleWorker({ name: 'w', module: 7 as never, ...how })).rejects.toThrow(
      '"module" must be a file: URL or the path of a file.',
    )
    const good = file('export default () => 1')
    await expect(moduleWorker({ name: 'w', module: good, concurrency: 0, ...how })).rejects.toThrow(
      'concurrency',
    )
  })
})

/** A worker's module that tells the test over a socket that it has begun, and what it sees. */
async function told(body: string): Promise<{ module: string; heard: (text: string) => Promise<void> }> {
  const lines = new Set<string>()
  const waiting = new Map<string, () => void>()
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined)
    socket.setEncoding('utf8').on('data', (data: string) => {
      for (const line of data.split('\n')) {
        lines.add(line)
        waiting.get(line)?.()
      }
    })
    socket.on('close', () => waiting.get('closed')?.())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  const module = file(`
    import { connect } from 'node:net'
    const tell = (text) => new Promise((resolve) => {
      socket ??= connect(${port}, '127.0.0.1').on('error', () => {})
      socket.write(text + '\\n', resolve)
    })
    let socket
    export default async (input, { signal, attempt }) => { ${body} }`)
  const heard = (text: string): Promise<void> =>
    new Promise((resolve) => {
      waiting.set(text, resolve)
      if (lines.has(text)) resolve()
    })
  return { module, heard }
}

describe.each(both)('a worker in a %s of its own', (isolate) => {
  it('is ended when it does not stop, even in an endless loop, and its slot is free', async () => {
    const { module, heard } = await told(`
      if (input.spin) { await tell('spinning'); for (;;) {} }
      return 'after'`)
    const worker = await moduleWorker({ name: 'w', module, isolate, policy: { ...once, graceMs: 3_000 } })
    await using engine = createEngine({ concurrency: 1 })
    const run = engine.start(definePlan('spin', (p) => p.subtask(worker, { spin: true })))
    await heard('spinning')
    const closed = heard('closed')
    run.cancel()
    const { status, report } = await run.result
    await closed
    expect(status).toBe('cancelled')
    expect(report.attempts).toMatchObject({ started: 1 })
    expect(run.progress().stuck).toBe(0)
    const next = engine.start(definePlan('next', (p) => p.subtask(worker, {})))
    expect(await next.result).toMatchObject({ status: 'succeeded', output: 'after' })
  })

  it('is ended when its time is up', async () => {
    const module = file('export default () => { for (;;) {} }')
    const policy = { retry: { attempts: 2, backoffMs: 0 }, timeoutMs: 50, graceMs: 3_000 }
    const worker = await moduleWorker({ name: 'w', module, isolate, policy })
    const { status, failure, report } = await perform(worker)
    expect(status).toBe('failed')
    expect(failure).toMatchObject({ kind: 'transport', code: 'timeout' })
    expect(report.attempts).toMatchObject({ started: 2 })
  })

  it('sees its signal, and may end by itself', async () => {
    const { module, heard } = await told(`
      await tell('waiting')
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await tell(signal.reason.name)
      throw signal.reason`)
    const worker = await moduleWorker({ name: 'w', module, isolate, policy: { graceMs: 60_000 } })
    await using engine = createEngine()
    const run = engine.start(definePlan('wait', (p) => p.subtask(worker, {})))
    await heard('waiting')
    run.cancel()
    expect((await run.result).status).toBe('cancelled')
    await heard('AbortError')
  })

  it.each([
    ['exits', 'process.exit(7)', /It exited with code 7/],
    [
      'throws where nobody catches',
      'setImmediate(() => { throw new Error("lost") }); await new Promise(() => {})',
      /lost/,
    ],
    [
      'rejects where nobody catches',
      'Promise.reject(new Error("lost")); await new Promise(() => {})',
      /lost/,
    ],
  ])('may die: %s', async (_, body, message) => {
    const module = file(
      `export default async (_, { attempt }) => { if (attempt === 1) { ${body} } return attempt }`,
    )
    const dies = await moduleWorker({ name: 'w', module, isolate, policy: { retry: { backoffMs: 0 } } })
    expect(await perform(dies)).toMatchObject({
      output: 2,
      report: { attempts: { started: 2, transport: 1 } },
    })
    const dead = await moduleWorker({ name: 'w', module, isolate, policy: once })
    expect(await perform(dead)).toMatchObject({
      failure: { kind: 'transport', code: 'worker-died', message: expect.stringMatching(message) },
    })
  })

  it('is used again for the next attempt, after a failed one as well', async () => {
    const module = file(`
      import { threadId } from 'node:worker_threads'
      let calls = 0
      export default ({ fail }) => { calls++; if (fail) throw new Error('no'); return [process.pid, threadId, calls].join() }`)
    const worker = await moduleWorker({ name: 'w', module, isolate, policy: once })
    await using engine = createEngine({ concurrency: 1 })
    const plan = definePlan('p', (p) => [
      p.subtask(worker, { n: 1 }),
      p.subtask(worker, { fail: true }, { fallback: null }),
      p.subtask(worker, { n: 2 }),
    ])
    const { output } = (await engine.start(plan).result) as { output: unknown }
    const seen = output as [string, null, string]
    const [first, , last] = seen.map((text) => String(text).split(','))
    expect(last).toEqual([first?.[0], first?.[1], '3'])
  })

  it('runs as many attempts at once as its concurrency says, each in one of its own', async () => {
    const module = file(`
      import { threadId } from 'node:worker_threads'
      let busy = 0
      export default async () => {
        if (++busy > 1) throw new Error('two at once')
        await new Promise((resolve) => setTimeout(resolve, 5))
        busy--
        return process.pid + '/' + threadId
      }`)
    const worker = await moduleWorker({ name: 'w', module, isolate, concurrency: 3, policy: once })
    await using engine = createEngine()
    const plan = definePlan('p', (p) => Array.from({ length: 12 }, (_, n) => p.subtask(worker, { n })))
    const { status, output } = await engine.start(plan).result
    expect(status).toBe('succeeded')
    expect(new Set(output as unknown as string[]).size).toBeLessThanOrEqual(3)
  })

  it('is told to be alive by its heartbeats alone', async () => {
    const module = file(`export default async (_, { heartbeat }) => {
      for (let i = 0; i < 20; i++) { heartbeat(); await new Promise((resolve) => setTimeout(resolve, 10)) }
      return 'done'
    }`)
    const policy = { ...once, idleMs: 5_000 }
    const worker = await moduleWorker({ name: 'w', module, isolate, policy })
    expect(await perform(worker)).toMatchObject({ output: 'done' })
  })

  it('does not keep its host alive, nor write to its standard output', async () => {
    const module = file('console.log("from inside"); export default () => 1')
    const host = file(`
      import { createEngine, definePlan, moduleWorker } from ${sdk}
      const worker = await moduleWorker({ name: 'w', module: ${JSON.stringify(module)}, isolate: '${isolate}' })
      const run = createEngine().start(definePlan('p', (p) => p.subtask(worker, {})))
      console.log((await run.result).status)`)
    const started = spawn(process.execPath, ['--conditions=@kilostep/source', host], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    started.stdout.on('data', (data) => (stdout += data))
    started.stderr.on('data', (data) => (stderr += data))
    expect(await new Promise((resolve) => started.once('close', resolve))).toBe(0)
    expect(stdout).toBe('succeeded\n')
    expect(stderr).toContain('from inside')
  })

  it('starts from a host whose script is on its command line', async () => {
    const module = file('export default () => 1')
    const script = `
      import { moduleWorker } from ${sdk}
      const worker = await moduleWorker({ name: 'w', module: ${JSON.stringify(module)}, isolate: '${isolate}' })
      console.log(worker.name)`
    const flags = ['--conditions=@kilostep/source', '--input-type=module']
    const started = spawn(process.execPath, [...flags, '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let stdout = ''
    started.stdout.on('data', (data) => (stdout += data))
    expect(await new Promise((resolve) => started.once('close', resolve))).toBe(0)
    expect(stdout).toBe('w\n')
  })

  it('is ended with its host', async () => {
    const { module, heard } = await told(`await tell('spinning'); for (;;) {}`)
    const host = file(`
      import { createEngine, definePlan, moduleWorker } from ${sdk}
      const worker = await moduleWorker({ name: 'w', module: ${JSON.stringify(module)}, isolate: '${isolate}' })
      createEngine().start(definePlan('p', (p) => p.subtask(worker, {})))
      process.stdin.once('data', () => process.exit(0))`)
    const started = spawn(process.execPath, ['--conditions=@kilostep/source', host], {
      stdio: ['pipe', 'inherit', 'inherit'],
    })
    const exit = new Promise((resolve) => started.once('exit', resolve))
    // A host that dies before its worker runs fails the test now, not when its time is up.
    expect(
      await Promise.race([heard('spinning'), exit.then((code) => `The host ended early: ${code}`)]),
    ).toBe(undefined)
    const closed = heard('closed')
    started.stdin.write('go')
    expect(await exit).toBe(0)
    await closed
  })
})

describe('what a process survives beyond a thread', () => {
  it.skipIf(onWindows)('a signal, and what it started is ended with it', async () => {
    const { module, heard } = await told(`
      const { spawn } = await import('node:child_process')
      await tell('connected')
      spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: ['ignore', 'ignore', 'ignore', socket] })
      process.kill(process.pid, 'SIGKILL')
      await new Promise(() => {})`)
    const worker = await moduleWorker({ name: 'w', module, isolate: 'process', policy: once })
    expect(await perform(worker)).toMatchObject({
      failure: { code: 'worker-died', message: expect.stringContaining('It was ended by SIGKILL') },
    })
    // The child holds the same connection: it is closed only when both have gone.
    await heard('closed')
  })

  it('a call that blocks', async () => {
    const { module, heard } = await told(`
      const { execFileSync } = await import('node:child_process')
      await tell('blocking')
      execFileSync(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'])`)
    const worker = await moduleWorker({ name: 'w', module, isolate: 'process', policy: once })
    await using engine = createEngine()
    const run = engine.start(definePlan('block', (p) => p.subtask(worker, {})))
    await heard('blocking')
    const closed = heard('closed')
    run.cancel()
    expect((await run.result).status).toBe('cancelled')
    expect(run.progress().stuck).toBe(0)
    await closed
  })
})

it('a function that ignores its signal is told apart: it is stuck, which an isolated one never is', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const deaf = defineWorker({
    name: 'deaf',
    policy: { graceMs: 0 },
    run: () => {
      begun.resolve()
      return promise
    },
  })
  const engine = createEngine()
  const run = engine.start(definePlan('deaf', (p) => p.subtask(deaf, {})))
  await begun.promise
  run.cancel()
  expect((await run.result).status).toBe('cancelled')
  expect(run.progress().stuck).toBe(1)
  resolve()
  await engine.close()
})
