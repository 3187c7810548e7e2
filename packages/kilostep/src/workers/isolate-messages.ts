import type { Failure, PolicyOptions, Spend } from '@kilostep/core'

/** What a module's worker says of itself; its schemas and functions stay where it is. */
export interface ModuleFacts {
  readonly description?: string | undefined
  readonly policy?: PolicyOptions | undefined
  readonly concurrency?: number | undefined
  readonly rate?: { readonly limit: number; readonly intervalMs: number } | undefined
  readonly effects?: 'none' | 'idempotent' | 'once' | undefined
  readonly redact?: readonly string[] | undefined
  readonly cost?: Partial<Spend> | undefined
  readonly unbounded?: readonly (keyof Spend)[] | undefined
  readonly verifies: boolean
  readonly keys: boolean
  readonly confident: boolean
  readonly alternates: boolean
  readonly undoes: boolean
  readonly routes: boolean
}

/** The part of an attempt's context that is data. */
export interface ContextData {
  readonly run: string
  readonly subtask: string
  readonly attempt: number
  readonly sample: number
  readonly depth: number
  readonly temperature?: number | undefined
  readonly idempotencyKey: string
  readonly reason: string | undefined
  readonly lane: 'latency' | 'background'
  readonly maxAnswerBytes: number
  readonly graceMs: number
}

/** What is asked of an isolate. */
export type Request =
  | { readonly what: 'describe' }
  | { readonly what: 'run'; readonly input: unknown; readonly context: ContextData }
  | {
      readonly what: 'verify'
      readonly answer: unknown
      readonly input: unknown
      readonly context: ContextData
    }
  | {
      readonly what: 'key' | 'confidence' | 'alternatives'
      readonly answer: unknown
      readonly context: ContextData
    }
  | {
      readonly what: 'undo'
      readonly answer: unknown
      readonly context: { readonly run: string; readonly subtask: string }
    }

/** One call at a time; its number tells it from an earlier one that still has something to say. */
export type ToIsolate =
  | { readonly type: 'open'; readonly url: string; readonly export: string }
  | { readonly type: 'call'; readonly call: number; readonly request: Request }
  | { readonly type: 'abort'; readonly call: number; readonly name: string; readonly message: string }

export type FromIsolate =
  | { readonly type: 'heartbeat'; readonly call: number }
  | { readonly type: 'spend'; readonly call: number; readonly cost: Partial<Spend> }
  | { readonly type: 'answer'; readonly call: number; readonly answer: unknown }
  | { readonly type: 'plan'; readonly call: number; readonly plan: unknown }
  | {
      readonly type: 'failed'
      readonly call: number
      readonly failure: Failure & { readonly retryable?: boolean }
      readonly retryAfterMs: number | undefined
    }
