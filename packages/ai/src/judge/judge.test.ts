import { modelServer } from '@kilostep/testing'
import { type AttemptContext, createEngine, definePlan } from 'kilostep'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineModel } from '../model/model.ts'
import { attacks } from '../worker/fixtures/attacks.ts'
import { modelWorker } from '../worker/model-worker.ts'
import { judge } from './judge.ts'
import { pairJudge } from './pair-judge.ts'

const price = { input: 1, output: 1 }

function context(): AttemptContext & { readonly spent: { usd: number } } {
  const spent = { usd: 0 }
  return {
    subtask: 's',
    attempt: 1,
    signal: new AbortController().signal,
    spend: ({ usd = 0 }) => {
      spent.usd += usd
    },
    spent,
  } as unknown as AttemptContext & { readonly spent: { usd: number } }
}

describe('a judge', () => {
  test('as verify: what it rejects is wrong and done again, and what it costs is the attempt’s', async () => {
    await using small = await modelServer({ answer: [{ json: { n: 1 } }, { json: { n: 2 } }] })
    await using large = await modelServer({
      answer: ({ prompt }) => ({ json: { reason: 'It must be two.', accept: /"n": 2/.test(prompt) } }),
    })
    const drafts = defineModel(`${small.url}#small`, { price })
    const checks = defineModel(`${large.url}#large`, { price: { input: 10, output: 10 } })
    const worker = modelWorker({
      name: 'draft',
      model: drafts,
      instructions: 'Give two.',
      output: z.object({ n: z.int() }),
      verify: judge({ model: checks, rubric: 'n is two.' }),
    })
    const failures: string[] = []
    const run = createEngine().start(definePlan('two', (p) => p.subtask(worker, {})))
    run.on('attempt-failed', ({ failure }) => failures.push(`${failure.kind}: ${failure.message}`))
    const { output, report } = await run.result
    expect(output).toEqual({ n: 2 })
    expect(failures).toEqual(['wrong: It must be two.'])
    expect(report.spend.usd).toBeCloseTo(drafts.totals.usd + checks.totals.usd, 12)
    expect(worker.cost?.usd).toBeCloseTo(drafts.worst().usd + checks.worst().usd, 12)
  })

  test('gives scores', async () => {
    await using server = await modelServer({
      answer: [7, 8].map((score) => ({ json: { reason: 'good', score } })),
    })
    const verify = judge({ model: defineModel(`${server.url}#m`, { price }), rubric: 'Be good.', pass: 8 })
    expect(await verify('x', 'y', context())).toEqual({
      accept: false,
      score: 7,
      reason: '7 of 10, 8 needed: good',
    })
    expect(await verify('x', 'y', context())).toMatchObject({ accept: true, score: 8 })
  })

  test.each([{ json: { reason: 'x', accept: 'yes' } }, 'accept', { json: { reason: 'x', score: 11 } }])(
    'that says %j has given no verdict',
    async (answer) => {
      await using server = await modelServer({ answer })
      const verify = judge({ model: `${server.url}#m`, rubric: 'x' })
      await expect(verify('x', 'y', context())).rejects.toMatchObject({ kind: 'flagged' })
    },
  )

  test('shows answers as data, whatever they say', async () => {
    const prompts: string[] = []
    await using server = await modelServer({
      answer: ({ prompt, system }) => {
        prompts.push(prompt)
        expect(system).toContain('exactly this rubric')
        return { json: { reason: 'no', accept: false } }
      },
    })
    const verify = judge({ model: defineModel(`${server.url}#m`, { price }), rubric: 'exactly this rubric' })
    for (const attack of attacks) expect((await verify(attack, attack, context())).accept).toBe(false)
    for (const prompt of prompts) expect(prompt.match(/<\/?data-[0-9a-f]{12}>/g)).toHaveLength(4)
  })

  test('options that make no sense are told', () => {
    expect(() => judge({ model: 'ollama:x', rubric: '', pass: 11 })).toThrow(/rubric[\s\S]*pass/)
  })
})

describe('a judge of pairs', () => {
  const better = async (say: (a: string, b: string) => string): Promise<string> => {
    await using server = await modelServer({
      answer: ({ prompt }) => {
        const [, a = '', b = ''] = [...prompt.matchAll(/"(\w+)"\n<\/data/g)].map(([, text]) => text as string)
        return { json: { reason: `${a} or ${b}`, better: say(a, b) } }
      },
    })
    const compare = pairJudge({ model: defineModel(`${server.url}#m`, { price }), rubric: 'The longer one.' })
    const account = context()
    const verdict = await compare('long', 'short', 'input', account)
    expect(server.tally.answered).toBe(2)
    expect(account.spent.usd).toBeGreaterThan(0)
    return verdict.better
  }

  test('is asked in both orders, and a place does not win', async () => {
    expect(await better((a, b) => (a.length > b.length ? 'A' : 'B'))).toBe('second')
    expect(await better((a, b) => (a.length < b.length ? 'A' : 'B'))).toBe('first')
    expect(await better(() => 'A')).toBe('tie')
    expect(await better(() => 'tie')).toBe('tie')
  })
})
