import { z } from 'zod'

const count = z.int().min(0)
const probability = z.number().min(0).max(1)
const change = z.number().min(-1).max(1)
const counts = z.strictObject({ succeeded: count, of: count })

/** How a gate did beside an earlier one, trial by trial on the same inputs and seeds. */
export const comparisonSchema = z.strictObject({
  verdict: z.enum(['better', 'worse', 'no-difference']),
  /** One sentence that says so. */
  message: z.string(),
  /** The probability of saying that there is a difference where there is none, at most. */
  alpha: probability,
  /** `mcnemar` where the number of pairs was fixed beforehand, else `always-valid`. */
  test: z.enum(['mcnemar', 'always-valid']),
  pairs: count,
  /** Pairs that failed before and pass now, and the other way round. */
  better: count,
  worse: count,
  /** Of the success rate, with a 95 % interval. */
  change: z.strictObject({ rate: change, low: change, high: change }),
  /** The two gates are of different plans, which was asked for. */
  acrossPlans: z.boolean(),
  /** Subtasks that succeed less often than before, most certain first; `fell` where that is no chance at `alpha`. */
  subtasks: z.array(
    z.strictObject({
      subtask: z.string(),
      /** Whether it succeeded with its first attempt, or in the end. */
      measure: z.enum(['first-attempt', 'in-the-end']),
      before: counts,
      after: counts,
      /** Of a fall like this by chance, corrected for the number of subtasks. */
      probability,
      fell: z.boolean(),
    }),
  ),
})

export type Comparison = z.output<typeof comparisonSchema>
