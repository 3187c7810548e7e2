import { parseOptions } from '@kilostep/core'
import { z } from 'zod'
import type { ServerLimits } from './allowance.ts'
import type { FaultRates, WrongOptions } from './error-model.ts'
import type { ModelRequest } from './model-request.ts'
import { faultNames, type Reply } from './reply.ts'

export interface ModelServerOptions {
  /**
   * What a model that is never wrong says: always the same, one after another (the last one from then on), or what a
   * function makes of the request. Default: something of the form that is asked for.
   */
  readonly answer?: Reply | readonly Reply[] | ((request: ModelRequest) => Reply | PromiseLike<Reply>)
  /** How often it is wrong all the same. Default: never. */
  readonly wrong?: WrongOptions
  /** What makes two requests the same question, and so draw the same mistakes. Default: their messages. */
  readonly question?: (request: Omit<ModelRequest, 'repeat'>) => string
  /** The share of requests that end in a fault. Default: none. */
  readonly faults?: FaultRates
  /** What it lets through, before it says 429. Default: everything. */
  readonly limits?: ServerLimits
  /** What a 429 drawn as a fault asks for, in ms, rounded up to seconds unless under one. Default 50. */
  readonly retryAfterMs?: number
  /** How long it takes to answer, in ms. Default 0. */
  readonly latencyMs?: number
  /** The same seed, the same faults and mistakes, whatever the order of requests. Default 0. */
  readonly seed?: number | string
  /** The key that a client must give. Default: none. */
  readonly apiKey?: string
  /** Default 0: one that is free. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
}

const share = z.number().min(0).max(1)
const faults = z.partialRecord(z.enum(faultNames), share)
const schema = z.strictObject({
  answer: z.unknown().optional(),
  wrong: z
    .strictObject({
      rate: share,
      correlated: share.optional(),
      spread: z.int().min(1).max(1_000_000).optional(),
      answer: z.custom((value) => typeof value === 'function', 'must be a function').optional(),
    })
    .optional(),
  question: z.custom((value) => typeof value === 'function', 'must be a function').optional(),
  faults: faults
    .refine((rates) => Object.values(rates).reduce((sum, rate) => sum + rate, 0) <= 1 + 1e-9, {
      message: 'must add up to 1 at most: a request has one fault',
    })
    .optional(),
  limits: z
    .strictObject({
      requests: z.int().min(1).optional(),
      tokens: z.int().min(1).optional(),
      perMs: z.int().min(1).optional(),
    })
    .optional(),
  retryAfterMs: z.number().min(0).max(86_400_000).optional(),
  latencyMs: z.number().min(0).max(86_400_000).optional(),
  seed: z.union([z.number(), z.string().max(200)]).optional(),
  apiKey: z.string().min(1).optional(),
  port: z.int().min(0).max(65_535).optional(),
  host: z.string().min(1).optional(),
})

/** @throws KilostepError `invalid-options` with every fault. */
export function readOptions(options: ModelServerOptions): ModelServerOptions {
  return parseOptions(schema, options, 'modelServer') as ModelServerOptions
}
