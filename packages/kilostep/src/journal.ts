import type { Decision, JournalEvent, WorkerRecord } from '@kilostep/core'

/** Where runs are written down. Events are appended and never changed. */
export interface Journal {
  /**
   * Begins the log of a new run, at once; what takes time waits for its first append.
   *
   * @throws KilostepError `run-exists` where there is one of that id; a journal that sees that only later rejects the
   * first append with it.
   */
  create(run: string): RunLog
  /**
   * The log of an existing run. Reading it disturbs nobody; the first append takes the run over.
   *
   * @throws KilostepError `unknown-run`.
   */
  open(run: string): Promise<RunLog>
  /** Every run, the latest first. */
  runs(): Promise<readonly RunEntry[]>
  /**
   * Forgets a run with everything that was stored for it.
   *
   * @throws KilostepError `unknown-run`, `run-taken` where it is being run.
   */
  delete(run: string): Promise<void>
  /** How much is stored for each run. */
  sizes?(): Promise<readonly RunSize[]>
  /**
   * Leaves a decision for whoever has the run, or will have it.
   *
   * @throws KilostepError `unknown-run`.
   */
  decide?(run: string, decision: Omit<StoredDecision, 'id'>): Promise<void>
  /**
   * What earlier runs learned of these workers in these versions, as far as any did. A journal without it starts every
   * run cold.
   */
  learned?(workers: readonly WorkerVersion[]): readonly Learned[]
  /** Waits for what is being written and gives back what it holds. Engines do not call this: they may share a journal. */
  close?(): Promise<void>
}

/**
 * The ordered events of one run. Only one host can write to it: an append is rejected with KilostepError `run-taken`
 * where another host has the run, or where the log is no longer as long as this one knows it.
 */
export interface RunLog {
  /**
   * Appends events, all or none. Returns when they are durable: a promise where that takes time, nothing where they
   * are so at once. Appends become durable in the order of the calls; after one that is rejected, all are.
   */
  append(events: readonly JournalEvent[]): Promise<void> | undefined
  /** The durable events from that place on, 0 for the first, as far as there are any now. */
  read(from: number): Iterable<JournalEvent> | AsyncIterable<JournalEvent>
  /**
   * Keeps the report of the run, which has ended, in place of one that was kept before; durable with what was appended
   * before it. A journal without it can do everything but compare a replay.
   */
  keep?(report: KeptReport): Promise<void> | undefined
  /** The report that was kept; undefined where there is none. */
  kept?(): Promise<KeptReport | undefined>
  /** The decisions that were left for the run, the first first. */
  decisions?(): Promise<readonly StoredDecision[]>
  /** Forgets decisions that were heeded, together with what was appended before. */
  forget?(ids: readonly number[]): Promise<void> | undefined
  /** How many are durable, as far as this log knows. */
  readonly length: number
  /** Lets another host have the run. What is appended after all takes it again. */
  close(): Promise<void>
}

/** How much is stored for a run. */
export interface RunSize {
  readonly run: string
  /** Large answers and the report included. */
  readonly bytes: number
  /** When something happened in it last, in ms since 1970. */
  readonly lastAt: number
}

/** A decision that was left for a run. */
export interface StoredDecision {
  readonly id: number
  /** The id of the subtask or check that it is for. */
  readonly subtask: string
  readonly decision: Decision
}

/** A worker, in one of its versions. */
export interface WorkerVersion {
  readonly worker: string
  readonly version: string
}

/** What runs have learned of a worker, all together. */
export interface Learned extends WorkerVersion {
  readonly runs: number
  readonly record: WorkerRecord[string]
}

/** The report of a run as it was when the run ended, for a replay to be compared with. */
export interface KeptReport {
  /** How many events it was made of. */
  readonly events: number
  /** The report as JSON. */
  readonly text: string
  /** How the run stood after each of those events, as a number each. */
  readonly trail: Uint32Array
  /** What the run learned of its workers, to be kept for runs to come. */
  readonly learned?: readonly Omit<Learned, 'runs'>[]
}

/** One run in a list of them. */
export interface RunEntry {
  readonly run: string
  /** The name of its plan. */
  readonly plan: string
  /** In ms since 1970. */
  readonly startedAt: number
  /** `open`: it has not ended; where no host has it, it can be resumed. */
  readonly status: 'open' | 'succeeded' | 'failed' | 'cancelled'
  /** Whether a host that is alive has it. */
  readonly taken: boolean
  readonly events: number
}
