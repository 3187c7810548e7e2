import { z } from 'zod'
import { policySchema } from '../policy/policy.ts'
import { budgetSchema, recordSchema } from '../run/options.ts'

const count = z.int().min(0)
const probability = z.number().min(0).max(1)
const amount = z.number().min(0)
const openRate = z.number().gt(0).lt(1)

/** What a prediction may be told beyond the plan. */
export const predictOptionsSchema = z.strictObject({
  /** The compound success asked for, over 0 and under 1. Default 0.9. */
  target: openRate.optional(),
  /** What is known of workers, by name: of earlier runs, or of a pilot. */
  record: z.record(z.string(), recordSchema).optional(),
  /** How often one attempt of a worker is right, by name, over 0 and under 1. Goes before the record. */
  rates: z.record(z.string(), openRate).optional(),
  /** How many items the plan's maps have: one number for each, or by the map's id. */
  items: z.union([count, z.record(z.string(), count)]).optional(),
  budget: budgetSchema.optional(),
  /** Laid over each worker's policy, as in a run. */
  policy: policySchema.optional(),
})
export type PredictOptions = z.input<typeof predictOptionsSchema>

const cost = z.strictObject({
  usd: amount,
  tokens: amount,
  /** Every worker that was counted has said what an attempt costs. */
  complete: z.boolean(),
})

/** A probability with what it may be as far as the evidence goes (95 %). */
const range = z.strictObject({ expected: probability, low: probability, high: probability })

const latency = z.strictObject({ p50Ms: amount, p95Ms: amount, p99Ms: amount })

const kindSchema = z.strictObject({
  worker: z.string(),
  /** Subtasks of this worker; null where a map of unknown size adds more. */
  subtasks: count.nullable(),
  /** Where the rate comes from: the caller, answers held against a truth, votes that agreed, or nowhere. */
  basis: z.enum(['given', 'truth', 'votes', 'nothing']),
  /** How often one attempt is right. Null where nothing is known. */
  rate: range.nullable(),
  /** How many subtasks, and how many answers, that rests on; 0 for a rate that was given. */
  evidence: z.strictObject({ subtasks: count, answers: count }),
  /** How hard its subtasks are: rates with their shares, as far as that is known. */
  mix: z.array(z.strictObject({ rate: probability, share: probability })),
  /** Share of subtasks whose usual answer is wrong: votes agree, the truth does not. Null: not known. */
  usualWrong: probability.nullable(),
  /** Whether something of the plan judges each answer, and what share of wrong ones that accepts (null: not known). */
  verified: z.boolean(),
  acceptsWrong: probability.nullable(),
  /** What one attempt costs. Null: not said. */
  cost: z.strictObject({ usd: amount, tokens: amount }).nullable(),
  /** How long one answer takes, in ms: half of them, 95 and 99 in 100 no longer. Null: no record of it. */
  latency: latency.nullable(),
  /** The same with late duplicates, and how many there are for an attempt. Null: no hedge, or no record. */
  hedged: latency.extend({ duplicates: amount }).nullable(),
})

const policyResult = z.strictObject({
  policy: z.enum(['plan', 'one-attempt', 'verify', 'margin-2', 'margin-3', 'margin-5', 'auto', 'ladder']),
  /** Compound success. */
  success: range,
  /** Expected attempts, together and for one subtask. */
  attempts: amount,
  attemptsEach: amount,
  cost,
  /** N@90: how many such subtasks would all be right nine times in ten. Null: no limit is seen. */
  horizon90: count.nullable(),
  reaches: z.boolean(),
  /** Workers that would need a verifier first; what is said then holds for one that never errs. */
  needsVerifier: z.array(z.string()),
})

export const predictionSchema = z.strictObject({
  kilostep: z.literal(1),
  type: z.literal('prediction'),
  plan: z.strictObject({ name: z.string() }),
  target: openRate,
  /** One sentence that says what to expect. */
  message: z.string(),
  subtasks: z.strictObject({
    /** N. Null where a map has a size that is known only while the plan runs. */
    total: count.nullable(),
    /** Those that are known to be there. */
    known: count,
    checks: count,
    /** The maps whose size is not known. */
    unknownMaps: z.array(z.string()),
  }),
  kinds: z.array(kindSchema),
  /** The rate that every subtask needs if each has one attempt. Null where N is not known. */
  rateNeeded: probability.nullable(),
  /** Compound success with one attempt a subtask. Null where N or a rate is not known. */
  naive: range.nullable(),
  /** What each policy would reach, over the whole plan; empty where N or a rate is not known. */
  policies: z.array(policyResult),
  /** The least attempts that reach the target if the rates are as known: the bound, not a policy to set. */
  cheapest: z
    .strictObject({
      kinds: z.array(
        z.strictObject({
          worker: z.string(),
          /** Margin 1 is one attempt each. */
          margins: z.array(z.strictObject({ margin: z.int().min(1), subtasks: count })),
        }),
      ),
      success: probability,
      attempts: amount,
      attemptsEach: amount,
      cost,
      reached: z.boolean(),
    })
    .nullable(),
  /** Why the target cannot be reached, or may not be. */
  limits: z.array(
    z.strictObject({
      code: z.enum(['attempts', 'usd', 'tokens', 'below-half', 'usual-wrong', 'not-reached']),
      message: z.string(),
    }),
  ),
  /** What is not known, in sentences. */
  unknown: z.array(z.string()),
  /** What is taken for granted, in sentences. */
  assumes: z.array(z.string()),
  /** A pilot that would tell what is not known. */
  pilot: z.strictObject({ subtasks: count, votes: count, attempts: count, cost }).nullable(),
})

export type Prediction = z.output<typeof predictionSchema>
export type PredictedKind = Prediction['kinds'][number]
export type PolicyPrediction = Prediction['policies'][number]
export type PredictedCost = z.output<typeof cost>
export type PredictedRange = z.output<typeof range>

/** The JSON Schema of a prediction, draft 2020-12. */
export function predictionJsonSchema(): Record<string, unknown> {
  return {
    $id: 'https://kilostep.dev/schema/prediction-1.json',
    title: 'Kilostep prediction',
    ...z.toJSONSchema(predictionSchema),
  }
}
