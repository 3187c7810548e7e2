import type { LanguageModelV4, LanguageModelV4GenerateResult } from '@ai-sdk/provider'
import { AttemptError } from 'kilostep'
import { z } from 'zod'
import type { ModelCall } from '../model/account.ts'
import type { Tokens } from '../model/price.ts'

/** One recorded call of a model: what it said, or how it failed, and what was charged. */
export interface Take {
  readonly key: string
  /** Of which attempt it was, e.g. `summary#2`. */
  readonly label: string
  readonly outcome: ModelCall['outcome']
  readonly tokens: Tokens
  readonly result?: Pick<LanguageModelV4GenerateResult, 'content' | 'finishReason' | 'usage'>
  readonly failure?: {
    readonly kind: AttemptError['kind']
    readonly code: string
    readonly message: string
    readonly retryable: boolean
    readonly retryAfterMs?: number
  }
}

const count = z.number().min(0)

export const takeSchema = z
  .strictObject({
    key: z.string(),
    label: z.string(),
    outcome: z.enum(['answered', 'refused', 'unsettled']),
    tokens: z.strictObject({ input: count, output: count, cachedInput: count, cacheWrite: count }),
    result: z
      .object({
        content: z.array(z.looseObject({ type: z.string() })),
        finishReason: z.object({}).loose(),
        usage: z.looseObject({}),
      })
      .optional(),
    failure: z
      .strictObject({
        kind: z.enum(['transport', 'flagged', 'wrong']),
        code: z.string(),
        message: z.string(),
        retryable: z.boolean(),
        retryAfterMs: count.optional(),
      })
      .optional(),
  })
  .refine(({ result, failure }) => (result === undefined) !== (failure === undefined))

/** How a call failed, as a take keeps it; undefined where it was only stopped. */
export function failureTaken(error: unknown): Take['failure'] {
  if (!(error instanceof AttemptError)) return undefined
  const { kind, code, message, retryable, retryAfterMs } = error
  return { kind, code, message, retryable, ...(retryAfterMs === undefined ? undefined : { retryAfterMs }) }
}

/** What a take says: the result, or its failure thrown. */
export function said({ result, failure }: Take): LanguageModelV4GenerateResult {
  if (failure !== undefined) throw new AttemptError(failure.message, failure)
  return { ...(result as NonNullable<Take['result']>), warnings: [] }
}

/** What stands in for a model that is not to be asked. */
export function nobody(modelId: string): LanguageModelV4 {
  const refuse = (): never => {
    throw new AttemptError('In a replay nobody is asked.', { code: 'not-recorded', retryable: false })
  }
  return {
    specificationVersion: 'v4',
    provider: 'replay',
    modelId,
    supportedUrls: {},
    doGenerate: refuse,
    doStream: refuse,
  }
}
