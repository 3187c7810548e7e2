import { z } from 'zod'
import { policySchema } from '../policy/policy.ts'

/** Version of the plan's form. A newer one is refused, an older one is read. */
export const planVersion = 1

const longestName = 200
// Control characters in an id could forge lines in a log or move a terminal's cursor.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const nameForm = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/

/** Whether a text can be an id or a worker's name. */
export function isName(text: string): boolean {
  return text.length > 0 && text.length <= longestName && nameForm.test(text)
}

const nameSchema = z.string().min(1).max(longestName).regex(nameForm, 'must not hold control characters')

/** Any JSON; places like `{ "$from": "id" }` are filled in when the subtask starts. */
const templateSchema = z.unknown()

export const conditionSchema = z.strictObject({
  /** What is looked at, usually a part of an upstream answer. Alone: whether it is there and not false, 0 or "". */
  value: templateSchema,
  /** Met when the value equals this. */
  equals: z.unknown().optional(),
  /** Met when the value equals one of these. */
  in: z.array(z.unknown()).optional(),
  /** Turns the condition round. */
  not: z.boolean().optional(),
})

export const subtaskSchema = z.strictObject({
  /** Unique in the plan, 1 to 200 characters. */
  id: nameSchema,
  /** The name of the worker that performs it. */
  worker: nameSchema,
  description: z.string().max(10_000).optional(),
  input: templateSchema.optional(),
  /** Ids that must have succeeded before, beyond those that `input` refers to. */
  needs: z.array(nameSchema).optional(),
  /** Skip the subtask unless this holds. */
  when: conditionSchema.optional(),
  /** A list, usually an upstream answer: one subtask an item, whose input refers to it with `{ "$item": [] }`. */
  map: z.strictObject({ over: templateSchema }).optional(),
  /** Higher starts first, -1,000 to 1,000. Default 0; among equals the longest road to the end starts first. */
  priority: z.int().min(-1_000).max(1_000).optional(),
  /** The answer to go on with when the subtask fails for good. */
  fallback: z.unknown().optional(),
  policy: policySchema.optional(),
})

export const checkSchema = z.strictObject({
  /** Unique in the plan, subtasks included. */
  id: nameSchema,
  /** The worker that judges: it answers `true` or `{ accept, reason, suspects }`. */
  worker: nameSchema,
  /** The subtasks whose answers it judges together. None of them counts before it accepts. */
  covers: z.array(nameSchema).min(1),
  /** What it is given; may refer to covered subtasks only. Default: the list of their answers. */
  input: templateSchema.optional(),
  policy: policySchema.optional(),
})

const limitsFields = {
  /** Default policy of this worker's subtasks. */
  policy: policySchema.optional(),
  /** How many attempts of this worker may run at once in one engine. */
  concurrency: z.int().min(1).max(1_000_000).optional(),
  /** At most `limit` attempts start in any `intervalMs`. */
  rate: z
    .strictObject({ limit: z.int().min(1).max(1_000_000), intervalMs: z.int().min(1).max(86_400_000) })
    .optional(),
  /** What an attempt does to the world. Default `idempotent`. */
  effects: z.enum(['none', 'idempotent', 'once']).optional(),
  /** Fields of its answers that are taken out before anything is written down: `card.number`, `people.*.email`. */
  redact: z
    .array(
      z
        .string()
        .min(1)
        .max(1_000)
        .regex(/^[^.]+(\.[^.]+)*$/, 'takes keys with dots between: people.*.email'),
    )
    .max(1_000)
    .optional(),
}
export const workerLimitsSchema = z.strictObject(limitsFields)

/** A worker that a plan file brings along. */
export const workerSpecSchema = z.union([
  z.strictObject({
    /** A program with its arguments; `{name}` in an argument is replaced by that part of the input. */
    command: z.union([z.array(z.string()).min(1), z.string().min(1)]),
    /** Where it runs, relative to the plan file. Default: the plan file's folder. */
    cwd: z.string().optional(),
    /** What is made of its standard output. Default `text`. */
    output: z.enum(['text', 'lines', 'json', 'none']).optional(),
    ...limitsFields,
  }),
  z.strictObject({
    /** A JavaScript or TypeScript file, relative to the plan file, whose export is the worker. */
    module: z.string().min(1),
    /** Which export. Default `default`. */
    export: z.string().min(1).optional(),
    /** A thread or process of its own, which can be ended. Default: none. */
    isolate: z.enum(['thread', 'process']).optional(),
    ...limitsFields,
  }),
])

export const planSchema = z.strictObject({
  $schema: z.string().optional(),
  /** Version of the plan's form: 1. */
  kilostep: z.literal(planVersion),
  name: nameSchema,
  description: z.string().max(10_000).optional(),
  workers: z.record(nameSchema, workerSpecSchema).optional(),
  subtasks: z.array(subtaskSchema).min(1),
  checks: z.array(checkSchema).optional(),
  /** What the run answers. Default: the answer of the last subtask, or of all last ones by their ids. */
  output: templateSchema.optional(),
})

export type Condition = z.output<typeof conditionSchema>
export type Subtask = z.output<typeof subtaskSchema>
export type Check = z.output<typeof checkSchema>
export type WorkerSpec = z.output<typeof workerSpecSchema>
export type WorkerLimits = z.output<typeof workerLimitsSchema>
export type Plan = z.output<typeof planSchema>

/** The JSON Schema of a plan, draft 2020-12, for editors and other languages. */
export function planJsonSchema(): Record<string, unknown> {
  return {
    $id: 'https://kilostep.dev/schema/plan-1.json',
    title: 'Kilostep plan',
    ...z.toJSONSchema(planSchema, { io: 'input' }),
  }
}
