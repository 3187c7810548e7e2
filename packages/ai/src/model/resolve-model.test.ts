import { describe, expect, test } from 'vitest'
import { defineModel } from './model.ts'
import { resolveModel } from './resolve-model.ts'

describe('a model by its name', () => {
  test.each([
    ['openai:gpt-5-mini', 'OPENAI_API_KEY', 'openai.responses'],
    ['anthropic:claude-sonnet-4-5', 'ANTHROPIC_API_KEY', 'anthropic.messages'],
    ['google:gemini-2.5-flash', 'GOOGLE_GENERATIVE_AI_API_KEY', 'google.generative-ai'],
  ])('%s needs %s', async (name, variable, provider) => {
    const model = await resolveModel(name, { env: { [variable]: 'a-key' } })
    expect(model).toMatchObject({ modelId: name.split(':')[1], provider })
    await expect(resolveModel(name, { env: { [variable]: ' ' } })).rejects.toThrow(
      expect.objectContaining({
        code: 'no-api-key',
        message: expect.stringMatching(new RegExp(`${variable}.*kilostep demo ledger`)),
      }),
    )
  })

  test.each([
    ['ollama:llama3.2:1b', { OLLAMA_HOST: '10.0.0.1:11434' }, 'llama3.2:1b', 'ollama.chat'],
    ['llamacpp:default', {}, 'default', 'llamacpp.chat'],
    ['http://localhost:9/v1#org%2Fname', {}, 'org/name', 'server.chat'],
  ])('%s is a server and needs no key', async (name, env, modelId, provider) => {
    expect(await resolveModel(name, { env })).toMatchObject({ modelId, provider })
  })

  test.each(['gpt-5', 'openai:', ':x', 'nobody:x', 'http://localhost:9/v1', 'http://', '__proto__:x', ''])(
    '%j is told to be none',
    async (name) => {
      await expect(resolveModel(name, { env: {} })).rejects.toMatchObject({ code: 'unknown-model' })
    },
  )

  test('what is no model at all is told', async () => {
    for (const value of [null, undefined, 3, {}]) {
      await expect(resolveModel(value as never)).rejects.toMatchObject({ code: 'unknown-model' })
    }
  })

  test('a model of the AI SDK is taken as it is', async () => {
    const given = await resolveModel('llamacpp:default', { env: {} })
    expect(await resolveModel(given)).toMatchObject({ modelId: 'default', provider: 'llamacpp.chat' })
  })
})

test('takes the environment as Node has it, and no other things for one', () => {
  expect(defineModel('ollama:x', { env: process.env }).name).toBe('ollama:x')
  expect(() => defineModel('ollama:x', { env: { KEY: 7 } as never })).toThrow(
    '"env" must be texts by name, like process.env',
  )
})
