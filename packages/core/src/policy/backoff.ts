import type { Policy } from './policy.ts'

/**
 * How long to wait before the next attempt after a transport failure: exponential, with a share of it random so
 * that many subtasks that failed together do not come back together.
 *
 * @param failures transport failures of this subtask so far, 1 or more.
 * @param random   a number in [0, 1) drawn from the run's seed for this very attempt.
 * @param retryAfterMs what the other side asked for (`Retry-After`); obeyed where it is longer.
 * @returns milliseconds.
 */
export function backoff(retry: Policy['retry'], failures: number, random: number, retryAfterMs = 0): number {
  const full = Math.min(retry.maxBackoffMs, retry.backoffMs * retry.factor ** (failures - 1))
  const drawn = full * (1 - retry.jitter * random)
  return Math.round(Math.max(drawn, retryAfterMs))
}
