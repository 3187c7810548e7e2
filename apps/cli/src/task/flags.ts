import { KilostepError, quote } from '@kilostep/core'
import { z } from 'zod'

const text = z.string().min(1, 'is empty')
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, `takes a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.int().min(least, `takes ${least} or more`).max(most, `takes ${most} at most`))
const price = z
  .string()
  .regex(/^\d*\.?\d+,\d*\.?\d+$/, 'takes what a million tokens cost, in and out, like 0.25,2')
  .transform((said) => {
    const [input = 0, output = 0] = said.split(',').map(Number)
    return { input, output }
  })

const fields = {
  model: text.optional(),
  judge: text.optional(),
  price: price.optional(),
  judgePrice: price.optional(),
  workers: text.optional(),
  given: text.optional(),
  samples: whole(1, 20).optional(),
  rounds: whole(1, 100).optional(),
  depth: whole(0, 100).default(2),
  replan: whole(0, 100).default(2),
  save: text.optional(),
}
const flagsSchema = z.strictObject(fields)

/** What was said on the command line of a task that a model is to split, read. */
export type TaskFlags = z.output<typeof flagsSchema>

/** The options that are about the task, and the others. */
export function parted(given: unknown): { task: Record<string, unknown>; rest: Record<string, unknown> } {
  const entries = Object.entries(given as Record<string, unknown>)
  const isTask = ([key]: [string, unknown]): boolean => Object.hasOwn(fields, key)
  return {
    task: Object.fromEntries(entries.filter(isTask)),
    rest: Object.fromEntries(entries.filter((entry) => !isTask(entry))),
  }
}

/** @throws KilostepError `invalid-options` with every fault. */
export function readTaskFlags(given: unknown): TaskFlags {
  const result = flagsSchema.safeParse(given)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => {
    const option = `--${String(path[0]).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    return { code: 'option', where: option, message: `${option} ${message}.` }
  })
  throw new KilostepError('invalid-options', 'These options cannot be used:', faults)
}

/** Whether an argument is a task in words and no file with a plan. */
export function isTask(argument: string): boolean {
  return argument !== '-' && !/\.(ya?ml|json|[cm]?[jt]s)$/i.test(argument)
}

/**
 * The model that is to split the task.
 *
 * @throws KilostepError `usage` where none was named.
 */
export function requireModel({ model }: TaskFlags, task: string): string {
  if (model !== undefined) return model
  throw new KilostepError(
    'usage',
    `${quote(task)} is not known to be a plan by its name. Plans are .yaml, .yml or .json files, or modules (.ts, .js, .mts, .mjs). If it is a task, say which model splits it: --model openai:gpt-5-mini, --model ollama:llama3.2, or offline: kilostep sim-model, and then --model http://127.0.0.1:4010/v1#sim.`,
  )
}
