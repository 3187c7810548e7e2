/** What one worker is allowed to have started: how many at once, and how many in a stretch of time. */
export interface WorkerLimits {
  readonly concurrency?: number | undefined
  readonly rate?: { readonly limit: number; readonly intervalMs: number } | undefined
}

/** Holds one worker to its limits, across all runs of an engine. */
export class Gate {
  readonly #concurrency: number
  readonly #limit: number
  readonly #intervalMs: number
  /** The last `limit` starts, the oldest at `#next`: a window that slides, so no boundary lets two bursts meet. */
  readonly #starts: Float64Array
  /** Whether it can be closed at all, and whether for a time that is known beforehand. */
  readonly limited: boolean
  readonly rated: boolean
  #next = 0
  #inFlight = 0
  #stuck = 0

  constructor({ concurrency, rate }: WorkerLimits) {
    this.#concurrency = concurrency ?? Number.POSITIVE_INFINITY
    this.#limit = rate?.limit ?? 0
    this.#intervalMs = rate?.intervalMs ?? 0
    this.limited = concurrency !== undefined || rate !== undefined
    this.rated = rate !== undefined
    this.#starts = new Float64Array(this.#limit).fill(Number.NEGATIVE_INFINITY)
  }

  /** When the next attempt may start, in ms since 1970; Infinity while all places are taken. */
  opensAt(): number {
    if (this.#inFlight >= this.#concurrency) return Number.POSITIVE_INFINITY
    return this.#limit === 0
      ? Number.NEGATIVE_INFINITY
      : (this.#starts[this.#next] as number) + this.#intervalMs
  }

  /** Whether every place is taken by an attempt that does not stop. */
  get held(): boolean {
    return this.#stuck >= this.#concurrency
  }

  /** One more of its attempts does not stop though it was told to, or one fewer. */
  stuck(change: 1 | -1): void {
    this.#stuck += change
  }

  enter(at: number): void {
    this.#inFlight++
    if (this.#limit === 0) return
    this.#starts[this.#next] = at
    this.#next = (this.#next + 1) % this.#limit
  }

  leave(): void {
    this.#inFlight--
  }
}
