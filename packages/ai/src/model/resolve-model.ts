import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { LanguageModelV4 } from '@ai-sdk/provider'
import { type LanguageModel, wrapLanguageModel } from 'ai'
import { KilostepError } from 'kilostep'
import { type Provider, providers } from './providers.ts'

/** A model as a user names it: `provider:model`, an address like `http://localhost:8080/v1#name`, or one of the AI SDK. */
export type ModelName = string

export interface ResolveModelOptions {
  /** The provider's key. Default: what its environment variable holds. */
  readonly apiKey?: string
  /** Where variables are looked up. Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

const forms =
  'Give "openai:…", "anthropic:…", "google:…", "ollama:…", "llamacpp:…" or the address of a server that speaks the OpenAI protocol, like "http://localhost:8080/v1#name".'

/**
 * Finds a language model by its name; the provider's package is loaded only then.
 *
 * - `openai:gpt-5-mini`, `anthropic:claude-sonnet-4-5`, `google:gemini-2.5-flash` need the provider's package and key.
 * - `ollama:llama3.2` and `llamacpp:default` are servers on this machine (`OLLAMA_HOST`, `LLAMACPP_HOST` say where).
 * - `http://host/v1#name` is any server that speaks the OpenAI protocol; `KILOSTEP_API_KEY` is its key, if it has one.
 *
 * @throws KilostepError `unknown-model`, `no-api-key` (which names the variable) or `missing-package`.
 */
export async function resolveModel(
  model: ModelName | LanguageModel,
  options: ResolveModelOptions = {},
): Promise<LanguageModelV4> {
  if (typeof model !== 'string') {
    if (model === null || typeof model !== 'object' || typeof model.doGenerate !== 'function') {
      throw new KilostepError('unknown-model', `"model" is neither a name nor a language model. ${forms}`)
    }
    // Models of older providers become models of the present form.
    return wrapLanguageModel({ model, middleware: [] })
  }
  const env = options.env ?? process.env
  if (/^https?:\/\//i.test(model)) return atAddress(model, options.apiKey ?? env['KILOSTEP_API_KEY'])
  const colon = model.indexOf(':')
  const provider = colon < 1 ? undefined : providers.get(model.slice(0, colon).toLowerCase())
  const name = model.slice(colon + 1)
  if (provider === undefined || name === '') {
    throw new KilostepError(
      'unknown-model',
      `There is no model ${JSON.stringify(model.slice(0, 200))}. ${forms}`,
    )
  }
  return provider.kind === 'server'
    ? server(provider.name, addressOf(env[provider.variable] ?? provider.address), name, options.apiKey)
    : await hosted(provider, name, options.apiKey ?? env[provider.variable], model)
}

async function hosted(
  provider: Extract<Provider, { kind: 'hosted' }>,
  name: string,
  apiKey: string | undefined,
  model: string,
): Promise<LanguageModelV4> {
  if (apiKey === undefined || apiKey.trim() === '') {
    throw new KilostepError(
      'no-api-key',
      `Model ${JSON.stringify(model)} needs a key: set ${provider.variable}. Without one, name a model on this machine ("ollama:llama3.2"), or see Kilostep work offline: kilostep demo ledger.`,
    )
  }
  try {
    return await provider.load(name, apiKey)
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new KilostepError(
      'missing-package',
      `Model ${JSON.stringify(model)} needs the package ${provider.package}: npm install ${provider.package}`,
    )
  }
}

function atAddress(model: string, apiKey: string | undefined): LanguageModelV4 {
  const url = URL.parse(model)
  const name = url === null ? '' : decodeURIComponent(url.hash.slice(1))
  if (url === null || name === '') {
    throw new KilostepError(
      'unknown-model',
      `${JSON.stringify(model.slice(0, 200))} must end in "#" and the model's name, like "http://localhost:8080/v1#name".`,
    )
  }
  url.hash = ''
  return server('server', url.href, name, apiKey)
}

function server(name: string, baseURL: string, model: string, apiKey: string | undefined): LanguageModelV4 {
  const provider = createOpenAICompatible({
    name,
    baseURL,
    includeUsage: true,
    supportsStructuredOutputs: true,
    ...(apiKey === undefined || apiKey === '' ? undefined : { apiKey }),
  })
  return provider.chatModel(model)
}

/** `OLLAMA_HOST` may be `host:port` alone, and has no `/v1`. */
function addressOf(host: string): string {
  const address = /^https?:\/\//i.test(host) ? host : `http://${host}`
  return /\/v\d+\/?$/.test(address) ? address : `${address.replace(/\/$/, '')}/v1`
}
