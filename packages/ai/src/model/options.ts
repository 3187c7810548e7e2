import { parseOptions } from '@kilostep/core'
import type { LanguageModel } from 'ai'
import type { Clock } from 'kilostep'
import { z } from 'zod'
import { Cassette } from '../cassette/cassette.ts'
import type { AllowanceLimits } from '../limits/allowance.ts'
import type { ModelCall } from './account.ts'
import type { CircuitOptions } from './circuit.ts'
import type { Price } from './price.ts'
import type { ModelName } from './resolve-model.ts'

export interface ModelOptions {
  /** A name like `openai:gpt-5-mini`, an address, or a model of the AI SDK. */
  readonly model: ModelName | Exclude<LanguageModel, string>
  /** What it is called in reports and messages. Default: as it was named. */
  readonly name?: string
  /** What it costs. Without it dollars are not counted, and a run with a budget in dollars refuses it. */
  readonly price?: Price
  /** What it lets through. Default: everything. */
  readonly limits?: ModelLimits
  /** The longest prompt, in tokens, bounded by its bytes. A longer one is refused. Default 32,000. */
  readonly maxInputTokens?: number
  /** The longest answer, in tokens; reasoning counts. Default 2,048. */
  readonly maxOutputTokens?: number
  /** Leaves it alone for a while when it fails again and again; `false`: never. */
  readonly circuit?: CircuitOptions | false
  /** The provider's key. Default: what its environment variable holds. */
  readonly apiKey?: string
  /** Where variables are looked up. Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Records its calls in a file, or says again what was recorded. */
  readonly cassette?: Cassette
  /** Is told of each call as it ends. */
  readonly onCall?: (call: ModelCall) => void
  /** Time. Default: the machine's. */
  readonly clock?: Clock
}

/** What a provider lets through in a minute, or another stretch of time. */
export interface ModelLimits extends AllowanceLimits {
  /** Requests in any stretch of `perMs`. Default: any number. */
  readonly requests?: number
  /** Tokens, input and output together. Reserved before a call, what was not used given back after it. */
  readonly tokens?: number
}

const dollars = z.number().min(0).max(1_000_000)
const count = z.int().min(1).max(1_000_000_000)
const timeMs = z.int().min(1).max(86_400_000)
const store = z.custom(
  (value) => typeof (value as { consume?: unknown } | null)?.consume === 'function',
  'must be a limiter of rate-limiter-flexible, or like one',
)

const schema = z.strictObject({
  model: z.union(
    [z.string().min(1).max(500), z.custom((value) => value !== null && typeof value === 'object')],
    {
      error: 'must be a name like "openai:gpt-5-mini", an address, or a model of the AI SDK',
    },
  ),
  name: z.string().min(1).max(200).optional(),
  price: z
    .strictObject({
      input: dollars,
      output: dollars,
      cachedInput: dollars.optional(),
      cacheWrite: dollars.optional(),
    })
    .optional(),
  limits: z
    .strictObject({
      requests: count.optional(),
      tokens: count.optional(),
      perMs: timeMs.optional(),
      slackMs: timeMs.optional(),
      shared: z.strictObject({ requests: store.optional(), tokens: store.optional() }).optional(),
    })
    .optional(),
  maxInputTokens: count.optional(),
  maxOutputTokens: count.optional(),
  circuit: z
    .union([z.literal(false), z.strictObject({ failures: count.optional(), openMs: timeMs.optional() })])
    .optional(),
  apiKey: z.string().min(1).optional(),
  // Node's own process.env is no plain object, so that zod would not take it for a record.
  env: z
    .custom<Readonly<Record<string, string | undefined>>>(
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        Object.values(value).every((text) => text === undefined || typeof text === 'string'),
      'must be texts by name, like process.env',
    )
    .optional(),
  cassette: z.instanceof(Cassette, { error: 'must be one of cassette()' }).optional(),
  onCall: z.custom((value) => typeof value === 'function', 'must be a function').optional(),
  clock: z
    .custom((value) => typeof (value as Clock | null)?.now === 'function', 'must be a clock')
    .optional(),
})

/** @throws KilostepError `invalid-options` with every fault. */
export function readModelOptions(options: ModelOptions): ModelOptions {
  return parseOptions(schema, options, 'defineModel') as ModelOptions
}
