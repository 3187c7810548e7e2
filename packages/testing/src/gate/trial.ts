import type { DefinedPlan } from 'kilostep'

/** What a trial is told. */
export interface TrialContext<Input = undefined> {
  /** From 0, in the order in which trials are started. */
  readonly index: number
  /** Another one for each trial, the same whenever the gate's seed is: give it to whatever draws. */
  readonly seed: string
  /** One of `inputs`; undefined without them. */
  readonly input: Input
  /** Aborted when the trial is out of time, or no longer needed. */
  readonly signal: AbortSignal
  /** Says that what came back was out of a cache, which only the trial can know. It is then no trial. */
  readonly repeated: (why?: string) => void
}

/** What a function may return to say more than whether it passed. */
export interface TrialOutcome {
  readonly passed: boolean
  /** Why it did not. */
  readonly message?: string
  /** Whether every first attempt was right, where there are several. */
  readonly firstAttempt?: boolean
  /** What it answered: equal trials with different answers disagree. */
  readonly answer?: unknown
  /** What names the answer, such as the id of a model's response: one that comes again is out of a cache. */
  readonly id?: string
  /** Which of its parts succeeded: a comparison names those whose success fell. */
  readonly subtasks?: Readonly<Record<string, boolean>>
  /** What it cost. */
  readonly usd?: number
  readonly tokens?: number
  readonly attempts?: number
}

/**
 * What is tried: it passes where it returns true, `{ passed: true }`, nothing, or the report, result or run of a
 * Kilostep run that succeeded; it fails where it returns false or throws.
 */
export type TrialFunction<Input = undefined> = (trial: TrialContext<Input>) => unknown

/**
 * Judges an answer: true or nothing where it is right, false or a text that says what is wrong with it. It may be
 * async, and it may throw.
 */
export type TrialCheck<Input = undefined> = (
  // biome-ignore lint/suspicious/noExplicitAny: the answer is whatever the function under trial returns
  answer: any,
  trial: TrialContext<Input>,
) => unknown

/** A plan is tried as a run each, through an engine of its own. */
export type Tried<Input> = TrialFunction<Input> | DefinedPlan<unknown>
