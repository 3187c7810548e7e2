import { type ModelServerOptions, modelServer } from '@kilostep/testing'
import { generateText, streamText } from 'ai'
import type { Spend } from 'kilostep'
import { describe, expect, test } from 'vitest'
import type { Account, ModelCall } from './account.ts'
import { defineModel } from './model.ts'
import type { ModelOptions } from './options.ts'

const price = { input: 1, output: 10 }

async function under(server: ModelServerOptions, options: Omit<ModelOptions, 'model'> = {}) {
  const running = await modelServer(server)
  const calls: ModelCall[] = []
  const model = defineModel(`${running.url}#sim`, { price, onCall: (call) => calls.push(call), ...options })
  const spent = { usd: 0, tokens: 0 }
  const account = (signal = new AbortController().signal): Account => ({
    signal,
    spend({ usd = 0, tokens = 0 }: Partial<Spend>) {
      spent.usd += usd
      spent.tokens += tokens
    },
  })
  const ask = async (prompt: string, signal?: AbortSignal): Promise<string> => {
    const { text } = await generateText({
      model: await model.connect(account(signal)),
      prompt,
      maxRetries: 0,
      ...(signal && { abortSignal: signal }),
    })
    return text
  }
  return {
    server: running,
    model,
    calls,
    spent,
    ask,
    account,
    [Symbol.asyncDispose]: () => running.close(),
  }
}

describe('a model', () => {
  test('answers, and its account adds up to what the server charged', async () => {
    await using it = await under({ answer: ({ prompt }) => prompt.toUpperCase() })
    const said = await Promise.all(Array.from({ length: 20 }, (_, n) => it.ask(`word ${n}`)))
    expect(said).toContain('WORD 7')
    const { inputTokens, outputTokens } = it.server.tally
    expect(it.model.totals).toMatchObject({ calls: 20, answered: 20, inputTokens, outputTokens })
    const usd = (inputTokens * price.input + outputTokens * price.output) / 1e6
    expect(it.model.totals.usd).toBeCloseTo(usd, 12)
    expect(it.spent.usd).toBeCloseTo(
      it.calls.reduce((sum, call) => sum + call.usd, 0),
      12,
    )
    expect(it.spent.tokens).toBe(inputTokens + outputTokens)
  })

  test('a stream is settled as well, and where it is cut', async () => {
    await using it = await under({ answer: 'a text of more than one piece, so that it can be cut' })
    const { textStream } = streamText({
      model: await it.model.connect(it.account()),
      prompt: 'x',
      maxRetries: 0,
    })
    let text = ''
    for await (const piece of textStream) text += piece
    expect(text).toContain('can be cut')
    expect(it.model.totals).toMatchObject({ answered: 1, outputTokens: it.server.tally.outputTokens })

    await using cut = await under({ faults: { cut: 1 } })
    const broken = streamText({
      model: await cut.model.connect(cut.account()),
      prompt: 'x',
      maxRetries: 0,
      onError: () => undefined,
    })
    const read = async (): Promise<void> => {
      for await (const _ of broken.fullStream);
    }
    await expect(read()).rejects.toMatchObject({ kind: 'transport' })
    expect(cut.model.totals).toMatchObject({ calls: 1, unsettled: 1 })
  })

  test.each([
    ['rate-limit', { code: 'rate-limit', retryAfterMs: 1_500, retryable: true }, 'refused'],
    ['server-error', { code: 'http-500', retryable: true }, 'refused'],
    ['overloaded', { code: 'http-503' }, 'refused'],
    ['reset', { code: 'unreachable' }, 'unsettled'],
    ['cut', { kind: 'transport' }, 'unsettled'],
    ['garbage', { code: 'bad-response' }, 'unsettled'],
  ] as const)('%s is a failure that says what to do, and what it cost', async (fault, error, outcome) => {
    await using it = await under({ faults: { [fault]: 1 }, retryAfterMs: 1_500 })
    await expect(it.ask('x')).rejects.toMatchObject({ name: 'AttemptError', kind: 'transport', ...error })
    expect(it.calls).toMatchObject([{ outcome }])
    // What nobody knows counts with the most that it can be.
    expect(it.spent.usd > 0).toBe(outcome === 'unsettled')
  })

  test('a call that hangs can be stopped, and then counts in full', async () => {
    await using it = await under({ faults: { hang: 1 } })
    const stop = new AbortController()
    const asked = it.ask('x', stop.signal)
    while (it.server.tally.faults.hang !== 1) await new Promise((resolve) => setImmediate(resolve))
    stop.abort(new DOMException('enough', 'TimeoutError'))
    await expect(asked).rejects.toThrow()
    expect(it.model.totals).toMatchObject({ unsettled: 1 })
    expect(it.model.totals.unsettledUsd).toBe(it.spent.usd)
  })

  test('nobody listening: nothing is charged', async () => {
    const { url, close } = await modelServer()
    await close()
    const model = defineModel(`${url}#gone`, { price })
    const account = { signal: new AbortController().signal, spend: () => undefined }
    const asked = generateText({ model: await model.connect(account), prompt: 'x', maxRetries: 0 })
    await expect(asked).rejects.toMatchObject({ code: 'unreachable' })
    expect(model.totals).toMatchObject({ refused: 1, usd: 0 })
  })

  test('a prompt that is too long is refused before anything is sent', async () => {
    await using it = await under({}, { maxInputTokens: 1_000 })
    await expect(it.ask('x'.repeat(2_000))).rejects.toMatchObject({
      code: 'prompt-too-long',
      kind: 'flagged',
      retryable: false,
    })
    expect(it.server.tally.requests).toBe(0)
  })

  test('an answer ends where its tokens do', async () => {
    await using it = await under({ faults: { overlong: 1 } }, { maxOutputTokens: 30 })
    await it.ask('x')
    expect(it.calls[0]?.outputTokens).toBe(30)
  })

  test('what it costs at most bounds what it costs', async () => {
    await using it = await under({ faults: { overlong: 1 } }, { maxInputTokens: 400, maxOutputTokens: 50 })
    await it.ask('x'.repeat(250))
    const worst = it.model.worst()
    expect(worst).toEqual({ usd: (400 * 1 + 50 * 10) / 1e6, tokens: 450 })
    expect(it.spent.usd).toBeLessThanOrEqual(worst.usd)
    expect(it.spent.tokens).toBeLessThanOrEqual(worst.tokens)
  })

  test('is left alone for a while when it fails again and again', async () => {
    await using it = await under(
      { faults: { 'server-error': 1 } },
      { circuit: { failures: 3, openMs: 60_000 } },
    )
    for (let n = 0; n < 3; n++) await expect(it.ask(`${n}`)).rejects.toMatchObject({ code: 'http-500' })
    await expect(it.ask('more')).rejects.toMatchObject({ code: 'circuit-open', retryable: true })
    expect(it.server.tally.requests).toBe(3)
  })

  test('a refused key is told once and for all, without the key', async () => {
    const secret = 'sk-verysecret1234567890'
    await using it = await under({ apiKey: 'another-key' }, { apiKey: secret })
    const error = await it.ask('x').catch((thrown: unknown) => thrown as Error)
    expect(error).toMatchObject({ code: 'no-access', retryable: false })
    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toContain(secret)
  })

  test('options that make no sense are told with every fault', () => {
    const bad = { price: { input: -1, output: 1 }, limits: { requests: 0 }, speed: 1 } as never
    expect(() => defineModel('openai:x', bad)).toThrow(/price\.input[\s\S]*limits\.requests[\s\S]*speed/)
    expect(() => defineModel('')).toThrow(/model/)
    expect(() => defineModel(null as never)).toThrow(/model/)
  })
})
