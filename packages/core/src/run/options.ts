import { z } from 'zod'
import { maxTimerMs, policySchema } from '../policy/policy.ts'

/** What a run may use up. Reserved before an attempt starts, so that it is never exceeded. */
export const budgetSchema = z.strictObject({
  /** Attempts of subtasks and checks together. */
  attempts: z.int().min(1).optional(),
  /** US dollars, as far as workers declare `cost`. */
  usd: z.number().positive().optional(),
  /** Tokens, as far as workers declare `cost`. */
  tokens: z.int().min(1).optional(),
})

/** What is known of a worker from before the run. */
export const recordSchema = z
  .strictObject({
    /** How many of its first answers were right … */
    right: z.int().min(0).optional(),
    /** … of how many that were held against the truth. */
    of: z.int().min(1).optional(),
    /** How votes on its answers went: how many subtasks had so many votes for the leader and the next answer. */
    votes: z
      .array(
        z.strictObject({
          leader: z.int().min(0).max(32_767),
          runnerUp: z.int().min(0).max(32_767),
          subtasks: z.int().min(0),
        }),
      )
      .max(100_000)
      .optional(),
    /** Of a check or verifier: the share of wrong answers that it accepts, 0 up to 1 … */
    acceptsWrong: z.number().min(0).lt(1).optional(),
    /** … and of right ones, over 0 to 1. With both, and a vote, its verdicts are weighed as evidence. */
    acceptsRight: z.number().gt(0).max(1).optional(),
    /** How many of its accepted answers audits found right, of how many. */
    audits: z.strictObject({ right: z.int().min(0), of: z.int().min(1) }).optional(),
    /** What its attempts were like: how many there were, how many of them gave no answer, and what they took. */
    attempts: z
      .strictObject({
        started: z.int().min(1),
        /** Threw, timed out or were lost. */
        transport: z.int().min(0),
        /** Gave an answer that did not fit or had a red flag. */
        flagged: z.int().min(0),
        /** On average. */
        meanMs: z.number().min(0),
        usd: z.number().min(0),
        tokens: z.number().min(0),
      })
      .optional(),
    /** How long its answers took, shortest first: how many took up to so many ms, and longer than the line before. */
    latencies: z
      .array(z.strictObject({ upToMs: z.number().positive(), attempts: z.int().min(0) }))
      .max(1_000)
      .optional(),
  })
  .refine(({ right, of }) => (right === undefined) === (of === undefined) && (right ?? 0) <= (of ?? 0), {
    message: '"right" and "of" go together, and "right" is not more than "of"',
  })

/** How often a planner may be asked to replace a part, where nothing else is said. */
export const defaultReplans = 3

/** Who plans anew when a subtask fails for good, and how often. */
const replanSchema = z.strictObject({
  /** The worker that is asked: it returns a plan, or any answer to decline. */
  worker: z.string().min(1).max(200),
  /** How often in one run, 1 to 100. Default 3. */
  limit: z.int().min(1).max(100).optional(),
})

/** What can be said of one run. Everything is optional. */
export const runOptionsSchema = z.strictObject({
  /** The compound success asked for, over 0 and under 1: what `margin: 'auto'` works towards. Default 0.9. */
  target: z.number().gt(0).lt(1).optional(),
  budget: budgetSchema.optional(),
  /** What is known of workers, by name, from before the run. */
  record: z.record(z.string(), recordSchema).optional(),
  /**
   * Whether the run starts from what earlier runs on the same journal learned of its workers, and adds what it learns.
   * A worker that `record` names is known from there alone. Default true, where the journal keeps such records.
   */
  learn: z.boolean().optional(),
  /** How many attempts of this run may be in flight at once, 1 to 1,000,000. Default: what the engine allows. */
  concurrency: z.int().min(1).max(1_000_000).optional(),
  /**
   * Whether somebody waits for the run. What is `background` gets the slots that the engine's other runs leave, but
   * those that are reserved for them. Default `latency`.
   */
  lane: z.enum(['latency', 'background']).optional(),
  /** How much of the engine's slots it gets beside other runs of its lane, for each of theirs: 0.001 to 1,000. Default 1. */
  share: z.number().min(0.001).max(1_000).optional(),
  /** Time limit of the whole run, in ms. Default: none. */
  timeoutMs: z.int().min(1).max(maxTimerMs).optional(),
  /** Seeds jitter and every other draw; the same seed draws the same. Default: drawn anew for each run. */
  seed: z.union([z.string().min(1).max(200), z.number()]).optional(),
  /** Laid over each worker's policy. */
  policy: policySchema.optional(),
  /** What starts first among equal priorities: what has the longest road behind it (in time, where `record` says how long attempts take, else in subtasks), or what the plan says first. Default `critical-path`. */
  order: z.enum(['critical-path', 'plan']).optional(),
  /** The most bytes that one answer may have, 1 to 1 GiB. Default 10 MiB. */
  maxAnswerBytes: z.int().min(1).max(1_073_741_824).optional(),
  /** The most subtasks and checks that the plan may grow to. Default 2,000,000. */
  maxSubtasks: z.int().min(1).max(100_000_000).optional(),
  /** How deep subtasks may add subtasks, 1 to 100. Default 10. */
  maxDepth: z.int().min(1).max(100).optional(),
  /** Asks a planner for another way when a subtask fails for good. Default: it fails. */
  replan: replanSchema.optional(),
})
export type RunOptions = z.output<typeof runOptionsSchema>
export type Budget = z.output<typeof budgetSchema>
