import { KilostepError, quote } from '@kilostep/core'
import { z } from 'zod'
import type { Flights } from './flights.ts'

export interface DrainOptions {
  /** How long attempts in flight may take to end, in ms, 0 to 2^31 − 1. Default 10,000. */
  readonly graceMs?: number
}

export const drainOptionsSchema = z.strictObject({
  graceMs: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(10_000),
})

/** What the result of a run is that was let go of before its end. */
export function drained(run: string): KilostepError {
  return new KilostepError(
    'drained',
    `Run ${quote(run)} was let go of before its end. Go on with it: engine.resume(${quote(run)}).`,
  )
}

/** A run that is to be let go of: nothing starts any more, and what is in flight may end for a while. */
export class Drain {
  readonly #flights: Flights
  readonly #after: (ms: number, call: () => void) => () => void
  readonly #letGo: () => Promise<void>
  readonly #done = Promise.withResolvers<void>()
  readonly #timers: (() => void)[] = []
  #let = false

  /** @param letGo tells what is still in flight to stop, and lets another host have the run. */
  constructor(
    flights: Flights,
    after: (ms: number, call: () => void) => () => void,
    letGo: () => Promise<void>,
  ) {
    this.#flights = flights
    this.#after = after
    this.#letGo = letGo
  }

  /** Within that time, or less where it was said before. Resolves when the run is let go of, or has ended. */
  within(graceMs: number): Promise<void> {
    if (!this.#let) this.#timers.push(this.#after(graceMs, () => void this.#go()))
    this.look()
    return this.#done.promise
  }

  /** An attempt has ended, or its run goes on without it. */
  look(): void {
    if (this.#let) {
      if (this.#flights.size === 0) this.ended()
      return
    }
    for (const flight of this.#flights) if (!flight.reported) return
    void this.#go()
  }

  /** There is nothing more to wait for. */
  ended(): void {
    this.#let = true
    for (const disarm of this.#timers) disarm()
    this.#done.resolve()
  }

  async #go(): Promise<void> {
    if (this.#let) return
    this.#let = true
    await this.#letGo()
    // They have been told to stop, and a program of their own takes a moment for that.
    const longest = Math.max(0, ...[...this.#flights].map(({ graceMs }) => graceMs))
    if (longest > 0) this.#timers.push(this.#after(longest, () => this.ended()))
    this.look()
    if (longest === 0) this.ended()
  }
}
