import type { Flight } from './flight.ts'

/**
 * The attempts in flight of a run. A list in which the last one takes the place of the one that leaves, because a set
 * makes a new table every few deletions, for each of a million attempts.
 */
export class Flights {
  readonly #list: Flight[] = []

  get size(): number {
    return this.#list.length
  }

  add(flight: Flight): void {
    flight.place = this.#list.push(flight) - 1
  }

  delete(flight: Flight): void {
    const list = this.#list
    if (list[flight.place] !== flight) return
    const last = list.pop() as Flight
    if (last === flight) return
    list[flight.place] = last
    last.place = flight.place
  }

  /** Those of this moment, whatever leaves or joins meanwhile. */
  [Symbol.iterator](): Iterator<Flight> {
    return this.#list.slice()[Symbol.iterator]()
  }
}
