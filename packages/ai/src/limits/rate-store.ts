/**
 * A counter that several processes share: every limiter of `rate-limiter-flexible` is one, for Redis, Postgres and
 * others. It counts in windows of its own: `points` in `duration`.
 */
export interface RateStore {
  /** Takes points; rejects with `msBeforeNext` where there are not enough. */
  consume(key: string, points: number): Promise<unknown>
  /** Gives points back. */
  reward(key: string, points: number): Promise<unknown>
}

/** Takes points, or says how long to wait, in ms. What is no lack of points is thrown. */
export async function takePoints(store: RateStore, key: string, points: number): Promise<number> {
  try {
    await store.consume(key, points)
    return 0
  } catch (error) {
    const { msBeforeNext } = (error ?? {}) as { msBeforeNext?: unknown }
    if (typeof msBeforeNext !== 'number') throw error
    // Such counters count what they refuse as well.
    await store.reward(key, points)
    // A window that is over this very moment still says 0.
    return Math.max(1, msBeforeNext)
  }
}
