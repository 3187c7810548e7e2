/** One attempt in flight of a subtask that may have several. */
export interface FlyingAttempt {
  readonly attempt: number
  readonly sample: number
  /** Place of its worker: a subtask that is escalated has another by the time this ends. */
  readonly worker: number
  /** How often this sample has failed in transport so far. */
  failures: number
  /** It is a late duplicate of another attempt at the same sample, or has one. */
  hedged: 'duplicate' | 'original' | undefined
  /** Nothing waits for it any more: whatever it ends with, it counts as cancelled. */
  moot: boolean
}

/** A sample whose attempt failed in transport, to be asked for again. */
export interface RepeatedSample {
  readonly sample: number
  readonly failures: number
  /** When, in ms since 1970; Infinity until that is decided. */
  dueAt: number
}

/** What is to be known of a subtask of which several attempts are in flight. */
export interface Abreast {
  flying: FlyingAttempt[]
  again: RepeatedSample[]
}
