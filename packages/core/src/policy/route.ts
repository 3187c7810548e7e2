import { z } from 'zod'

const chars = z.int().min(0).max(1_073_741_824)

/** Where to start: all that a rule says must hold, and one that says nothing always holds. */
export const routeRuleSchema = z.strictObject({
  /** The rung to start on: a worker that the ladder of the subtask's own worker leads to, or that worker itself. */
  to: z.string().min(1).max(200),
  /** Inputs that have more characters as JSON than this, 0 to 2^30. */
  inputOverChars: chars.optional(),
  /** Inputs that have fewer characters as JSON than this. */
  inputUnderChars: chars.optional(),
  /** Subtasks whose id is like this, where `*` stands for any text: `chapter-*`, `*[0]`. 1 to 200 characters. */
  id: z.string().min(1).max(200).optional(),
  /** Where the record says that the subtask's own worker is right less often than this, over 0 to 1. */
  rateUnder: z.number().gt(0).max(1).optional(),
})

/**
 * Rules, of which the first that holds counts; or `record`: the rung that tells most for its cost, as far as the record
 * knows how often each is right.
 */
export const routeSchema = z.union([z.literal('record'), z.array(routeRuleSchema).min(1).max(100)])

export type RouteRule = z.output<typeof routeRuleSchema>
export type Route = 'record' | readonly RouteRule[]
