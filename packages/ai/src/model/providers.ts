import type { LanguageModelV4 } from '@ai-sdk/provider'

/** A service on the network, whose package is loaded when it is first named, or a server on this machine. */
export type Provider =
  | {
      readonly kind: 'hosted'
      readonly package: string
      /** The environment variable that holds its key. */
      readonly variable: string
      readonly load: (name: string, apiKey: string) => Promise<LanguageModelV4>
    }
  | {
      readonly kind: 'server'
      readonly name: string
      /** The environment variable that says where it is. */
      readonly variable: string
      readonly address: string
    }

/** Those that can be named as `provider:model`. */
export const providers: ReadonlyMap<string, Provider> = new Map<string, Provider>([
  [
    'openai',
    {
      kind: 'hosted',
      package: '@ai-sdk/openai',
      variable: 'OPENAI_API_KEY',
      load: async (name, apiKey) => (await import('@ai-sdk/openai')).createOpenAI({ apiKey })(name),
    },
  ],
  [
    'anthropic',
    {
      kind: 'hosted',
      package: '@ai-sdk/anthropic',
      variable: 'ANTHROPIC_API_KEY',
      load: async (name, apiKey) => (await import('@ai-sdk/anthropic')).createAnthropic({ apiKey })(name),
    },
  ],
  [
    'google',
    {
      kind: 'hosted',
      package: '@ai-sdk/google',
      variable: 'GOOGLE_GENERATIVE_AI_API_KEY',
      load: async (name, apiKey) =>
        (await import('@ai-sdk/google')).createGoogleGenerativeAI({ apiKey })(name),
    },
  ],
  [
    'ollama',
    { kind: 'server', name: 'ollama', variable: 'OLLAMA_HOST', address: 'http://localhost:11434/v1' },
  ],
  [
    'llamacpp',
    { kind: 'server', name: 'llamacpp', variable: 'LLAMACPP_HOST', address: 'http://localhost:8080/v1' },
  ],
])
