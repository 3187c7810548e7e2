import { idOf, type Spend, temperatureOf } from '@kilostep/core'
import { type Artefact, artefactOf } from './artefact.ts'
import type { Flight } from './flight.ts'
import type { AttemptContext } from './worker.ts'

/** What the worker sees of its attempt. Getters, so that it may be taken apart and nothing is made in vain. */
export class Context implements AttemptContext {
  readonly #flight: Flight

  constructor(flight: Flight) {
    this.#flight = flight
  }

  get run(): string {
    return this.#flight.owner.id
  }
  get subtask(): string {
    return idOf(this.#flight.owner.state.graph, this.#flight.node)
  }
  get attempt(): number {
    return this.#flight.attempt
  }
  get sample(): number {
    return this.#flight.sample
  }
  get temperature(): number | undefined {
    const { owner, node, sample } = this.#flight
    return temperatureOf(owner.state, node, sample)
  }
  get depth(): number {
    return this.#flight.owner.state.depth[this.#flight.node] as number
  }
  get idempotencyKey(): string {
    return `${this.run}/${this.subtask}/${this.sample}`
  }
  get reason(): string | undefined {
    return this.#flight.owner.state.failures.get(this.#flight.node)?.message
  }
  get lane(): 'latency' | 'background' {
    return this.#flight.owner.state.options.lane ?? 'latency'
  }
  get maxAnswerBytes(): number {
    return this.#flight.owner.maxAnswerBytes
  }
  get graceMs(): number {
    return this.#flight.graceMs
  }
  get signal(): AbortSignal {
    return this.#flight.signal
  }
  get heartbeat(): () => void {
    return () => this.#flight.heartbeat(this.#flight.owner.now())
  }
  get spend(): (cost: Partial<Spend>) => void {
    return (cost) => {
      this.#flight.spentTold = true
      this.#flight.spentUsd += amount(cost.usd)
      this.#flight.spentTokens += amount(cost.tokens)
    }
  }
  get artefact(): (path: string) => Promise<Artefact> {
    return artefactOf
  }
}

function amount(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : 0
}
