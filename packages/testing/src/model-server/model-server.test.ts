import { describe, expect, test } from 'vitest'
import { type ModelServer, modelServer } from './model-server.ts'
import type { ModelServerOptions } from './options.ts'
import { type FaultName, faultNames } from './reply.ts'

interface Said {
  readonly status: number
  readonly body: {
    choices: { message: { content: string; tool_calls?: unknown[] }; finish_reason: string }[]
    usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number }
    error?: { message: string }
  }
  readonly headers: Headers
}

async function ask(server: ModelServer, content: string, more: object = {}): Promise<Said> {
  const response = await fetch(`${server.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'sim', messages: [{ role: 'user', content }], ...more }),
  })
  return { status: response.status, body: (await response.json()) as Said['body'], headers: response.headers }
}

const textOf = (said: Said): string => said.body.choices[0]?.message.content ?? ''

describe('a model server', () => {
  test('says the same always, one after another, or what a function makes of the request', async () => {
    await using same = await modelServer({ answer: 'four' })
    expect(textOf(await ask(same, 'two and two?'))).toBe('four')
    await using list = await modelServer({ answer: ['one', { json: { n: 2 } }] })
    const said = [await ask(list, 'a'), await ask(list, 'b'), await ask(list, 'c')].map(textOf)
    expect(said).toEqual(['one', '{"n":2}', '{"n":2}'])
    await using echo = await modelServer({ answer: ({ prompt, repeat }) => `${prompt}/${repeat}` })
    expect(textOf(await ask(echo, 'x'))).toBe('x/0')
    expect(textOf(await ask(echo, 'x'))).toBe('x/1')
    expect(echo.tally).toMatchObject({ requests: 2, answered: 2 })
  })

  test('counts what it charges, and ends where the tokens do', async () => {
    await using server = await modelServer({ answer: 'x'.repeat(400) })
    const whole = await ask(server, 'hello')
    expect(whole.body.usage.completion_tokens).toBe(100)
    const cut = await ask(server, 'hello', { max_tokens: 10 })
    expect(cut.body.choices[0]?.finish_reason).toBe('length')
    expect(textOf(cut)).toHaveLength(40)
    expect(server.tally).toMatchObject({
      inputTokens: whole.body.usage.prompt_tokens + cut.body.usage.prompt_tokens,
      outputTokens: 110,
    })
  })

  test('calls tools', async () => {
    await using server = await modelServer({
      answer: ({ toolResults }) =>
        toolResults.length === 0
          ? { toolCalls: [{ name: 'add', input: { a: 1 } }] }
          : `it is ${toolResults[0]}`,
    })
    const first = await ask(server, 'add', { tools: [{ type: 'function', function: { name: 'add' } }] })
    expect(first.body.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: { tool_calls: [{ function: { name: 'add', arguments: '{"a":1}' } }] },
    })
  })

  test('makes up what fits the schema that is asked for, the same for the same question', async () => {
    const schema = {
      type: 'object',
      properties: {
        kind: { enum: ['a', 'b'] },
        n: { type: 'integer', minimum: 3, maximum: 5 },
        list: { type: 'array', items: { $ref: '#/$defs/item' }, minItems: 2 },
      },
      $defs: { item: { type: 'object', properties: { text: { type: 'string', minLength: 20 } } } },
    }
    await using server = await modelServer()
    const format = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }
    const [one, two, other] = await Promise.all(['q', 'q', 'r'].map((text) => ask(server, text, format)))
    const answer = JSON.parse(textOf(one as Said))
    expect(['a', 'b']).toContain(answer.kind)
    expect(answer.n).toBeGreaterThanOrEqual(3)
    expect(answer.list).toHaveLength(2)
    expect(answer.list[0].text).toHaveLength(20)
    expect(textOf(two as Said)).toBe(textOf(one as Said))
    expect(other?.status).toBe(200)
  })

  test('streams', async () => {
    await using server = await modelServer({ answer: 'a text that is longer than one piece of it is' })
    const response = await fetch(`${server.url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'sim', messages: [{ role: 'user', content: 'x' }], stream: true }),
    })
    const lines = (await response.text()).split('\n\n').filter(Boolean)
    expect(lines.at(-1)).toBe('data: [DONE]')
    const chunks = lines.slice(0, -1).map((line) => JSON.parse(line.slice(6)))
    const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
    expect(text).toBe('a text that is longer than one piece of it is')
    expect(chunks.at(-1).usage.total_tokens).toBeGreaterThan(0)
  })

  test('what is no request is told', async () => {
    await using server = await modelServer({ apiKey: 'secret' })
    expect((await ask(server, 'x')).status).toBe(401)
    const send = async (body: string, path = '/chat/completions'): Promise<number> =>
      (
        await fetch(`${server.url}${path}`, {
          method: 'POST',
          headers: { authorization: 'Bearer secret' },
          body,
        })
      ).status
    expect(await send('{')).toBe(400)
    expect(await send('{"model":"x","messages":[]}')).toBe(400)
    expect(await send('[]')).toBe(400)
    expect(await send('{}', '/nothing')).toBe(404)
  })
})

describe('its faults', () => {
  const how: Record<FaultName, (server: ModelServer) => Promise<void>> = {
    'rate-limit': async (server) => {
      const { status, headers } = await ask(server, 'x')
      expect([status, headers.get('retry-after')]).toEqual([429, '2'])
    },
    'server-error': async (server) => expect((await ask(server, 'x')).status).toBe(500),
    overloaded: async (server) => expect((await ask(server, 'x')).status).toBe(503),
    hang: async (server) => {
      const left = new AbortController()
      const asked = fetch(`${server.url}/chat/completions`, {
        method: 'POST',
        body: '{"model":"x","messages":[{"role":"user","content":"x"}]}',
        signal: left.signal,
      })
      while (server.tally.faults.hang !== 1) await new Promise((resolve) => setImmediate(resolve))
      left.abort()
      await expect(asked).rejects.toThrow()
    },
    reset: async (server) => await expect(ask(server, 'x')).rejects.toThrow(),
    cut: async (server) => await expect(ask(server, 'x')).rejects.toThrow(),
    garbage: async (server) => await expect(ask(server, 'x')).rejects.toThrow(SyntaxError),
    malformed: async (server) => {
      const said = textOf(await ask(server, 'x'))
      expect(() => JSON.parse(said)).toThrow(SyntaxError)
    },
    overlong: async (server) => {
      const { body } = await ask(server, 'x', { max_tokens: 50 })
      expect([body.choices[0]?.finish_reason, body.usage.completion_tokens]).toEqual(['length', 50])
    },
    refusal: async (server) =>
      expect((await ask(server, 'x')).body.choices[0]?.finish_reason).toBe('content_filter'),
  }
  test.each(faultNames)('%s', async (name) => {
    await using server = await modelServer({ answer: 'fine', faults: { [name]: 1 }, retryAfterMs: 2_000 })
    await how[name](server)
    expect(server.tally.faults).toEqual({ [name]: 1 })
  })

  test('come as often as was said, whatever the order of requests', async () => {
    const outcomes = async (order: readonly number[]): Promise<Map<number, string>> => {
      await using server = await modelServer({
        answer: '7',
        faults: { 'server-error': 0.1, 'rate-limit': 0.1 },
        wrong: { rate: 0.2 },
        seed: 'some',
      })
      const seen = await Promise.all(
        order.map(async (n) => {
          const said = await ask(server, `question ${n}`)
          return [n, said.status === 200 ? textOf(said) : String(said.status)] as const
        }),
      )
      return new Map(seen)
    }
    const order = Array.from({ length: 300 }, (_, n) => n)
    const forwards = await outcomes(order)
    const share = (what: (text: string) => boolean): number =>
      [...forwards.values()].filter(what).length / 300
    // Five standard deviations of a share of 300.
    expect(Math.abs(share((text) => text.length === 3) - 0.2)).toBeLessThan(0.116)
    expect(Math.abs(share((text) => text.length < 3 && text !== '7') - 0.16)).toBeLessThan(0.106)
    const backwards = await outcomes(order.toReversed())
    for (const n of order) expect(backwards.get(n)).toBe(forwards.get(n))
  })

  test('correlated mistakes are repeated, others are not', async () => {
    const always = async (wrong: ModelServerOptions['wrong']): Promise<number> => {
      await using server = await modelServer({ answer: '7', ...(wrong && { wrong }) })
      let repeated = 0
      for (let n = 0; n < 100; n++) {
        const said = new Set<string>()
        for (let i = 0; i < 4; i++) said.add(textOf(await ask(server, `q${n}`)))
        if (said.size === 1 && !said.has('7')) repeated++
      }
      return repeated
    }
    expect(await always({ rate: 0.3, correlated: 1 })).toBeGreaterThan(10)
    expect(await always({ rate: 0.3 })).toBeLessThan(10)
  })

  test('limits are held in every stretch of time', async () => {
    await using server = await modelServer({ answer: 'x', limits: { requests: 5, perMs: 60_000 } })
    const said = await Promise.all(Array.from({ length: 9 }, (_, n) => ask(server, String(n))))
    expect(said.filter(({ status }) => status === 429)).toHaveLength(4)
    expect(server.peak.requests).toBe(5)
    expect(Number(said.find(({ status }) => status === 429)?.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(server.tally.limited).toBe(4)
  })
})

test('options that make no sense are told with every fault', async () => {
  const bad = { faults: { hang: 0.7, cut: 0.7, explode: 1 }, wrong: { rate: 2 }, port: -1 } as never
  await expect(modelServer(bad)).rejects.toMatchObject({
    code: 'invalid-options',
    message: expect.stringMatching(/explode[\s\S]*wrong\.rate|wrong\.rate[\s\S]*explode/),
  })
  await using server = await modelServer()
  const port = Number(new URL(server.url).port)
  await expect(modelServer({ port })).rejects.toMatchObject({ code: 'port-taken' })
})
