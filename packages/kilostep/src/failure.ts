import type { Failure } from '@kilostep/core'

const longestMessage = 2_000
const kinds: readonly unknown[] = ['transport', 'flagged', 'wrong']
/** The longest wait that a worker can ask for: 24 days, about what a timer can be set to. */
const longestWaitMs = 24 * 86_400_000

/**
 * What a worker throws in order to say more than that it failed.
 *
 * @example throw new AttemptError('quota used up', { code: 'quota', retryAfterMs: 60_000 })
 */
export class AttemptError extends Error {
  override readonly name = 'AttemptError'
  readonly kind: Failure['kind']
  readonly code: string
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    options: {
      /** Default `transport`. */
      readonly kind?: Failure['kind']
      /** Default `failed`. */
      readonly code?: string
      /** False where another attempt could not end otherwise. Default true. */
      readonly retryable?: boolean
      /** Wait at least so long before the next attempt, in ms, at most 24 days. */
      readonly retryAfterMs?: number
    } = {},
  ) {
    super(message)
    this.kind = options.kind ?? 'transport'
    this.code = options.code ?? 'failed'
    this.retryable = options.retryable ?? true
    this.retryAfterMs = options.retryAfterMs
  }
}

/** What was thrown, as a failure: anything can be thrown, and reading it can throw again. */
export function failureOf(error: unknown): Failure & { readonly retryable?: boolean } {
  if (!isAttemptError(error)) {
    return { kind: 'transport', code: codeOf(error), message: cut(messageOf(error)) }
  }
  const { kind, retryable } = error
  return {
    kind: kinds.includes(kind) ? kind : 'transport',
    code: codeOf(error),
    message: cut(messageOf(error)),
    ...(retryable === false ? { retryable } : undefined),
  }
}

/**
 * How long the other side asks to wait, in ms: an `AttemptError`'s own, or a `Retry-After` header (seconds or a date)
 * on the error or on its response, as HTTP clients leave it there.
 */
export function retryAfterOf(error: unknown, now: number): number | undefined {
  if (isAttemptError(error)) {
    const { retryAfterMs } = error
    return typeof retryAfterMs === 'number' && retryAfterMs >= 0
      ? Math.min(retryAfterMs, longestWaitMs)
      : undefined
  }
  const header = read(() => {
    const { headers, response, responseHeaders } = error as Record<string, unknown>
    return (
      headerOf(headers) ??
      headerOf((response as Record<string, unknown> | undefined)?.['headers']) ??
      headerOf(responseHeaders)
    )
  })
  return header === undefined ? undefined : parseRetryAfter(header, now)
}

/**
 * A `Retry-After` header in ms: whole seconds or an HTTP date (RFC 9110, 10.2.3). Undefined where it is neither, or
 * more than a day.
 */
export function parseRetryAfter(header: string, now: number): number | undefined {
  // Date.parse takes much for a date that is none, "-1" among it; an HTTP date begins with a weekday.
  const isDate = /^\s*(mon|tue|wed|thu|fri|sat|sun)/i.test(header)
  const isSeconds = /^\s*\d{1,9}(\.\d+)?\s*$/.test(header)
  const ms = isSeconds ? Number(header) * 1_000 : isDate ? Date.parse(header) - now : Number.NaN
  return ms <= 86_400_000 ? Math.max(0, ms) : undefined
}

function headerOf(headers: unknown): string | undefined {
  if (headers === null || typeof headers !== 'object') return undefined
  const { get } = headers as { get?: unknown }
  const value =
    typeof get === 'function'
      ? get.call(headers, 'retry-after')
      : (headers as Record<string, unknown>)['retry-after']
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
}

function isAttemptError(error: unknown): error is AttemptError {
  return read(() => error instanceof AttemptError) ?? false
}

function codeOf(error: unknown): string {
  const code = read(() => (error as { code?: unknown }).code)
  return typeof code === 'string' && /^[\w.-]{1,60}$/.test(code) ? code : 'threw'
}

function messageOf(error: unknown): string {
  const message = read(() => (error as { message?: unknown } | null)?.message)
  if (typeof message === 'string' && message !== '') return message
  if (typeof error === 'string' && error !== '') return error
  const name = read(() => (error instanceof Error ? error.name : undefined))
  if (typeof name === 'string' && name !== '') return name
  const text = read(() => JSON.stringify(error) ?? String(error))
  return `Threw ${typeof text !== 'string' ? 'something that cannot be shown' : text}`
}

function cut(message: string): string {
  return message.length > longestMessage ? `${message.slice(0, longestMessage)}…` : message
}

function read<T>(get: () => T): T | undefined {
  try {
    return get()
  } catch {
    return undefined
  }
}
