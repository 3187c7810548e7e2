import { z } from 'zod'
import { comparisonSchema } from './comparison.ts'
import { gateDesignShape } from './design.ts'

const count = z.int().min(0)
const probability = z.number().min(0).max(1)
const rate = z.strictObject({
  /** Null where nothing was tried. */
  rate: probability.nullable(),
  /** 95 % interval that holds however the number of trials came about (a confidence sequence). */
  low: probability,
  high: probability,
  n: count,
})

/** What a gate came to, and all that is kept of it for the next release. */
export const gateReportSchema = z.strictObject({
  kilostep: z.literal(1),
  type: z.literal('gate'),
  name: z.string(),
  /** The plan that was tried; null for a function. */
  plan: z.strictObject({ name: z.string(), digest: z.string() }).nullable(),
  /** The seed that gives the same inputs, in the same order, with the same seed each. */
  seed: z.union([z.string(), z.number()]),
  /** SHA-256 over the inputs; null where every trial has the same. */
  inputs: z.string().nullable(),
  /** The faults that were switched on; null for none. */
  faults: z.string().nullable(),
  design: z.strictObject({
    ...gateDesignShape,
    alpha: gateDesignShape.alpha.unwrap(),
    beta: gateDesignShape.beta.unwrap(),
    maxTrials: gateDesignShape.maxTrials.unwrap(),
    test: gateDesignShape.test.unwrap(),
  }),
  /** So many trials were made whatever the verdict: pairs of a comparison that nobody chose by looking. */
  minTrials: count,
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  /** Why no further trial was started. */
  stopped: z.enum(['verdict', 'max-trials', 'budget', 'time', 'interrupted', 'repeats']),
  /** One sentence that says how it ended. */
  message: z.string(),
  trials: z.strictObject({
    started: count,
    /** Those that the verdict stands on: passed + failed. */
    counted: count,
    passed: count,
    failed: count,
    /** Cached answers: no trials. */
    repeated: count,
    /** Still open when the verdict was known, or stopped with the gate. */
    cutOff: count,
    /** Ended beyond the verdict. They count for a comparison, not for the verdict. */
    beyond: count,
  }),
  success: rate,
  /** Flakiness apart from failure. */
  flakiness: z.strictObject({
    /** Trials that passed with every first attempt, of those that say so. */
    firstAttempt: rate,
    /** Trials that passed, with whatever recovery they have, of the same. */
    afterRecovery: rate,
    /** The probability that two trials with the same input end differently; null where no input was tried twice. */
    disagreement: probability.nullable(),
    /** How many pairs of equal trials that stands on. */
    pairs: count,
  }),
  /** How each trial ended, in start order: 1 passed, 0 failed, r repeated, - open or cut off. */
  outcomes: z.string().regex(/^[10r-]*$/),
  /** Each input that was tried, by its number, with how often it passed. Empty where all have the same. */
  inputsTried: z.array(z.strictObject({ input: count, passed: count, of: count })),
  /** How often each subtask succeeded, and at its first attempt, of the trials that reached it. */
  subtasks: z.array(z.strictObject({ subtask: z.string(), succeeded: count, first: count, of: count })),
  /** Why trials failed, most frequent first. */
  failures: z.array(z.strictObject({ message: z.string(), trials: count, first: count })),
  /** What a reader must know to trust the verdict. */
  notes: z.array(z.string()),
  /** Beside an earlier release; null where none was given. */
  comparison: comparisonSchema.nullable(),
  durationMs: z.number().min(0),
  spend: z.strictObject({ usd: z.number().min(0), tokens: z.number().min(0), attempts: count }),
})

export type GateReport = z.output<typeof gateReportSchema>

/** The JSON Schema of what a gate came to, draft 2020-12. */
export function gateJsonSchema(): Record<string, unknown> {
  return {
    $id: 'https://kilostep.dev/schema/trial-1.json',
    title: 'Kilostep trial',
    ...z.toJSONSchema(gateReportSchema),
  }
}
