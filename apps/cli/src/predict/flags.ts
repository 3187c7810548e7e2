import { KilostepError, type PredictOptions, predictOptionsSchema, quote } from '@kilostep/core'
import { z } from 'zod'
import { seedOf } from '../seed.ts'

const text = z.string().min(1, 'is empty')
const whole = z
  .string()
  .regex(/^\d+$/, 'takes a whole number')
  .transform(Number)
  .pipe(z.int().min(1, 'takes a whole number from 1'))
const probability = z
  .string()
  .regex(/^\d*\.?\d+%?$/, 'takes a probability over 0 and under 1, like 0.9 or 90%')
  .transform((said) => (said.endsWith('%') ? Number(said.slice(0, -1)) / 100 : Number(said)))
  .pipe(z.number().gt(0, 'takes a probability over 0').lt(1, 'takes a probability under 1'))
const dollars = z
  .string()
  .regex(/^\d*\.?\d+$/, 'takes an amount of US dollars')
  .transform(Number)
  .pipe(z.number().positive('takes an amount over 0'))

const flagsSchema = z.strictObject({
  target: probability.optional(),
  rate: z.array(text).optional(),
  record: text.optional(),
  items: z.array(text).optional(),
  pilot: whole.optional(),
  votes: whole.pipe(z.int().min(2, 'takes 2 or more')).optional(),
  budgetAttempts: whole.optional(),
  budgetUsd: dollars.optional(),
  seed: text.optional().transform((said) => (said === undefined ? undefined : seedOf(said))),
  allowCommands: z.boolean().default(false),
  passEnv: text
    .transform((said) => (said === 'all' ? ('all' as const) : said.split(',').map((name) => name.trim())))
    .optional(),
  export: text.optional(),
  saveRecord: text.optional(),
  json: z.boolean().default(false),
})

/** What was said on the command line of `predict`, read. */
export type PredictFlags = z.output<typeof flagsSchema>

/**
 * Reads all options of `predict` at once.
 *
 * @throws KilostepError `invalid-options` with every fault.
 */
export function readPredictFlags(given: unknown): PredictFlags {
  const result = flagsSchema.safeParse(given)
  if (result.success) {
    if (result.data.saveRecord !== undefined && result.data.pilot === undefined)
      throw new KilostepError('usage', '--save-record writes what a pilot learned. Say --pilot 20 as well.')
    return result.data
  }
  const faults = result.error.issues.map(({ path, message }) => {
    const option = `--${String(path[0]).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    return { code: 'option', where: option, message: `${option} ${message}.` }
  })
  throw new KilostepError('invalid-options', 'These options cannot be used:', faults)
}

/** What the prediction is told, but for the pilot. */
export function predictOptionsOf(flags: PredictFlags, recordText: string | undefined): PredictOptions {
  const { target, rate, items, budgetAttempts, budgetUsd } = flags
  const budget = {
    ...(budgetAttempts === undefined ? undefined : { attempts: budgetAttempts }),
    ...(budgetUsd === undefined ? undefined : { usd: budgetUsd }),
  }
  return {
    ...(target === undefined ? undefined : { target }),
    ...(rate === undefined ? undefined : { rates: pairs('--rate', rate, probability) }),
    ...(items === undefined ? undefined : { items: itemsOf(items) }),
    ...(recordText === undefined ? undefined : { record: recordOf(recordText, flags.record ?? '') }),
    ...(Object.keys(budget).length === 0 ? undefined : { budget }),
  }
}

function itemsOf(said: readonly string[]): NonNullable<PredictOptions['items']> {
  const [one] = said
  if (said.length === 1 && one !== undefined && /^\d+$/.test(one)) return Number(one)
  return pairs('--items', said, z.string().regex(/^\d+$/, 'takes a whole number').transform(Number))
}

/** `name=value`, the name being all before the last "=". */
function pairs(
  option: string,
  said: readonly string[],
  value: z.ZodType<number, string>,
): Record<string, number> {
  const entries = said.map((pair): [string, number] => {
    const at = pair.lastIndexOf('=')
    const result = at < 1 ? undefined : value.safeParse(pair.slice(at + 1))
    if (result?.success) return [pair.slice(0, at), result.data]
    const why = result === undefined ? 'takes name=number' : (result.error.issues[0]?.message ?? '')
    throw new KilostepError('usage', `${option} ${why}, not ${quote(pair)}.`)
  })
  return Object.fromEntries(entries)
}

function recordOf(json: string, file: string): NonNullable<PredictOptions['record']> {
  let data: unknown
  try {
    data = JSON.parse(json)
  } catch (error) {
    throw new KilostepError('record', `${quote(file)} is not JSON: ${(error as Error).message}`)
  }
  const result = predictOptionsSchema.shape.record.unwrap().safeParse(data)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new KilostepError(
    'record',
    `${quote(file)} is not a record of workers: ${issue?.path.join('.')}: ${issue?.message}. Give what --save-record wrote.`,
  )
}
