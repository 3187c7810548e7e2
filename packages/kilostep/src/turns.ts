import type { Flight } from './flight.ts'
import type { Run } from './run.ts'

/**
 * Which run gets the next free slot. Latency-sensitive runs go before background ones, and those never take the slots
 * that are reserved, so that the first never wait until a background attempt is done. Within a lane the run goes first
 * that has the fewest attempts in flight for its share (max-min fairness), so that one with long attempts does not
 * come to hold every slot; among equals, the one that has waited longest.
 */
export class Turns {
  readonly #runs: Turn[] = []
  readonly #concurrency: number
  readonly #reserved: number
  #turn = 0

  /** @param reserved slots that background runs never take, fewer than `concurrency`. */
  constructor(concurrency: number, reserved: number) {
    this.#concurrency = concurrency
    this.#reserved = reserved
  }

  add(run: Run): void {
    const { lane, share = 1 } = run.state.options
    this.#runs.push({ run, background: lane === 'background', share, last: this.#turn, tried: -1 })
  }

  remove(run: Run): void {
    const place = this.#runs.findIndex((turn) => turn.run === run)
    if (place !== -1) this.#runs.splice(place, 1)
  }

  /** The next attempt, and whose it is. */
  pull(at: number): { readonly run: Run; readonly flight: Flight } | undefined {
    const only = this.#runs[0]
    if (only === undefined) return undefined
    this.#turn++
    if (this.#runs.length === 1 && !only.background) {
      const flight = only.run.pull(at)
      return flight === undefined ? undefined : { run: only.run, flight }
    }
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      next.tried = this.#turn
      const flight = next.run.pull(at)
      if (flight === undefined) continue
      next.last = this.#turn
      return { run: next.run, flight }
    }
    return undefined
  }

  /** How many attempts of the run could start now if there were slots. */
  startable(run: Run): number {
    const ready = run.ready()
    return run.state.options.lane === 'background' ? Math.min(ready, this.#roomInBackground()) : ready
  }

  #next(): Turn | undefined {
    let best: Turn | undefined
    for (const turn of this.#runs)
      if (turn.tried !== this.#turn && (best === undefined || before(turn, best))) best = turn
    return best?.background && this.#roomInBackground() === 0 ? undefined : best
  }

  #roomInBackground(): number {
    let taken = 0
    for (const { run, background } of this.#runs) if (background) taken += run.flights.size
    return Math.max(0, this.#concurrency - this.#reserved - taken)
  }
}

interface Turn {
  readonly run: Run
  readonly background: boolean
  readonly share: number
  /** When it last got a slot, and was last asked, counted in slots given. */
  last: number
  tried: number
}

function before(one: Turn, other: Turn): boolean {
  if (one.background !== other.background) return other.background
  const difference = one.run.flights.size / one.share - other.run.flights.size / other.share
  return difference === 0 ? one.last < other.last : difference < 0
}
