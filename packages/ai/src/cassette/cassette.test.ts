import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ModelServerOptions, modelServer } from '@kilostep/testing'
import { streamText } from 'ai'
import { createEngine, definePlan } from 'kilostep'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { defineModel } from '../model/model.ts'
import { modelWorker } from '../worker/model-worker.ts'
import { type Cassette, cassette } from './cassette.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kilostep-cassette-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const secret = 'sk-averysecretkey1234567890'
const price = { input: 1, output: 2 }
const unreliable: ModelServerOptions = {
  answer: ({ prompt, system }) => ({
    json: { square: Number(/"n": (\d+)/.exec(prompt)?.[1]) ** 2, said: `${system.slice(0, 10)} ${secret}` },
  }),
  faults: { 'server-error': 0.1, 'rate-limit': 0.1, malformed: 0.1, cut: 0.1 },
  retryAfterMs: 1,
  wrong: { rate: 0.1 },
  seed: 5,
}

/** 20 squares, voted on; with a cassette, from a server or from nobody. */
async function squares(url: string, tape: Cassette, instructions = 'Square n.') {
  const model = defineModel(`${url}#m`, {
    name: 'm',
    cassette: tape,
    price,
    apiKey: secret,
    maxOutputTokens: 200,
    circuit: false,
  })
  const worker = modelWorker({
    name: 'square',
    model,
    instructions,
    output: z.object({ square: z.number(), said: z.string() }),
    key: ({ square }) => String(square),
    policy: { vote: { margin: 2 }, retry: { attempts: 20, backoffMs: 0 } },
  })
  const plan = definePlan('squares', (p) => Array.from({ length: 20 }, (_, n) => p.subtask(worker, { n })))
  const failures: string[] = []
  const run = createEngine({ concurrency: 8 }).start(plan, { seed: 1 })
  run.on('attempt-failed', ({ failure }) => failures.push(failure.code))
  const { output, report, status } = await run.result
  const { attempts, spend } = report
  // Dollars are added in the order of the calls, and differ in their last bits.
  const { usd, unsettledUsd, ...totals } = model.totals
  const costs = [spend.usd, usd, unsettledUsd].map((sum) => sum.toFixed(12))
  return { output, attempts, costs, tokens: spend.tokens, status, totals, failures: failures.sort() }
}

test('what was recorded is said again: the same answers, failures and costs, and nobody is asked', async () => {
  const file = join(folder, 'squares.jsonl')
  const server = await modelServer(unreliable)
  const recorded = await squares(server.url, cassette(file, { mode: 'record' }))
  await server.close()
  expect(recorded.failures.length).toBeGreaterThan(5)
  expect(readFileSync(file, 'utf8')).not.toContain(secret)
  // Nothing listens there any more.
  const replayed = await squares(server.url, cassette(file))
  expect({ ...replayed, output: null }).toEqual({ ...recorded, output: null })
  const plain = (output: unknown): unknown =>
    JSON.parse(JSON.stringify(output).replaceAll(secret, '[secret]'))
  expect(replayed.output).toEqual(plain(recorded.output))
})

test('a call that was not recorded fails once and for all, or is added', async () => {
  const file = join(folder, 'more.jsonl')
  await using server = await modelServer({ ...unreliable, faults: {} })
  await squares(server.url, cassette(file, { mode: 'record' }))
  const asked = server.tally.requests
  const other = await squares(server.url, cassette(file), 'Square n, please.')
  expect([other.status, new Set(other.failures)]).toEqual(['failed', new Set(['not-recorded'])])
  // Two votes each are wanted at once, and no third attempt is made.
  expect(other.attempts.started).toBeLessThanOrEqual(40)
  expect(server.tally.requests).toBe(asked)
  const extended = await squares(server.url, cassette(file, { mode: 'extend' }), 'Square n, please.')
  expect(extended.status).toBe('succeeded')
  expect(server.tally.requests).toBeGreaterThan(asked)
  expect((await squares(server.url, cassette(file), 'Square n, please.')).status).toBe('succeeded')
  expect((await squares(server.url, cassette(file))).status).toBe('succeeded')
})

test('streams are recorded and replayed too', async () => {
  const file = join(folder, 'stream.jsonl')
  await using server = await modelServer({ answer: 'a text in pieces' })
  const say = async (tape: Cassette): Promise<string> => {
    const account = { signal: new AbortController().signal, spend: () => undefined }
    const model = defineModel(`${server.url}#m`, { cassette: tape })
    return await streamText({ model: await model.connect(account), prompt: 'x', maxRetries: 0 }).text
  }
  expect(await say(cassette(file, { mode: 'record' }))).toBe('a text in pieces')
  expect(await say(cassette(file))).toBe('a text in pieces')
  expect(server.tally.requests).toBe(1)
})

test('a cassette that is not there or is none is told', () => {
  const file = join(folder, 'none.jsonl')
  expect(() => cassette(file)).toThrow(/no cassette.*mode: 'record'/)
  expect(existsSync(file)).toBe(false)
  writeFileSync(file, 'something else\n')
  expect(() => cassette(file)).toThrow(/is no cassette/)
  const damaged = join(folder, 'damaged.jsonl')
  cassette(damaged, { mode: 'record' })
  appendFileSync(damaged, '{"key":"x"')
  expect(() => cassette(damaged)).toThrow(/line 2/)
  expect(() => cassette(damaged, { mode: 'rewind' as never })).toThrow(/mode/)
})
