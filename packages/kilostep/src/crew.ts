import type { RunState } from '@kilostep/core'
import type { Gate } from './gate.ts'
import type { Worker } from './worker.ts'

/** Where workers and their limits are found by name. */
export interface Workers {
  /** The worker of that name, which is known to exist. */
  worker(name: string): Worker
  gate(name: string): Gate
}

/** The workers of one run, by their place in its graph, so that a name is looked up once. */
export class Crew {
  readonly #state: RunState
  readonly #known: Workers
  readonly #workers: Worker[] = []
  readonly #gates: Gate[] = []
  /** How many workers were looked at, and whether any of those has a limit, or a rate. */
  #met = 0
  #limited = false
  #rated = false

  constructor(state: RunState, known: Workers) {
    this.#state = state
    this.#known = known
  }

  worker(place: number): Worker {
    let worker = this.#workers[place]
    if (worker === undefined) {
      worker = this.#known.worker(this.#state.graph.workers[place] as string)
      this.#workers[place] = worker
    }
    return worker
  }

  gate(place: number): Gate {
    let gate = this.#gates[place]
    if (gate === undefined) {
      gate = this.#known.gate(this.#state.graph.workers[place] as string)
      this.#gates[place] = gate
    }
    return gate
  }

  /** Whether a rate holds any of them. */
  get rated(): boolean {
    this.#meet()
    return this.#rated
  }

  /** The workers that may start nothing now. */
  closed(at: number): ReadonlySet<number> | undefined {
    this.#meet()
    if (!this.#limited) return undefined
    let closed: Set<number> | undefined
    for (let place = 0; place < this.#met; place++) {
      const gate = this.gate(place)
      if (!gate.limited || gate.opensAt() <= at) continue
      closed ??= new Set()
      closed.add(place)
    }
    return closed
  }

  /** The first time after `at` when a rate lets something start; Infinity where none holds anything back. */
  opensAt(at: number): number {
    let next = Number.POSITIVE_INFINITY
    for (let place = 0; place < this.#state.ready.length; place++) {
      const gate = this.gate(place)
      if (!gate.rated || !this.#hasWork(place)) continue
      const opens = gate.opensAt()
      if (opens > at && opens < next) next = opens
    }
    return next
  }

  /** The worker whose places are all taken by attempts that do not stop, where nothing is to do for any other. */
  heldWorker(): string | undefined {
    let held: string | undefined
    for (let place = 0; place < this.#state.ready.length; place++) {
      if (!this.#hasWork(place)) continue
      if (!this.gate(place).held) return undefined
      held ??= this.#state.graph.workers[place]
    }
    return held
  }

  /** Looks at the limits of workers that have come in since. */
  #meet(): void {
    for (; this.#met < this.#state.graph.workers.length; this.#met++) {
      const gate = this.gate(this.#met)
      this.#limited ||= gate.limited
      this.#rated ||= gate.rated
    }
  }

  #hasWork(place: number): boolean {
    const { ready, waiting } = this.#state
    return (ready[place]?.size ?? 0) > 0 || (waiting[place]?.size ?? 0) > 0
  }
}
