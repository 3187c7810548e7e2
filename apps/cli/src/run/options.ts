import { KilostepError, type RunOptions } from '@kilostep/core'
import { z } from 'zod'
import { seedOf } from '../seed.ts'

const longestMs = 2_147_483_647
const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 }

function number(what: string, low: number, high: number, whole: boolean): z.ZodType<number, string> {
  return z.string().transform((text, context) => {
    const value = Number(text)
    const fine = /^[+-]?[\d._]*\d(e[+-]?\d+)?$/i.test(text) && value >= low && value <= high
    if (fine && (!whole || Number.isInteger(value))) return value
    context.addIssue({ code: 'custom', message: `takes ${what}, not ${JSON.stringify(text)}` })
    return z.NEVER
  })
}

const most = 1_000_000
export const whole = number('a whole number from 1 to 1,000,000', 1, most, true)
export const attempts = number('a whole number from 1', 1, Number.MAX_SAFE_INTEGER, true)
export const dollars = number('an amount of US dollars over 0', Number.MIN_VALUE, Number.MAX_VALUE, false)

export const time = z.string().transform((text, context) => {
  const [, amount = '', unit = 's'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?$/.exec(text) ?? []
  const ms = Math.round(Number(amount) * (units[unit] as number))
  if (amount !== '' && ms >= 1 && ms <= longestMs) return ms
  const message = `takes a time like 90s, 5m or 1500ms, up to 24 days, not ${JSON.stringify(text)}`
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

export const share = z.string().transform((text, context) => {
  const [, amount = '', sign] = /^(\d*\.?\d+)\s*(%)?$/.exec(text) ?? []
  // 99.9 / 100 is 0.9990000000000001, which nobody has asked for.
  const value = Number((Number(amount) / (sign === '%' ? 100 : 1)).toPrecision(15))
  if (amount !== '' && value > 0 && value < 1) return value
  const message = `takes a probability over 0 and under 1, like 0.9 or 90%, not ${JSON.stringify(text)}`
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

export const seed = z.string().min(1, 'is empty').max(200, 'takes at most 200 characters')

export const variables = z
  .string()
  .transform((text) => (text === 'all' ? ('all' as const) : text.split(',').map((name) => name.trim())))

const flagsSchema = z.strictObject({
  allowCommands: z.boolean().default(false),
  passEnv: variables.optional(),
  concurrency: whole.optional(),
  seed: seed.optional(),
  timeout: time.optional(),
  grace: time.optional(),
  budgetAttempts: attempts.optional(),
  budgetUsd: dollars.optional(),
  budgetTokens: attempts.optional(),
  target: share.optional(),
  learn: z.boolean().default(true),
  stopOnFailure: z.boolean().default(false),
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
  events: z.string().min(1, 'takes a file').optional(),
  report: z.string().min(1, 'takes a file').optional(),
  html: z.string().min(1, 'takes a file').optional(),
  markdown: z.string().min(1, 'takes a file').optional(),
  junit: z.string().min(1, 'takes a file').optional(),
  output: z.string().min(1, 'takes a file').optional(),
  export: z.string().min(1, 'takes the name of an export').optional(),
  from: z.string().min(1, 'takes the id of a subtask').optional(),
  journal: z.string().min(1, 'takes a file').optional(),
  run: z.string().min(1, 'is empty').max(200, 'takes at most 200 characters').optional(),
})

/** What was said on the command line of `run`, read. */
export type RunFlags = z.output<typeof flagsSchema>

/**
 * Reads all options of `run` at once.
 *
 * @throws KilostepError `invalid-options` with every fault.
 */
export function readRunFlags(given: unknown): RunFlags {
  return readFlags(flagsSchema, given)
}

/** Reads flags by their schema: every fault at once, each by the name of its option. */
export function readFlags<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const faults = result.error.issues.map(({ path, message }) => {
    const option = `--${String(path[0]).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    return { code: 'option', where: option, message: `${option} ${message}.` }
  })
  throw new KilostepError('invalid-options', 'These options cannot be used:', faults)
}

/** The options of the run that the command line asks for. */
export function runOptionsOf(flags: RunFlags): RunOptions {
  const { target, timeout, budgetAttempts, budgetUsd, budgetTokens } = flags
  const budget = {
    ...(budgetAttempts === undefined ? undefined : { attempts: budgetAttempts }),
    ...(budgetUsd === undefined ? undefined : { usd: budgetUsd }),
    ...(budgetTokens === undefined ? undefined : { tokens: budgetTokens }),
  }
  return {
    ...(flags.learn ? undefined : { learn: false }),
    ...(target === undefined ? undefined : { target }),
    ...(timeout === undefined ? undefined : { timeoutMs: timeout }),
    ...(Object.keys(budget).length === 0 ? undefined : { budget }),
    ...(flags.stopOnFailure ? { policy: { onFailure: 'stop' as const } } : undefined),
    ...(flags.seed === undefined ? undefined : { seed: seedOf(flags.seed) }),
  }
}
