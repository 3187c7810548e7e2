/** What the server lets through in any stretch of time. */
export interface ServerLimits {
  readonly requests?: number
  /** Input and output together. */
  readonly tokens?: number
  /** The stretch, in ms. Default 60,000. */
  readonly perMs?: number
}

/** Counts what came in any stretch that ends now, as a provider with a sliding window does. */
export class ServerAllowance {
  readonly #limits: ServerLimits
  readonly #perMs: number
  readonly #taken: { readonly at: number; tokens: number }[] = []
  #from = 0
  #tokens = 0
  /** The most that was ever let through in one stretch. */
  readonly peak = { requests: 0, tokens: 0 }

  constructor(limits: ServerLimits) {
    this.#limits = limits
    this.#perMs = limits.perMs ?? 60_000
  }

  /** Takes a request in, or says in how many ms there is room for it. */
  enter(at: number, tokens: number): { readonly entry: { tokens: number } } | { readonly waitMs: number } {
    this.#forget(at)
    const { requests = Number.POSITIVE_INFINITY, tokens: most = Number.POSITIVE_INFINITY } = this.#limits
    const count = this.#taken.length - this.#from
    if (count + 1 > requests || this.#tokens + tokens > most) {
      const first = this.#taken[this.#from]
      return { waitMs: first === undefined ? this.#perMs : first.at + this.#perMs - at }
    }
    const entry = { at, tokens: 0 }
    this.#taken.push(entry)
    this.add(entry, tokens)
    this.peak.requests = Math.max(this.peak.requests, count + 1)
    return { entry }
  }

  /** What an answer took counts where its request came in. */
  add(entry: { tokens: number }, tokens: number): void {
    entry.tokens += tokens
    this.#tokens += tokens
    this.peak.tokens = Math.max(this.peak.tokens, this.#tokens)
  }

  #forget(at: number): void {
    for (; this.#from < this.#taken.length; this.#from++) {
      const first = this.#taken[this.#from] as { at: number; tokens: number }
      if (first.at + this.#perMs > at) break
      this.#tokens -= first.tokens
    }
    if (this.#from > 1_000) {
      this.#taken.splice(0, this.#from)
      this.#from = 0
    }
  }
}
