import type { Span } from '@opentelemetry/api'

/** An attempt, by the names that tell it from all others. */
export interface AttemptName {
  readonly run: string
  readonly subtask: string
  readonly attempt: number
}

/** The spans of the attempts that are under way, so that calls of models find theirs. */
const open = new Map<string, Span>()

export function attemptSpan(name: AttemptName): Span | undefined {
  return open.size === 0 ? undefined : open.get(keyOf(name))
}

export function openAttempt(name: AttemptName, span: Span): void {
  open.set(keyOf(name), span)
}

/** The span of an attempt that ends; undefined where it is not known. */
export function closeAttempt(name: AttemptName): Span | undefined {
  const span = open.get(keyOf(name))
  open.delete(keyOf(name))
  return span
}

function keyOf({ run, subtask, attempt }: AttemptName): string {
  return JSON.stringify([run, subtask, attempt])
}
