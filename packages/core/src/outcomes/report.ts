import { z } from 'zod'

const count = z.int().min(0)
const probability = z.number().min(0).max(1)
const mean = z.strictObject({
  rate: probability,
  /** 95 % interval for cases like these, of which those in the file are taken as a sample. */
  low: probability,
  high: probability,
})

/** What outcomes that were recorded elsewhere come to. */
export const outcomesReportSchema = z.strictObject({
  kilostep: z.literal(1),
  type: z.literal('outcomes'),
  /** One sentence that says what they come to. */
  message: z.string(),
  cases: count,
  trials: count,
  passed: count,
  trialsPerCase: z.strictObject({ least: count, most: count }),
  /** For each k up to the most trials of a case: any of k passes, and all of k pass, as means over the cases. */
  passes: z.array(
    z.strictObject({
      k: count,
      /** pass@k: at least one of k trials passes. */
      passAtK: mean,
      /** pass^k: all of k trials pass. */
      passHatK: mean,
      /** How many cases have k trials or more; both means are over these. */
      cases: count,
    }),
  ),
  /** How many cases passed in all of their trials, in some, in none. */
  consistency: z.strictObject({ always: count, sometimes: count, never: count }),
  /** The probability that two trials of a case differ; null where no case has two. */
  disagreement: probability.nullable(),
  /** Cases that passed least often, each with Wilson's 95 % interval. */
  weakest: z.array(
    z.strictObject({
      case: z.string(),
      passed: count,
      of: count,
      rate: probability,
      low: probability,
      high: probability,
    }),
  ),
  notes: z.array(z.string()),
})

export type OutcomesReport = z.output<typeof outcomesReportSchema>

/** The JSON Schema of what outcomes come to, draft 2020-12. */
export function outcomesJsonSchema(): Record<string, unknown> {
  return {
    $id: 'https://kilostep.dev/schema/outcomes-1.json',
    title: 'Kilostep outcomes',
    ...z.toJSONSchema(outcomesReportSchema),
  }
}
