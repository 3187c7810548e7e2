import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4Usage,
} from '@ai-sdk/provider'
import { type LanguageModelMiddleware, simulateStreamingMiddleware, wrapLanguageModel } from 'ai'
import { AttemptError, type Clock, type Spend, systemClock } from 'kilostep'
import { callKey } from '../cassette/cassette.ts'
import { failureTaken, nobody, said, type Take } from '../cassette/take.ts'
import { Allowance, type Permit } from '../limits/allowance.ts'
import { chatSpan } from '../telemetry/chat-span.ts'
import type { Account, ModelCall, ModelTotals } from './account.ts'
import { callFailure } from './call-failure.ts'
import { Circuit } from './circuit.ts'
import { type ModelOptions, readModelOptions } from './options.ts'
import { costUsd, type Price, type Tokens, tokensOf, worstUsd } from './price.ts'
import { resolveModel } from './resolve-model.ts'
import { withoutKeys } from './secrets.ts'
import { settledStream } from './stream.ts'
import { tokenBound } from './token-bound.ts'

/**
 * A language model with its limits, its price and its account, for any number of workers, planners and judges at once.
 *
 * @throws KilostepError `invalid-options` with every fault.
 * @example const small = defineModel('openai:gpt-5-mini', { price: { input: 0.25, output: 2 } })
 */
export function defineModel(model: ModelOptions['model'], options: Omit<ModelOptions, 'model'> = {}): Model {
  return new Model(readModelOptions({ ...options, model }))
}

/** What a call can come to at most. */
interface Bound {
  readonly input: number
  readonly output: number
}

/** Made by {@link defineModel}. */
export class Model {
  readonly name: string
  readonly price: Price | undefined
  /** The most that the input and the output of one call can be, in tokens. */
  readonly maxInputTokens: number
  readonly maxOutputTokens: number
  readonly #options: ModelOptions
  readonly #clock: Clock
  readonly #allowance: Allowance
  readonly #circuit: Circuit | undefined
  readonly #outages = new WeakSet<object>()
  readonly #totals = {
    calls: 0,
    answered: 0,
    refused: 0,
    unsettled: 0,
    inputTokens: 0,
    outputTokens: 0,
    usd: 0,
    unsettledUsd: 0,
  }
  #resolved: Promise<LanguageModelV4> | undefined

  /** @internal */
  constructor(options: ModelOptions) {
    const { model, name, price, limits = {}, circuit, clock } = options
    this.#options = options
    this.name = name ?? (typeof model === 'string' ? model : model.modelId)
    this.price = price
    this.maxInputTokens = options.maxInputTokens ?? 32_000
    this.maxOutputTokens = options.maxOutputTokens ?? 2_048
    this.#clock = clock ?? systemClock()
    const { requests, tokens, perMs, slackMs, shared } = limits
    this.#allowance = new Allowance(this.name, { requests, tokens, perMs, slackMs, shared }, this.#clock)
    if (circuit !== false) {
      this.#circuit = new Circuit(this.name, circuit ?? {}, (error) => this.#outages.has(error as object))
    }
  }

  /** The most that so many calls can cost: what an attempt reserves. */
  worst(calls = 1): Spend {
    const { maxInputTokens, maxOutputTokens, price } = this
    return {
      usd: calls * worstUsd(price, maxInputTokens, maxOutputTokens),
      tokens: calls * (maxInputTokens + maxOutputTokens),
    }
  }

  /** Of what nobody can say how much a call costs at most. */
  get unbounded(): readonly (keyof Spend)[] {
    return this.price === undefined ? ['usd'] : []
  }

  /** What all calls so far came to: the sum of what their accounts were told. */
  get totals(): ModelTotals {
    return { ...this.#totals }
  }

  /**
   * The model as the AI SDK takes it, for calls on one account. Each waits for its turn, is bounded, and is settled.
   * Give the SDK `maxRetries: 0`: what is to be tried again, the run decides.
   */
  async connect(account: Account): Promise<LanguageModelV4> {
    const { model, apiKey, env } = this.#options
    this.#resolved ??=
      this.#options.cassette?.mode === 'replay'
        ? Promise.resolve(nobody(this.name))
        : resolveModel(model, {
            ...(apiKey === undefined ? undefined : { apiKey }),
            ...(env === undefined ? undefined : { env }),
          })
    const middleware: LanguageModelMiddleware = {
      specificationVersion: 'v4',
      transformParams: async ({ params }) => ({
        ...params,
        maxOutputTokens: Math.min(params.maxOutputTokens ?? this.maxOutputTokens, this.maxOutputTokens),
      }),
      wrapGenerate: ({ doGenerate, params, model }) =>
        chatSpan(model, params, account, () => this.#generate(doGenerate, params, account)),
      wrapStream: async ({ doStream, params }) => {
        const call = await this.#begin(params, account)
        const result = await call.make(doStream)
        return { ...result, stream: settledStream(result.stream, call) }
      },
    }
    // A cassette holds whole answers: a stream of one is made of what it says.
    const whole = this.#options.cassette === undefined ? [] : [simulateStreamingMiddleware()]
    return wrapLanguageModel({ model: await this.#resolved, middleware: [...whole, middleware] })
  }

  async #generate(
    doGenerate: () => PromiseLike<LanguageModelV4GenerateResult>,
    params: LanguageModelV4CallOptions,
    account: Account,
  ): Promise<LanguageModelV4GenerateResult> {
    const { cassette } = this.#options
    if (cassette === undefined) {
      const call = await this.#begin(params, account)
      const result = await call.make(doGenerate)
      call.answered(result.usage)
      return result
    }
    const { label = '' } = account
    const key = callKey(this.name, params)
    const take = cassette.play(key, label)
    if (take !== undefined) {
      this.#tell(account, take.outcome, take.tokens, costUsd(this.price, take.tokens), 0, 0)
      return said(take)
    }
    const call = await this.#begin(params, account)
    const keep = (what: Pick<Take, 'result' | 'failure'>): void => {
      if (call.ended !== undefined) cassette.add({ key, label, ...call.ended, ...what }, this.#keys())
    }
    try {
      const result = await call.make(doGenerate)
      call.answered(result.usage)
      const { content, finishReason, usage } = result
      keep({ result: { content, finishReason, usage: { ...usage, raw: {} } } })
      return result
    } catch (error) {
      const failure = failureTaken(error)
      if (failure !== undefined) keep({ failure })
      throw error
    }
  }

  async #begin(params: LanguageModelV4CallOptions, account: Account): Promise<OpenCall> {
    const bound = this.#bound(params)
    this.#circuit?.require()
    const { signal, lane = 'latency' } = account
    const permit = await this.#allowance.take(bound.input + bound.output, lane, signal)
    return this.#open(bound, permit, account)
  }

  #bound(params: LanguageModelV4CallOptions): Bound {
    const input = tokenBound(params)
    const output = params.maxOutputTokens ?? this.maxOutputTokens
    const refuse = (message: string): AttemptError =>
      new AttemptError(message, { kind: 'flagged', code: 'prompt-too-long', retryable: false })
    if (input === undefined) {
      throw refuse(
        `A call of model "${this.name}" holds a file, whose tokens nobody can bound. Give its text.`,
      )
    }
    if (input > this.maxInputTokens) {
      throw refuse(
        `A prompt for model "${this.name}" has ${input} bytes, which may be as many tokens, and ${this.maxInputTokens} are allowed. Shorten it, or raise maxInputTokens.`,
      )
    }
    return { input, output }
  }

  #open(bound: Bound, permit: Permit, account: Account): OpenCall {
    const startedAt = this.#clock.now()
    let ended: OpenCall['ended']
    const end = (outcome: ModelCall['outcome'], tokens: Tokens, usd: number): void => {
      permit.settle(tokens.input + tokens.output)
      ended = { outcome, tokens }
      this.#tell(account, outcome, tokens, usd, permit.waitedMs, this.#clock.now() - startedAt)
    }
    const settle = (tokens: Tokens | undefined): void => {
      if (tokens !== undefined) end('answered', tokens, costUsd(this.price, tokens))
      else end('unsettled', { ...noTokens, ...bound }, worstUsd(this.price, bound.input, bound.output))
    }
    const fail = (thrown: unknown): unknown => {
      const failure = callFailure(thrown, this.#clock.now(), (text) => withoutKeys(text, this.#keys()))
      if (failure.charged) settle(undefined)
      else end('refused', noTokens, 0)
      const { error } = failure
      if (error instanceof AttemptError) {
        if (failure.outage) this.#outages.add(error)
        if (error.code === 'rate-limit' && error.retryAfterMs !== undefined)
          this.#allowance.pauseUntil(this.#clock.now() + error.retryAfterMs)
      }
      return error
    }
    let made = false
    return {
      make: async (call) => {
        const make = async (): Promise<Awaited<ReturnType<typeof call>>> => {
          made = true
          try {
            return await call()
          } catch (error) {
            throw fail(error)
          }
        }
        try {
          return await (this.#circuit === undefined ? make() : this.#circuit.execute(make))
        } catch (error) {
          // The circuit was opened while it waited for its turn.
          if (!made) end('refused', noTokens, 0)
          throw error
        }
      },
      answered: (usage) => settle(tokensOf(usage)),
      failed: fail,
      get ended() {
        return ended
      },
    }
  }

  #tell(
    account: Account,
    outcome: ModelCall['outcome'],
    tokens: Tokens,
    usd: number,
    waitedMs: number,
    tookMs: number,
  ): void {
    const { input, output } = tokens
    const call: ModelCall = {
      model: this.name,
      outcome,
      inputTokens: input,
      outputTokens: output,
      usd,
      waitedMs,
      tookMs,
    }
    const totals = this.#totals
    totals.calls++
    totals[call.outcome]++
    totals.inputTokens += call.inputTokens
    totals.outputTokens += call.outputTokens
    totals.usd += call.usd
    if (call.outcome === 'unsettled') totals.unsettledUsd += call.usd
    account.spend({ usd, tokens: input + output })
    this.#options.onCall?.(call)
  }

  #keys(): readonly (string | undefined)[] {
    return [this.#options.apiKey, ...Object.values(this.#options.env ?? {})]
  }
}

/** A call that has its turn. It ends once: with an answer, or with what it failed with, which is made tellable. */
export interface OpenCall {
  make<T>(call: () => PromiseLike<T>): Promise<T>
  answered(usage: LanguageModelV4Usage | undefined): void
  failed(error: unknown): unknown
  /** How it ended; undefined until it has. */
  readonly ended: { readonly outcome: ModelCall['outcome']; readonly tokens: Tokens } | undefined
}

const noTokens: Tokens = { input: 0, output: 0, cachedInput: 0, cacheWrite: 0 }
