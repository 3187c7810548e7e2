import type { JournalEvent } from '@kilostep/core'

/** Tells events in the order of the journal, also those that a listener causes while it is told of another. */
export class Tidings {
  readonly #tell: (event: JournalEvent) => void
  #untold: JournalEvent[] | undefined

  constructor(tell: (event: JournalEvent) => void) {
    this.#tell = tell
  }

  tell(events: readonly JournalEvent[]): void {
    if (this.#untold !== undefined) {
      this.#untold.push(...events)
      return
    }
    const untold: JournalEvent[] = []
    this.#untold = untold
    try {
      for (const event of events) this.#tell(event)
      for (let i = 0; i < untold.length; i++) this.#tell(untold[i] as JournalEvent)
    } finally {
      this.#untold = undefined
    }
  }
}
