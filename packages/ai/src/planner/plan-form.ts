import { z } from 'zod'

const id = z.string().min(1).max(200)
const anything = z.unknown()

/**
 * What a model is asked to fill in: a plan without what only its user may say, like workers of its own and policies.
 * The form is only asked for; what comes back is checked like any plan.
 */
export const planForm = z.object({
  name: z.string().max(200).optional().describe('What the plan does, in a few words.'),
  subtasks: z
    .array(
      z.object({
        id: id.describe('Unique in the plan.'),
        worker: id.describe('The name of one of the workers.'),
        description: z.string().optional(),
        input: anything.optional(),
        needs: z.array(id).optional(),
        map: z.object({ over: anything }).optional(),
        when: z
          .object({ value: anything, equals: anything.optional(), not: z.boolean().optional() })
          .optional(),
      }),
    )
    .min(1),
  checks: z
    .array(z.object({ id, worker: id, covers: z.array(id).min(1), input: anything.optional() }))
    .optional(),
  output: anything.optional().describe('What the whole plan answers.'),
})
