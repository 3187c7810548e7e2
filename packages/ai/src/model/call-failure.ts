import { APICallError } from '@ai-sdk/provider'
import { AttemptError, KilostepError, parseRetryAfter } from 'kilostep'

/** Connections that were never made: nothing was asked, so nothing is charged. */
const neverSent: ReadonlySet<unknown> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'])

/** What a call of a model failed with. */
export interface CallFailure {
  readonly error: unknown
  /** False where it is certain that the provider charges nothing; otherwise nobody knows. */
  readonly charged: boolean
  /** Whether it tells that the model's server is in trouble, and not this call. */
  readonly outage: boolean
}

/** Says of what a provider threw whether another attempt may help, and when; keys are taken out by `clean`. */
export function callFailure(error: unknown, now: number, clean: (text: string) => string): CallFailure {
  if (error instanceof AttemptError || error instanceof KilostepError || isAbort(error)) {
    return { error, charged: true, outage: false }
  }
  if (!APICallError.isInstance(error)) {
    return {
      error: new AttemptError(clean(textOf(error)), { code: 'bad-response' }),
      charged: true,
      outage: true,
    }
  }
  const { statusCode: status } = error
  if (status === undefined) {
    const code = causeOf(error)
    const message = `The model cannot be reached: ${clean(error.message)}`
    return {
      error: new AttemptError(message, { code: 'unreachable' }),
      charged: !neverSent.has(code),
      outage: true,
    }
  }
  if (status < 400) {
    const message = `The model's answer cannot be read: ${clean(error.message)}`
    return { error: new AttemptError(message, { code: 'bad-response' }), charged: true, outage: true }
  }
  const retryAfterMs = waitOf(error.responseHeaders, now)
  const wait = retryAfterMs === undefined ? undefined : { retryAfterMs }
  const said = clean(error.message)
  if (status === 429) {
    return refused(`The model is asked too often: ${said}`, { code: 'rate-limit', ...wait })
  }
  if (status >= 500 || status === 408 || status === 409) {
    const failure = refused(`The model failed with ${status}: ${said}`, { code: `http-${status}`, ...wait })
    return { ...failure, outage: status !== 409 }
  }
  if (status === 401 || status === 403) {
    const message = `The model refuses the key (${status}): ${said}`
    return refused(message, { code: 'no-access', retryable: false })
  }
  return refused(`The model refuses the request (${status}): ${said}`, {
    code: `http-${status}`,
    retryable: false,
  })
}

function refused(message: string, options: ConstructorParameters<typeof AttemptError>[1]): CallFailure {
  return { error: new AttemptError(message, options), charged: false, outage: false }
}

/** What was asked for in `retry-after-ms` or `retry-after`, in ms. */
function waitOf(headers: Readonly<Record<string, string>> | undefined, now: number): number | undefined {
  const precise = Number.parseFloat(headers?.['retry-after-ms'] ?? '')
  if (precise >= 0 && precise <= 86_400_000) return precise
  const header = headers?.['retry-after']
  return header === undefined ? undefined : parseRetryAfter(header, now)
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')
}

function causeOf(error: unknown): unknown {
  let at: unknown = error
  for (let depth = 0; depth < 5 && at instanceof Error; depth++) {
    const { code, errors } = at as { code?: unknown; errors?: readonly unknown[] }
    if (typeof code === 'string') return code
    at = at.cause ?? errors?.[0]
  }
  return undefined
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
