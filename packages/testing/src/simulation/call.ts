import type { AttemptContext, Worker } from 'kilostep'
import type { SimulatedHost } from './host.ts'

/** One call of a worker, as the world outside of the engine saw it. */
export interface Call {
  readonly host: SimulatedHost
  /** The worker itself, without anything between. */
  readonly worker: Worker
  readonly subtask: string
  readonly attempt: number
  readonly idempotencyKey: string
  readonly input: unknown
  readonly context: AttemptContext
  /** By the host's clock, in ms. */
  readonly startedAt: number
  /** It holds a slot of its host. */
  running: boolean
  /** What it ended with, once it has. */
  end: { readonly answer: unknown; readonly fault: string | undefined } | undefined
}

/** Why the answer must not be accepted; undefined where it may be, or where only a wait could tell. */
export function faultOf(
  worker: Worker,
  answer: unknown,
  input: unknown,
  context: AttemptContext,
): string | undefined {
  const parsed = worker.output?.safeParse(answer)
  if (parsed?.success === false) return 'it does not fit the schema'
  const value = parsed === undefined ? (answer ?? null) : (parsed.data ?? null)
  const flag = worker.redFlag?.(value, input)
  if (flag === true || (typeof flag === 'string' && flag !== '')) return 'it has a red flag'
  const verdict: unknown = worker.verify?.(value, input, context)
  if (verdict === false || typeof verdict === 'string') return 'the verifier rejects it'
  if (typeof verdict === 'object' && verdict !== null && 'accept' in verdict && verdict.accept === false)
    return 'the verifier rejects it'
  return undefined
}
