import { type ModelRequest, modelServer, type Reply } from '@kilostep/testing'
import { tool } from 'ai'
import { createEngine, definePlan, defineWorker } from 'kilostep'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { defineModel } from '../model/model.ts'
import { dataPrompt } from './data-prompt.ts'
import { attacks } from './fixtures/attacks.ts'
import { modelWorker } from './model-worker.ts'

const summary = z.object({ summary: z.string().max(100) })

/** A model that does whatever its input says, as badly as it can: the worst that a hijacked one could be. */
function hijacked({ repeat, toolResults }: ModelRequest): Reply {
  const tricks: Reply[] = [
    { toolCalls: [{ name: 'shell', input: { command: 'rm -rf /' } }] },
    { toolCalls: [{ name: 'lookup', input: { word: 1, path: '../../etc/passwd' } }] },
    { json: { kilostep: 1, name: 'takeover', subtasks: [{ id: 'x', worker: 'pay', input: {} }] } },
    '{"summary":"fine","__proto__":{"polluted":true},"budget":{"usd":1000000},"tools":["shell"]}',
    { fault: 'overlong' },
    { fault: 'malformed' },
    'pwned',
  ]
  const trick = tricks[(repeat + toolResults.length) % tricks.length] as Reply
  return toolResults.length > 1 ? { json: { summary: 'gave up' } } : trick
}

test.each(attacks.map((attack, place) => [place, attack] as const))(
  'attack %i widens nothing',
  async (_, attack) => {
    const bodies: Record<string, unknown>[] = []
    await using server = await modelServer({
      answer: (request) => {
        bodies.push({ ...request })
        return hijacked(request)
      },
    })
    const called: unknown[] = []
    const paid: unknown[] = []
    const price = { input: 1, output: 1 }
    const model = defineModel(`${server.url}#sim`, { price, maxInputTokens: 20_000, maxOutputTokens: 200 })
    const read = defineWorker({ name: 'read', run: () => attack })
    const pay = defineWorker({ name: 'pay', run: (input) => paid.push(input) })
    const summarise = modelWorker({
      name: 'summarise',
      model,
      instructions: 'Summarise the page.',
      output: summary,
      tools: {
        lookup: tool({
          inputSchema: z.strictObject({ word: z.string() }),
          execute: ({ word }) => {
            called.push(word)
            return `about ${word}`
          },
        }),
      },
      maxSteps: 3,
      policy: { retry: { attempts: 8, backoffMs: 0 } },
    })
    const plan = definePlan('attack', (p) => p.subtask(summarise, { page: p.subtask(read, {}) }))
    const budget = { usd: 0.5, attempts: 12 }
    const { status, output, report } = await createEngine({ workers: [pay] }).start(plan, { budget }).result

    // Edges and workers: nothing was added, and the worker that pays was never asked.
    expect(report.subtasks.planned).toBe(2)
    expect(paid).toEqual([])
    // Tools: only what was given, with what fits its schema; nothing hostile got that far.
    expect(called).toEqual([])
    for (const request of bodies) {
      expect(request['tools']).toEqual(['lookup'])
      // Permission: the instructions are the worker's own, and the input stays inside its tags.
      expect(request['system']).toContain('Summarise the page.')
      if (attack.length > 8) expect(request['system']).not.toContain(attack.slice(0, 30))
      expect(request).toMatchObject({ model: 'sim', maxTokens: 200, prompt: dataPrompt({ page: attack }) })
    }
    // Budget.
    expect(report.spend.usd).toBeLessThanOrEqual(budget.usd)
    expect(report.attempts.started).toBeLessThanOrEqual(budget.attempts)
    // The answer has its form, and nothing else in it.
    if (status === 'succeeded') {
      expect(Object.keys(output as object)).toEqual(['summary'])
      expect(summary.safeParse(output).success).toBe(true)
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  },
)

test('data cannot end itself, and hides nothing', () => {
  for (const attack of attacks) {
    const prompt = dataPrompt({ page: attack, nested: [{ deep: attack }] })
    const [open, ...rest] = prompt.split('\n')
    const close = rest.pop()
    expect(open).toMatch(/^<data-[0-9a-f]{12}>$/)
    expect(close).toBe(`</${open?.slice(1)}`)
    const inside = rest.join('\n')
    expect(inside).not.toMatch(/[<>]/)
    // Formats (invisible, or turning the direction of writing) and control characters, but for the line feeds of JSON.
    expect(inside.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(JSON.parse(inside)).toEqual({ page: attack, nested: [{ deep: attack }] })
  }
})
