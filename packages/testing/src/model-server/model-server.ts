import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KilostepError } from '@kilostep/core'
import { ServerAllowance } from './allowance.ts'
import { ErrorModel } from './error-model.ts'
import { type ModelRequest, readRequest, tokensOf } from './model-request.ts'
import { type ModelServerOptions, readOptions } from './options.ts'
import { type Completion, completionOf, type FaultName, type Reply, saying } from './reply.ts'
import { sampleOf } from './sample.ts'
import { samplePlan } from './sample-plan.ts'
import { measured, sendError, sendStream, sendWhole } from './wire.ts'

/** What a server has done so far. */
export interface ModelServerTally {
  /** Requests that came in, those that were turned away among them. */
  requests: number
  /** Requests that it answered, right or wrong, and what was charged for them. */
  answered: number
  inputTokens: number
  outputTokens: number
  /** Answers that it made wrong on purpose. */
  wrong: number
  /** Requests that were turned away because of `limits`, beyond those that were drawn as a fault. */
  limited: number
  readonly faults: Partial<Record<FaultName, number>>
}

export interface ModelServer {
  /** Where it is, for an OpenAI-compatible client, e.g. `http://127.0.0.1:4010/v1`. */
  readonly url: string
  readonly tally: ModelServerTally
  /** The most that its limits let through in one stretch of time. */
  readonly peak: { readonly requests: number; readonly tokens: number }
  /** Ends it, and every connection with it. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const largestBody = 32 * 1_048_576

/**
 * A language model that is none: a server for tests that speaks the OpenAI chat protocol over HTTP, streaming, tools
 * and JSON included, and is as wrong and as unreliable as it is told to be. `GET /sim/tally` gives its tally.
 *
 * @throws KilostepError `invalid-options` with every fault; `port-taken`.
 * @example await using server = await modelServer({ answer: 'four', faults: { 'rate-limit': 0.1 } })
 */
export async function modelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const { port = 0, host = '127.0.0.1', ...behaviour } = readOptions(options)
  const model = new SimulatedModel(behaviour)
  const server = createServer((request, response) => {
    // A client that leaves is no fault of the server.
    response.on('error', () => undefined)
    model.serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else sendError(response, 500, `The answer could not be made: ${String(error)}`)
    })
  })
  await listen(server, port, host)
  const { port: taken } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    model.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${taken}/v1`,
    tally: model.tally,
    peak: model.allowance.peak,
    close,
    [Symbol.asyncDispose]: close,
  }
}

class SimulatedModel {
  readonly tally: ModelServerTally = {
    requests: 0,
    answered: 0,
    inputTokens: 0,
    outputTokens: 0,
    wrong: 0,
    limited: 0,
    faults: {},
  }
  readonly allowance: ServerAllowance
  readonly #options: ModelServerOptions
  readonly #errors: ErrorModel
  readonly #asked = new Map<string, number>()
  readonly #timers = new Set<NodeJS.Timeout>()
  #said = 0

  constructor(options: ModelServerOptions) {
    this.#options = options
    this.#errors = new ErrorModel(options.seed ?? 0, options.faults ?? {}, options.wrong ?? { rate: 0 })
    this.allowance = new ServerAllowance(options.limits ?? {})
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }

  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (incoming.url ?? '').split('?')[0] ?? ''
    if (incoming.method === 'GET' && path === '/sim/tally') {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ ...this.tally, peak: this.allowance.peak }))
      return
    }
    if (incoming.method === 'GET' && path === '/v1/models') {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ object: 'list', data: [{ id: 'sim', object: 'model' }] }))
      return
    }
    if (incoming.method !== 'POST' || path !== '/v1/chat/completions') {
      sendError(response, 404, 'There are POST /v1/chat/completions, GET /v1/models and GET /sim/tally.')
      return
    }
    const body = await readBody(incoming)
    this.tally.requests++
    const { apiKey } = this.#options
    if (apiKey !== undefined && incoming.headers.authorization !== `Bearer ${apiKey}`) {
      sendError(response, 401, 'The key is missing or wrong.')
      return
    }
    const read = body === undefined ? 'The body is no JSON, or too large.' : readRequest(body)
    if (typeof read === 'string') {
      sendError(response, 400, read)
      return
    }
    const question = this.#options.question?.(read) ?? JSON.stringify(read.messages)
    const repeat = this.#asked.get(question) ?? 0
    this.#asked.set(question, repeat + 1)
    await this.#answer({ ...read, repeat }, question, response)
  }

  async #answer(request: ModelRequest, question: string, response: ServerResponse): Promise<void> {
    const entered = this.allowance.enter(performance.now(), request.inputTokens)
    if ('waitMs' in entered) {
      this.tally.limited++
      turnAway(response, entered.waitMs)
      return
    }
    let fault = this.#errors.fault(question, request.repeat)
    let reply: Reply = ''
    if (fault === undefined) {
      const right = await this.#right(request)
      reply = this.#errors.answer(right, question, request)
      if (reply !== right) this.tally.wrong++
      if (typeof reply === 'object' && 'fault' in reply) fault = reply.fault
    }
    if (this.#options.latencyMs !== undefined) await this.#sleep(this.#options.latencyMs)
    if (fault !== undefined) this.tally.faults[fault] = (this.tally.faults[fault] ?? 0) + 1
    if (fault !== undefined && this.#refuse(fault, response)) return

    const said =
      fault === undefined
        ? completionOf(reply as Exclude<Reply, { fault: FaultName }>)
        : broken(fault, request)
    const { completion, usage } = measured(request, said)
    this.allowance.add(entered.entry, usage.outputTokens)
    this.tally.answered++
    this.tally.inputTokens += usage.inputTokens
    this.tally.outputTokens += usage.outputTokens
    const send = request.stream ? sendStream : sendWhole
    send(response, `sim-${this.tally.answered}`, request, completion, usage, fault === 'cut')
  }

  async #right(request: ModelRequest): Promise<Reply> {
    const { answer } = this.#options
    if (typeof answer === 'function') return await answer(request)
    if (Array.isArray(answer)) return (answer[Math.min(this.#said++, answer.length - 1)] ?? '') as Reply
    if (answer !== undefined) return answer as Reply
    if (request.json) {
      const { schema = { type: 'object' }, prompt } = request
      return { json: samplePlan(request) ?? sampleOf(schema, prompt) }
    }
    return `A simulated answer to ${tokensOf(request.prompt)} tokens.`
  }

  /** Faults in which nothing is answered: true where this was one. */
  #refuse(fault: FaultName, response: ServerResponse): boolean {
    switch (fault) {
      case 'rate-limit':
        turnAway(response, this.#options.retryAfterMs ?? 50)
        return true
      case 'server-error':
        sendError(response, 500, 'The server had an error.')
        return true
      case 'overloaded':
        sendError(response, 503, 'The server is overloaded.')
        return true
      case 'garbage':
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end('<html>Bad Gateway</html>')
        return true
      case 'reset':
        response.destroy()
        return true
      case 'hang':
        return true
      default:
        return false
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        resolve()
      }, ms)
      this.#timers.add(timer)
    })
  }
}

/** Answers that are no good though they came. */
function broken(fault: FaultName, request: ModelRequest): Completion {
  switch (fault) {
    case 'malformed':
      return saying('{"answer": [1, 2, {"unfinished": tru')
    case 'overlong':
      return saying('and so on '.repeat(Math.ceil(((request.maxTokens ?? 4_096) * 4) / 10) + 1))
    case 'refusal':
      return { content: '', toolCalls: [], finishReason: 'content_filter' }
    default:
      return saying('This answer is cut off before its end, and nobody will ever read what it was to say.')
  }
}

function turnAway(response: ServerResponse, waitMs: number): void {
  const ms = Math.max(1, Math.ceil(waitMs))
  // Whole seconds are the standard; under one of them, what the providers' own clients read.
  const headers = {
    'retry-after': waitMs < 1_000 ? String(waitMs / 1_000) : String(Math.ceil(waitMs / 1_000)),
    'retry-after-ms': String(ms),
  }
  sendError(response, 429, `Too many requests. Come back in ${ms} ms.`, headers)
}

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    size += piece.length
    if (size > largestBody) return undefined
    pieces.push(piece)
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString()) as unknown
  } catch {
    return undefined
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${error.code ?? 'unknown'})`
      reject(
        new KilostepError('port-taken', `Port ${port} of ${host} ${why}. Give another one, or 0 for any.`),
      )
    })
    server.listen(port, host, resolve)
  })
}
