import { z } from 'zod'
import { forecastSchema } from '../prediction/forecast.ts'

const count = z.int().min(0)
const probability = z.number().min(0).max(1)
const rate = z.strictObject({
  /** Null where nothing was tried. */
  rate: probability.nullable(),
  /** Wilson's 95 % interval. */
  low: probability,
  high: probability,
  n: count,
})

const successSchema = z.strictObject({
  /** The probability that every subtask of this run is right, as far as the evidence goes; 0 where one failed. */
  predicted: probability,
  /** 95 % interval: of `measured` where runs were held against a truth, else of `predicted`. */
  low: probability,
  high: probability,
  /** The same with one attempt a subtask: the product of the first-attempt rates. */
  naive: probability,
  /** The share of runs with every subtask right, held against a truth; of one run, what its audits alone speak for. */
  measured: probability.nullable(),
  /** What the truth was, e.g. `labels`. */
  basis: z.string().nullable(),
  /** How many runs, or audited answers, that rests on. */
  n: count,
  /** The probability that another run of this plan would get every subtask right, and its 95 % interval. */
  again: z.strictObject({ rate: probability, low: probability, high: probability }),
  /** The compound success that was asked for. */
  target: probability.nullable(),
  /** Whether `measured`, or without it `predicted`, reaches the target. */
  targetMet: z.boolean().nullable(),
  /** N@90: how many such subtasks would all be right nine times in ten. Null: no limit was seen. */
  horizon90: count.nullable(),
  /** Kinds of subtask, weakest first: what perfecting each would add, and its share of all that is lost. */
  weakest: z.array(z.strictObject({ kind: z.string(), gain: probability, share: probability })),
  /** The same by subtask, as far as a run can tell them apart: up to ten, with the probability that each is wrong. Of a run only. */
  weakestSubtasks: z.array(
    z.strictObject({
      subtask: z.string(),
      why: z.string(),
      error: probability,
      gain: probability,
      share: probability,
    }),
  ),
  /** Workers whose answers nothing judged and of which no record is known: each accepted answer counted as right. */
  unjudged: z.array(z.string()),
  /** Checks and verifying workers of which no record is known: their verdicts are taken as right. */
  trusted: z.array(z.string()),
  /** Workers whose answers were voted on: what their votes cannot see, `predicted` does not know. */
  voted: z.array(z.string()),
  /**
   * How many subtasks were accepted though no answer had half of their samples: the usual answer may be wrong there,
   * which `predicted` allows for. Left out where none was.
   */
  doubtful: count.optional(),
})

/** What independent audits of accepted answers found. None of them changed an answer. */
const auditsSchema = z.strictObject({
  audited: count,
  right: count,
  wrong: count,
  /** Audits that could not be made. */
  failed: count,
  kinds: z.array(
    z.strictObject({
      worker: z.string(),
      audited: count,
      wrong: count,
      accepted: count,
      /** At most this share of the worker's accepted answers is wrong (one-sided 95 %), by so many audits of all runs known. */
      share: z.strictObject({ known: count, high: probability }),
      /** So many audits, all clean, would show the target for as many subtasks as this. */
      cleanNeeded: count,
    }),
  ),
  /** How what was predicted stands to what was found, in standard errors; below −3 it was too bold. Null: none can be given. */
  z: z.number().nullable(),
  /** The first that were found wrong. */
  found: z.array(z.strictObject({ subtask: z.string(), reason: z.string() })),
})

const subtasksSchema = z.strictObject({
  planned: count,
  succeeded: count,
  failed: count,
  skipped: count,
  cancelled: count,
  /** Of those succeeded: how many with their fallback answer. */
  fallbacks: count,
  /** Those that a planner has put others in the place of. Absent: none. */
  superseded: count.optional(),
})

const attemptsSchema = z.strictObject({
  started: count,
  succeeded: count,
  transport: count,
  flagged: count,
  wrong: count,
  cancelled: count,
  /** Of those started: late duplicates of others. Absent: none. */
  hedged: count.optional(),
  /** Attempts that had not stopped when the run ended. */
  stuck: count,
})

const kindSchema = z.strictObject({
  worker: z.string(),
  /** Of subtasks tried: how many succeeded with their first attempt. */
  firstAttempt: rate,
  /** Of subtasks tried: how many succeeded in the end. */
  afterRecovery: rate,
  attempts: attemptsSchema.omit({ stuck: true }),
  meanMs: z.number(),
  /** To within 19 %, the width of the histogram's buckets. */
  p50Ms: z.number(),
  p95Ms: z.number(),
  longestMs: z.number(),
  usd: z.number(),
  tokens: z.number(),
})

/** The report of one run: a fold over its journal, so the same journal gives the same report to the byte. */
export const runReportSchema = z.strictObject({
  kilostep: z.literal(1),
  type: z.literal('run'),
  run: z.string(),
  plan: z.strictObject({ name: z.string(), digest: z.string() }),
  seed: z.union([z.string(), z.number()]),
  status: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
  /** One sentence that says how it ended. */
  message: z.string(),
  /** One plain sentence: what happened, and what to do next. */
  summary: z.string(),
  success: successSchema,
  subtasks: subtasksSchema,
  checks: z.strictObject({
    planned: count,
    accepted: count,
    failed: count,
    cancelled: count,
    /** Rounds in which a check rejected what it saw. */
    rejections: count,
    /** Those that a planner has put others in the place of. Absent: none. */
    superseded: count.optional(),
    /** Other combinations of candidates that were tried after that, and checks that accepted one. */
    tried: count,
    combined: count,
  }),
  attempts: attemptsSchema,
  /** How many subtasks were accepted in which way; one may be counted more than once. */
  handled: z.strictObject({
    verified: count,
    voted: count,
    checked: count,
    escalated: count,
    audited: count,
  }),
  /** Votes beside the fewest with which anything could reach the target that knew how hard the subtasks are. */
  bound: z.strictObject({ votes: count, least: count, ratio: z.number().min(0) }).nullable(),
  /** Null: nothing was audited. */
  audits: auditsSchema.nullable(),
  /** What the target was expected to take, where a record told; null where none did. */
  forecast: forecastSchema.nullable(),
  kinds: z.array(kindSchema),
  /** The first subtasks that failed for good, or went on with a fallback. */
  failures: z.array(
    z.strictObject({
      subtask: z.string(),
      kind: z.string(),
      code: z.string(),
      message: z.string(),
      fallback: z.boolean(),
    }),
  ),
  durationMs: z.number(),
  /** The chain of subtasks that the run's duration came down to, last ones only where it is long. */
  criticalPath: z.strictObject({
    durationMs: z.number(),
    subtasks: count,
    last: z.array(z.strictObject({ subtask: z.string(), durationMs: z.number() })),
  }),
  /** How many subtasks and checks had so many attempts; the last line, at 30, holds those with more as well. */
  attemptsEach: z.array(z.strictObject({ attempts: count, subtasks: count })),
  /** How many subtasks and checks ended in each of equal parts of the time. */
  timeline: z.strictObject({ binMs: z.number(), succeeded: z.array(count), failed: z.array(count) }),
  spend: z.strictObject({ usd: z.number(), tokens: z.number() }),
  undone: z.strictObject({ done: count, failed: count }),
})

/** The report over many runs of one plan, each held against a truth where there is one. */
export const trialsReportSchema = z.strictObject({
  kilostep: z.literal(1),
  type: z.literal('trials'),
  plan: z.strictObject({ name: z.string() }),
  trials: count,
  message: z.string(),
  success: successSchema,
  subtasks: subtasksSchema,
  attempts: attemptsSchema,
  kinds: z.array(kindSchema.pick({ worker: true, firstAttempt: true, afterRecovery: true })),
  durationMs: z.number(),
  spend: z.strictObject({ usd: z.number(), tokens: z.number() }),
})

export type SuccessReport = z.output<typeof successSchema>
export type AuditsReport = z.output<typeof auditsSchema>
export type RateReport = z.output<typeof rate>
export type KindReport = z.output<typeof kindSchema>
export type RunReport = z.output<typeof runReportSchema>
export type TrialsReport = z.output<typeof trialsReportSchema>

/** The JSON Schema of a report, draft 2020-12. */
export function reportJsonSchema(): Record<string, unknown> {
  return {
    $id: 'https://kilostep.dev/schema/report-1.json',
    title: 'Kilostep report',
    ...z.toJSONSchema(z.union([runReportSchema, trialsReportSchema])),
  }
}
