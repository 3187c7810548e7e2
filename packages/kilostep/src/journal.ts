import type { JournalEvent } from '@kilostep/core'

/** Where runs are written down. Events are appended and never changed. */
export interface Journal {
  /** Begins the log of a new run. Throws KilostepError `run-exists` where there is one of that id. */
  create(run: string): RunLog | Promise<RunLog>
}

/** The ordered events of one run. */
export interface RunLog {
  /**
   * Appends events, all or none. Returns when they are durable: a promise where that takes time, nothing where they
   * are so at once. Appends become durable in the order of the calls.
   */
  append(events: readonly JournalEvent[]): Promise<void> | undefined
  /** The events from that place on, 0 for the first, as far as there are any now. */
  read(from: number): Iterable<JournalEvent> | AsyncIterable<JournalEvent>
  /** How many there are. */
  readonly length: number
}
