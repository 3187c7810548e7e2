import { type ModelServerOptions, modelServer } from '@kilostep/testing'
import { createEngine, definePlan, type RunOptions } from 'kilostep'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineModel } from '../model/model.ts'
import { type ModelWorkerOptions, modelWorker } from './model-worker.ts'

type Entry = { id: number; input: { n: number } }
type Square = { square: number }

/** The inputs of a call, as its data has them. */
const entriesOf = (prompt: string): Entry[] =>
  JSON.parse(prompt.split('\n').slice(1, -1).join('\n')) as Entry[]
const answerOf = ({ id, input }: Entry) => ({ id, answer: { square: input.n ** 2 } })

async function squares(
  count: number,
  server: ModelServerOptions = {},
  options: Partial<ModelWorkerOptions<{ n: number }, Square>> = {},
  runOptions: RunOptions = {},
) {
  const calls: number[][] = []
  const running = await modelServer({
    answer: ({ prompt }) => {
      const entries = entriesOf(prompt)
      calls.push(entries.map(({ input }) => input.n))
      return { json: { answers: entries.map(answerOf) } }
    },
    ...server,
  })
  try {
    const model = defineModel(`${running.url}#m`, { price: { input: 1, output: 1 }, maxInputTokens: 8_000 })
    const worker = modelWorker<{ n: number }, Square>({
      name: 'square',
      model,
      instructions: 'Square n.',
      output: z.object({ square: z.int() }),
      batch: { size: 10 },
      policy: { retry: { attempts: 6, backoffMs: 0 } },
      ...options,
    })
    const plan = definePlan('squares', (p) =>
      Array.from({ length: count }, (_, n) => p.subtask(worker, { n })),
    )
    const { output, report } = await createEngine({ concurrency: 50 }).start(plan, { seed: 1, ...runOptions })
      .result
    return { output, report, model, calls, server: running }
  } finally {
    await running.close()
  }
}

const right = (count: number): Square[] => Array.from({ length: count }, (_, n) => ({ square: n * n }))

describe('small subtasks in one call', () => {
  test('share it, and what it costs', async () => {
    const { output, report, model, calls } = await squares(100)
    expect(output).toEqual(right(100))
    expect(calls).toHaveLength(10)
    expect(report.attempts.started).toBe(100)
    expect(report.spend.usd).toBeCloseTo(model.totals.usd, 12)
  })

  test('what does not fill a call does not wait for ever, and what does not fit goes into the next', async () => {
    expect((await squares(3)).calls).toEqual([[0, 1, 2]])
    const { calls, output } = await squares(
      30,
      {},
      { batch: { size: 1_000 }, instructions: `Square n.${' '.repeat(3_000)}` },
    )
    expect(calls.length).toBeGreaterThan(1)
    expect(output).toEqual(right(30))
  })

  test('one that is left out, answered twice or badly is asked again, and the others are not', async () => {
    const { output, report } = await squares(10, {
      answer: ({ prompt, repeat }) => {
        const entries = entriesOf(prompt)
        if (entries.length < 10 || repeat > 0) return { json: { answers: entries.map(answerOf) } }
        const [first, second, third, ...rest] = entries.map(answerOf)
        return {
          json: {
            answers: [second, second, { ...third, answer: { square: 'x' } }, ...rest, { ...first, id: 99 }],
          },
        }
      },
    })
    expect(output).toEqual(right(10))
    expect(report.attempts).toMatchObject({ started: 13, flagged: 3 })
  })

  test('a call that fails fails for all of them, and is made again', async () => {
    const { output, report } = await squares(40, { faults: { 'server-error': 0.2, malformed: 0.2 }, seed: 3 })
    expect(output).toEqual(right(40))
    expect(report.attempts.transport + report.attempts.flagged).toBeGreaterThan(0)
  })

  test('two samples of one subtask are never in the same call', async () => {
    const { output, calls } = await squares(20, {}, { policy: { vote: { margin: 2 } }, temperature: 0.5 })
    expect(output).toEqual(right(20))
    for (const call of calls) expect(new Set(call).size).toBe(call.length)
  })

  test('who leaves does not end the call for the others', async () => {
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await using server = await modelServer({
      answer: async ({ prompt }) => {
        await held
        return { json: { answers: entriesOf(prompt).map(answerOf) } }
      },
    })
    const worker = modelWorker({
      name: 'square',
      model: defineModel(`${server.url}#m`),
      instructions: 'Square n.',
      output: z.object({ square: z.int() }),
      batch: { size: 2 },
    })
    const engine = createEngine()
    const [one, two] = [1, 2].map((n) => engine.start(definePlan(`p${n}`, (p) => p.subtask(worker, { n }))))
    while (server.tally.requests === 0) await new Promise((resolve) => setImmediate(resolve))
    one?.cancel('enough')
    expect((await one?.result)?.status).toBe('cancelled')
    release()
    expect((await two?.result)?.output).toEqual({ square: 4 })
  })

  test('options that make no sense are told', () => {
    const bad = { name: 'w', model: 'ollama:x', instructions: '', maxSteps: 0, temperature: 3 }
    expect(() => modelWorker(bad)).toThrow(/instructions[\s\S]*maxSteps[\s\S]*temperature/)
    expect(() =>
      modelWorker({ ...bad, instructions: 'x', maxSteps: 1, temperature: 0, batch: { size: 2 }, tools: {} }),
    ).toThrow(/not both/)
  })
})
