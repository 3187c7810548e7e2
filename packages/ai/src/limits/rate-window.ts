/** What was taken out of a window, until it is free again. */
export interface Taken {
  tokens: number
  readonly at: number
  settled: boolean
}

export interface WindowLimits {
  readonly requests: number
  readonly tokens: number
  /** The stretch of time that they hold for, in ms. */
  readonly perMs: number
  /** The longest time that a request takes to reach the other side, in ms. */
  readonly slackMs: number
}

/**
 * Requests and tokens in any stretch of time, as the other side counts them. It counts when a request arrives, which
 * is at some time between sending it and its answer; so a place is free again a whole stretch after the answer, or
 * after `slackMs`, whichever is first, and never too early. Fixed windows, which shared stores count in, would let
 * twice the allowance through around their borders.
 */
export class RateWindow {
  readonly #limits: WindowLimits
  /** Not known to have arrived, the oldest first. */
  readonly #open: Taken[] = []
  /** Known to have arrived, by when they are free again. */
  readonly #closed: { readonly freeAt: number; readonly taken: Taken }[] = []
  #requests = 0
  #tokens = 0

  constructor(limits: WindowLimits) {
    this.#limits = limits
  }

  /** Takes one request with so many tokens, or says when there may be room for it, in ms since 1970. */
  take(tokens: number, at: number): Taken | number {
    this.#free(at)
    const { requests, tokens: most } = this.#limits
    if (this.#requests + 1 > requests || this.#tokens + tokens > most) return this.#freeAt()
    const taken = { tokens, at, settled: false }
    this.#requests++
    this.#tokens += tokens
    this.#open.push(taken)
    return taken
  }

  /** It has ended, and this is what it took. */
  settle(taken: Taken, tokens: number, at: number): void {
    if (taken.settled) return
    this.#tokens += tokens - taken.tokens
    taken.tokens = tokens
    // Given up for slowness before: it is on its way out already.
    if (!this.#open.includes(taken)) return
    taken.settled = true
    this.#close(taken, at)
  }

  /** It was never sent. */
  release(taken: Taken): void {
    const place = this.#open.indexOf(taken)
    if (place === -1) return
    this.#open.splice(place, 1)
    this.#requests--
    this.#tokens -= taken.tokens
  }

  #close(taken: Taken, arrivedAt: number): void {
    const freeAt = arrivedAt + this.#limits.perMs
    let place = this.#closed.length
    while (place > 0 && (this.#closed[place - 1] as { freeAt: number }).freeAt > freeAt) place--
    this.#closed.splice(place, 0, { freeAt, taken })
  }

  #free(at: number): void {
    const { slackMs } = this.#limits
    for (let first = this.#open[0]; first !== undefined; first = this.#open[0]) {
      if (!first.settled && first.at + slackMs > at) break
      this.#open.shift()
      if (!first.settled) this.#close(first, first.at + slackMs)
    }
    for (let first = this.#closed[0]; first !== undefined && first.freeAt <= at; first = this.#closed[0]) {
      this.#closed.shift()
      this.#requests--
      this.#tokens -= first.taken.tokens
    }
  }

  #freeAt(): number {
    const first = this.#open.find((taken) => !taken.settled)
    const arrives = first === undefined ? Number.POSITIVE_INFINITY : first.at + this.#limits.slackMs
    return Math.min(this.#closed[0]?.freeAt ?? Number.POSITIVE_INFINITY, arrives + this.#limits.perMs)
  }
}
