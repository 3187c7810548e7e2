import type { RunState } from '@kilostep/core'
import type { RunLog } from './journal.ts'
import { namedEvent, type RunEvent } from './run-events.ts'

/** Those who iterate over a run: each gets every event once it is durable, however late it comes. */
export class Readers {
  readonly #log: RunLog
  #waiters: (() => void)[] = []
  /** Nothing more will be written down. */
  #closed = false

  constructor(log: RunLog) {
    this.#log = log
  }

  /** There is more to read, or no more to come. */
  wake(): void {
    if (this.#waiters.length === 0) return
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }

  close(): void {
    this.#closed = true
    this.wake()
  }

  get closed(): boolean {
    return this.#closed
  }

  async *events(state: RunState): AsyncGenerator<RunEvent, void, undefined> {
    for (let at = 0; ; ) {
      for await (const event of this.#log.read(at)) {
        at++
        yield namedEvent(state, event)
      }
      if (this.#closed && at >= this.#log.length) return
      if (at < this.#log.length) continue
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
  }
}
