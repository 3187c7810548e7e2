import { setTimeout as wait } from 'node:timers/promises'
import { AttemptError } from 'kilostep'

const firstWaitMs = 500
const longestWaitMs = 30_000

/** Calls again what could not be reached, after the wait that was asked for, so many times in all. */
export async function withRetries<T>(
  attempts: number,
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      const again = error instanceof AttemptError && error.kind === 'transport' && error.retryable
      if (!again || attempt >= attempts) throw error
      const waitMs = error.retryAfterMs ?? Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1))
      await wait(waitMs, undefined, signal === undefined ? {} : { signal })
    }
  }
}
