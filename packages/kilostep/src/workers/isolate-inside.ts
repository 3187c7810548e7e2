// What runs in the thread or process: loads the module, makes the calls it is sent, says how they ended.
import { parentPort } from 'node:worker_threads'
import { AttemptError, failureOf, retryAfterOf } from '../failure.ts'
import type { AttemptContext } from '../worker.ts'
import type { ContextData, FromIsolate, ModuleFacts, Request, ToIsolate } from './isolate-messages.ts'
import { importExport, type ModuleExport } from './module-export.ts'

let exported: Promise<ModuleExport> | undefined
let current: { readonly call: number; readonly controller: AbortController } | undefined

function post(message: FromIsolate): void {
  if (parentPort !== null) parentPort.postMessage(message)
  // Where nobody listens any more, `disconnect` ends this process.
  else process.send?.(message, undefined, {}, () => undefined)
}

function onMessage(message: ToIsolate): void {
  if (message.type === 'open') {
    exported = importExport(message.url, message.export)
    // Whoever calls is told; nobody else needs to be.
    exported.catch(() => undefined)
  } else if (message.type === 'abort') {
    if (current?.call === message.call)
      current.controller.abort(new DOMException(message.message, message.name))
  } else void perform(message.call, message.request)
}

async function perform(call: number, request: Request): Promise<void> {
  current = { call, controller: new AbortController() }
  let answer: unknown
  try {
    answer = await make(await load(), request, call, current.controller.signal)
  } catch (error) {
    fail(call, error)
    return
  }
  try {
    post(isPlan(answer) ? { type: 'plan', call, plan: answer.data } : { type: 'answer', call, answer })
  } catch (error) {
    const message = `The answer cannot be copied out of its isolate: ${failureOf(error).message}`
    fail(call, new AttemptError(message, { kind: 'flagged', code: 'invalid-answer' }))
  }
}

function fail(call: number, error: unknown): void {
  post({ type: 'failed', call, failure: failureOf(error), retryAfterMs: retryAfterOf(error, Date.now()) })
}

async function load(): Promise<Exclude<ModuleExport, { problem: string }>> {
  let module: ModuleExport | undefined
  try {
    module = await exported
  } catch (error) {
    throw new AttemptError(`The module cannot be loaded: ${failureOf(error).message}`, {
      code: 'module-failed',
    })
  }
  if (module !== undefined && !('problem' in module)) return module
  throw new AttemptError(`The module ${module?.problem}`, { code: 'module-failed', retryable: false })
}

async function make(
  module: Exclude<ModuleExport, { problem: string }>,
  request: Request,
  call: number,
  signal: AbortSignal,
): Promise<unknown> {
  const worker = 'worker' in module ? module.worker : undefined
  switch (request.what) {
    case 'describe':
      return describe(worker)
    case 'undo':
      return worker?.undo?.(request.answer, request.context)
    case 'key':
    case 'confidence':
    case 'alternatives':
      return worker?.[request.what]?.(request.answer, contextOf(request.context, call, signal))
    case 'verify': {
      const input = parseInput(worker, request.input)
      return worker?.verify?.(request.answer, input, contextOf(request.context, call, signal))
    }
    case 'run': {
      const run = 'run' in module ? module.run : module.worker.run
      const input = parseInput(worker, request.input)
      const answer = await run(input, contextOf(request.context, call, signal))
      return isPlan(answer) ? answer : takeAnswer(worker, answer, input)
    }
  }
}

type Exported = Extract<ModuleExport, { worker: unknown }>['worker'] | undefined

/** The answer as its schema makes it, unless it has a red flag. */
function takeAnswer(worker: Exported, answer: unknown, input: unknown): unknown {
  const parsed = worker?.output?.safeParse(answer)
  if (parsed?.success === false) {
    throw new AttemptError(`The answer does not fit: ${parsed.error.message}`, {
      kind: 'flagged',
      code: 'invalid-output',
    })
  }
  const taken = (parsed === undefined ? answer : parsed.data) ?? null
  const flag = redFlagOf(worker, taken, input)
  if (flag === undefined) return taken
  throw new AttemptError(flag, { kind: 'flagged', code: 'red-flag' })
}

function redFlagOf(worker: Exported, answer: unknown, input: unknown): string | undefined {
  try {
    const flag = worker?.redFlag?.(answer, input)
    if (flag === undefined || flag === false || flag === '') return undefined
    return typeof flag === 'string' ? flag : 'The answer has a red flag.'
  } catch (error) {
    return `The red flag check threw: ${failureOf(error).message}`
  }
}

function parseInput(worker: { readonly input?: unknown } | undefined, input: unknown): unknown {
  const schema = worker?.input as { safeParse(value: unknown): ParseResult } | undefined
  const parsed = schema?.safeParse(input)
  if (parsed === undefined) return input
  if (parsed.success) return parsed.data
  throw new AttemptError(`The input does not fit the worker: ${parsed.error.message}`, {
    kind: 'flagged',
    code: 'invalid-input',
    retryable: false,
  })
}

type ParseResult =
  | { readonly success: true; readonly data: unknown }
  | { readonly success: false; readonly error: { readonly message: string } }

function describe(worker: Exported): ModuleFacts {
  const named = (option: 'verify' | 'key' | 'confidence' | 'alternatives' | 'undo' | 'route'): boolean =>
    worker?.[option] !== undefined
  const has = {
    verifies: named('verify'),
    keys: named('key'),
    confident: named('confidence'),
    alternates: named('alternatives'),
    undoes: named('undo'),
    routes: named('route'),
  }
  if (worker === undefined) return has
  const { description, policy, concurrency, rate, effects, redact, cost, unbounded } = worker
  return { description, policy, concurrency, rate, effects, redact, cost, unbounded, ...has }
}

function contextOf(data: ContextData, call: number, signal: AbortSignal): AttemptContext {
  return {
    ...data,
    signal,
    heartbeat: () => post({ type: 'heartbeat', call }),
    spend: ({ usd, tokens }) =>
      post({
        type: 'spend',
        call,
        cost: { ...(usd === undefined ? {} : { usd }), ...(tokens === undefined ? {} : { tokens }) },
      }),
    // Loaded when it is needed: it brings the rest of the SDK.
    artefact: async (path) => (await import('../artefact.ts')).artefactOf(path),
  }
}

/** A plan of `definePlan`, of whichever copy of the SDK. */
function isPlan(answer: unknown): answer is { readonly data: unknown } {
  const { data, workers } = (answer ?? {}) as { data?: { kilostep?: unknown }; workers?: unknown }
  return workers instanceof Map && typeof data?.kilostep === 'number'
}

if (parentPort !== null) {
  // Standard output belongs to the host, which may write a document to it. Were the host to read it as a stream of its
  // own (`stdout: true`), that stream would keep the host alive, unref or not.
  process.stdout.write = process.stderr.write.bind(process.stderr)
  parentPort.on('message', onMessage)
} else {
  process.on('message', onMessage)
  // The host has gone: nobody waits for an answer.
  process.on('disconnect', () => process.exit(0))
}
