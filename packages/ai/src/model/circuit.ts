import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel'
import { AttemptError } from 'kilostep'

export interface CircuitOptions {
  /** After how many failures in a row the model is left alone, 1 or more. Default 10. */
  readonly failures?: number
  /** For how long, in ms, before one call tries whether it is back. Default 10,000. */
  readonly openMs?: number
}

/** Leaves a model alone that is down, so that nobody waits for it and it can recover. */
export class Circuit {
  readonly #breaker
  readonly #openMs: number
  readonly #name: string
  #openedAt = 0

  constructor(
    name: string,
    { failures = 10, openMs = 10_000 }: CircuitOptions,
    isOutage: (error: unknown) => boolean,
  ) {
    this.#name = name
    this.#openMs = openMs
    this.#breaker = circuitBreaker(handleWhen(isOutage), {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(failures),
    })
    this.#breaker.onBreak(() => {
      this.#openedAt = Date.now()
    })
  }

  /** Throws where a call would not be made. */
  require(): void {
    if (this.#breaker.state === CircuitState.Open && this.#leftMs() > 0) throw this.#open()
  }

  async execute<T>(call: () => PromiseLike<T>): Promise<T> {
    try {
      return await this.#breaker.execute(call)
    } catch (error) {
      throw error instanceof BrokenCircuitError ? this.#open() : error
    }
  }

  #leftMs(): number {
    return this.#openedAt + this.#openMs - Date.now()
  }

  #open(): AttemptError {
    const retryAfterMs = Math.max(1, this.#leftMs())
    const message = `Model "${this.#name}" failed many times in a row and is left alone for ${Math.ceil(retryAfterMs)} ms.`
    return new AttemptError(message, { code: 'circuit-open', retryAfterMs })
  }
}
