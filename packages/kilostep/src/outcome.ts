import type { Failure, Outcome } from '@kilostep/core'

export type FailureOutcome = Extract<Outcome, { type: 'failure' }>

/** An attempt's end as a failure. */
export function failure(kind: Failure['kind'], code: string, message: string): FailureOutcome {
  return { type: 'failure', failure: { kind, code, message } }
}

/** The answer is not to be trusted; another is asked for. */
export function flagged(code: string, message: string): FailureOutcome {
  return failure('flagged', code, message)
}

/** A failure that another attempt could not change. */
export function final(kind: Failure['kind'], code: string, message: string): FailureOutcome {
  return { ...failure(kind, code, message), retryable: false }
}

/** The first of a schema's issues, in one line. */
export function issues(error: {
  readonly issues: readonly { path: PropertyKey[]; message: string }[]
}): string {
  const shown = error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.length > 0 ? `${path.join('.')}: ` : ''}${message}`)
  return shown.join('; ') + (error.issues.length > 5 ? `; and ${error.issues.length - 5} more` : '')
}
