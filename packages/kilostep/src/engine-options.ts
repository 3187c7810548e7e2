import { type Plan, type RunOptions, runOptionsSchema } from '@kilostep/core'
import { z } from 'zod'
import type { Clock } from './clock.ts'
import type { DefinedPlan } from './define-plan.ts'
import type { Dispatcher } from './dispatcher.ts'
import type { Journal } from './journal.ts'
import type { Worker } from './worker.ts'

export interface EngineOptions {
  /** Workers that plans may name, beyond those that a `definePlan` brings along. */
  readonly workers?: readonly Worker[]
  /** How many attempts may run at once, over all runs. 1 to 1,000,000, default 16. */
  readonly concurrency?: number
  /**
   * Slots that runs of the lane `background` never take, so that others never wait for one of their attempts to end.
   * 0 to `concurrency` − 1. Default: one in eight, rounded up, where there is more than one.
   */
  readonly reserved?: number
  /** Where runs are written down. Default: in memory. */
  readonly journal?: Journal
  /** How long to wait while every slot is held by an attempt that does not stop, in ms. Default 30,000. */
  readonly stuckMs?: number
  /** Time. Default: the machine's. */
  readonly clock?: Clock
  /** Makes what gives slots to attempts, so many at once. Default: `localDispatcher`, slots in this process. */
  readonly dispatcher?: (concurrency: number, clock: Clock) => Dispatcher
}

export interface StartOptions extends RunOptions {
  /** The run's id, 1 to 200 characters. Default: a new UUID. */
  readonly run?: string
  /** Undo what was done when the run does not succeed. Default: only when asked. */
  readonly rollBack?: 'on-failure'
  /** Cancels the run. */
  readonly signal?: AbortSignal
}

export interface ResumeOptions {
  /** The plan, as a check that it is still the same; one of `definePlan` also brings its workers. Default: the journal's. */
  readonly plan?: DefinedPlan<unknown> | Plan
  /** Undo what was done when the run does not succeed. Default: only when asked. */
  readonly rollBack?: 'on-failure'
  /** Cancels the run. */
  readonly signal?: AbortSignal
}

export interface ForkOptions extends StartOptions {
  /** The subtask or check that is done anew, with all that depends on it. */
  readonly from: string
  /** The plan, as a check that it is still the same; one of `definePlan` also brings its workers. Default: the journal's. */
  readonly plan?: DefinedPlan<unknown> | Plan
}

export const engineSchema = z.strictObject({
  workers: z
    .array(
      z.custom<Worker>(
        (value) => (value as Worker | null)?.kind === 'worker',
        'must be made by defineWorker',
      ),
    )
    .optional(),
  concurrency: z.int().min(1).max(1_000_000).optional(),
  reserved: z.int().min(0).optional(),
  journal: z
    .custom<Journal>(
      (value) => typeof (value as Journal | null)?.create === 'function',
      'must be a journal, like memoryJournal()',
    )
    .optional(),
  stuckMs: z.int().min(1).optional(),
  clock: z
    .custom<Clock>(
      (value) => typeof (value as Clock | null)?.now === 'function',
      'must be a clock, like systemClock()',
    )
    .optional(),
  dispatcher: z
    .custom<EngineOptions['dispatcher']>(
      (value) => typeof value === 'function',
      'must be a function that makes a dispatcher, like localDispatcher',
    )
    .optional(),
})

export const startSchema = runOptionsSchema.extend({
  run: z.string().min(1).max(200).optional(),
  rollBack: z.literal('on-failure').optional(),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be an AbortSignal').optional(),
})

export const resumeSchema = startSchema.pick({ rollBack: true, signal: true }).extend({
  plan: z.custom<DefinedPlan | Plan>((value) => typeof value === 'object', 'must be a plan').optional(),
})

export const forkSchema = startSchema.extend({ plan: resumeSchema.shape.plan, from: z.string() })
