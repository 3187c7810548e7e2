import { AttemptError, type Clock } from 'kilostep'
import { type RateStore, takePoints } from './rate-store.ts'
import { RateWindow, type Taken } from './rate-window.ts'

/** Latency-sensitive work, or background work, which takes what is left. */
export type Lane = 'latency' | 'background'

export interface AllowanceLimits {
  readonly requests?: number | undefined
  readonly tokens?: number | undefined
  /** The stretch of time that both hold for, in ms. Default 60,000. */
  readonly perMs?: number | undefined
  /** The longest time that a request takes to reach the other side, in ms. Default: a fiftieth of `perMs`. */
  readonly slackMs?: number | undefined
  /** Counters shared with other processes, beside this one's own. */
  readonly shared?: { readonly requests?: RateStore; readonly tokens?: RateStore } | undefined
}

/** A place in the allowance. */
export interface Permit {
  /** How long it was waited for, in ms. */
  readonly waitedMs: number
  /** What it took in the end. Once. */
  settle(tokens: number): void
}

interface Waiting {
  readonly tokens: number
  readonly since: number
  readonly grant: (permit: Permit) => void
  readonly refuse: (error: unknown) => void
}

/** Lets calls of one model through as its limits allow: in the order they came, the latency lane before the other. */
export class Allowance {
  readonly #key: string
  readonly #limits: AllowanceLimits
  readonly #clock: Clock
  readonly #window: RateWindow
  readonly #lanes: Record<Lane, Waiting[]> = { latency: [], background: [] }
  #pausedUntil = 0
  #pumping = false
  #wake: (() => void) | undefined

  constructor(key: string, limits: AllowanceLimits, clock: Clock) {
    const { requests, tokens, perMs = 60_000, slackMs = perMs / 50 } = limits
    this.#key = key
    this.#limits = limits
    this.#clock = clock
    this.#window = new RateWindow({
      requests: requests ?? Number.POSITIVE_INFINITY,
      tokens: tokens ?? Number.POSITIVE_INFINITY,
      perMs,
      slackMs,
    })
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#lanes.latency.length + this.#lanes.background.length
  }

  /** Nothing more is let through until then: what a 429 asks for. */
  pauseUntil(at: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, at)
  }

  /** Waits for its turn and for room for one request of that many tokens. */
  take(tokens: number, lane: Lane, signal: AbortSignal): Promise<Permit> {
    signal.throwIfAborted()
    if (this.#limits.tokens !== undefined && tokens > this.#limits.tokens) {
      throw new AttemptError(
        `A call may take ${tokens} tokens, and ${this.#limits.tokens} a minute are allowed: it could never start. Lower maxOutputTokens or shorten the prompt.`,
        { kind: 'flagged', code: 'over-allowance', retryable: false },
      )
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const place = this.#lanes[lane].indexOf(waiting)
        if (place !== -1) this.#lanes[lane].splice(place, 1)
        reject(signal.reason)
        this.#wake?.()
      }
      const over = <T>(then: (value: T) => void) => {
        return (value: T): void => {
          signal.removeEventListener('abort', leave)
          then(value)
        }
      }
      const waiting: Waiting = {
        tokens,
        since: this.#clock.now(),
        grant: over(resolve),
        refuse: over(reject),
      }
      signal.addEventListener('abort', leave, { once: true })
      this.#lanes[lane].push(waiting)
      void this.#pump()
    })
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return
    this.#pumping = true
    for (let lane = this.#next(); lane !== undefined; lane = this.#next()) {
      const first = this.#lanes[lane][0] as Waiting
      const at = this.#clock.now()
      if (this.#pausedUntil > at) {
        await this.#sleep(this.#pausedUntil - at)
        continue
      }
      const taken = this.#window.take(first.tokens, at)
      if (typeof taken === 'number') {
        await this.#sleep(taken - at)
        continue
      }
      const waitMs = this.#limits.shared === undefined ? 0 : await this.#share(first)
      // It may have left meanwhile, or another may have come before it.
      const place = this.#lanes[lane].indexOf(first)
      if (waitMs > 0 || place === -1) {
        if (waitMs === 0) await this.#giveBack(1, first.tokens)
        this.#window.release(taken)
        if (waitMs > 0 && place !== -1) await this.#sleep(waitMs)
        continue
      }
      this.#lanes[lane].splice(place, 1)
      first.grant(this.#permit(first, taken))
    }
    this.#pumping = false
  }

  #next(): Lane | undefined {
    return this.#lanes.latency.length > 0
      ? 'latency'
      : this.#lanes.background.length > 0
        ? 'background'
        : undefined
  }

  #permit(waiting: Waiting, taken: Taken): Permit {
    let settled = false
    return {
      waitedMs: this.#clock.now() - waiting.since,
      settle: (tokens) => {
        if (settled) return
        settled = true
        this.#window.settle(taken, tokens, this.#clock.now())
        // What is given back may be enough for the next one.
        if (this.#limits.shared === undefined) this.#wake?.()
        else void this.#giveBack(0, waiting.tokens - tokens).then(() => this.#wake?.())
      },
    }
  }

  /** Takes from the shared counters too: 0, or how long to wait, in ms. A store that fails refuses the call. */
  async #share(waiting: Waiting): Promise<number> {
    const { requests, tokens } = this.#limits.shared ?? {}
    try {
      const wait = requests === undefined ? 0 : await takePoints(requests, `${this.#key}/requests`, 1)
      if (wait > 0 || tokens === undefined) return wait
      const more = await takePoints(tokens, `${this.#key}/tokens`, waiting.tokens)
      if (more > 0) await this.#giveBack(1, 0)
      return more
    } catch (error) {
      for (const lane of Object.values(this.#lanes)) {
        const place = lane.indexOf(waiting)
        if (place !== -1) lane.splice(place, 1)
      }
      const why = error instanceof Error ? error.message : String(error)
      waiting.refuse(new AttemptError(`The shared limits cannot be asked: ${why}`, { code: 'limit-store' }))
      return 0
    }
  }

  async #giveBack(requests: number, tokens: number): Promise<void> {
    const { shared } = this.#limits
    const give = async (store: RateStore | undefined, name: string, points: number): Promise<void> => {
      if (points > 0) await store?.reward(`${this.#key}/${name}`, points)
    }
    // Points that cannot be given back are lost to this window, and to nothing else.
    await Promise.allSettled([
      give(shared?.requests, 'requests', requests),
      give(shared?.tokens, 'tokens', tokens),
    ])
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel()
        this.#wake = undefined
        resolve()
      }
      const cancel = Number.isFinite(ms) ? this.#clock.after(ms, wake) : () => undefined
      this.#wake = wake
    })
  }
}
