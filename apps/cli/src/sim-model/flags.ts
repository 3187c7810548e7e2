import { KilostepError } from '@kilostep/core'
import { type FaultName, type FaultRates, faultNames, type ModelServerOptions } from '@kilostep/testing'
import { z } from 'zod'
import { seedOf } from '../seed.ts'

const share = z
  .string()
  .regex(/^\d*\.?\d+%?$/, 'takes a share from 0 to 1, like 0.1 or 10%')
  .transform((said) => (said.endsWith('%') ? Number(said.slice(0, -1)) / 100 : Number(said)))
  .pipe(z.number().min(0, 'takes a share from 0').max(1, 'takes a share up to 1'))
const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'takes a whole number')
    .transform(Number)
    .pipe(z.int().min(least, `takes ${least} or more`).max(most, `takes ${most} at most`))
const timeMs = whole(0, 86_400_000)

const flagsSchema = z.strictObject({
  port: whole(0, 65_535),
  host: z.string().min(1, 'is empty'),
  answers: z.string().min(1, 'is empty').optional(),
  right: share,
  correlated: share.optional(),
  fault: z
    .array(
      z
        .string()
        .refine((pair) => faultNames.includes(pair.split('=')[0] as FaultName), {
          message: `takes name=share, the name one of ${faultNames.join(', ')}`,
        })
        .transform((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const)
        .pipe(z.tuple([z.string(), share])),
    )
    .default([]),
  rpm: whole(1, 1_000_000_000).optional(),
  tpm: whole(1, 1_000_000_000).optional(),
  latencyMs: timeMs.optional(),
  retryAfterMs: timeMs.optional(),
  seed: z.string().min(1, 'is empty').transform(seedOf).optional(),
  apiKey: z.string().min(1, 'is empty').optional(),
  json: z.boolean().default(false),
})

export interface SimModelFlags {
  readonly json: boolean
  readonly answers: string | undefined
  readonly server: Omit<ModelServerOptions, 'answer'>
}

/**
 * Reads all options of `sim-model` at once.
 *
 * @throws KilostepError `invalid-options` with every fault.
 */
export function readSimModelFlags(given: unknown): SimModelFlags {
  const result = flagsSchema.safeParse(given)
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => {
      const option = `--${String(path[0]).replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
      return { code: 'option', where: option, message: `${option} ${message}.` }
    })
    throw new KilostepError('invalid-options', 'These options cannot be used:', faults)
  }
  const { json, answers, right, correlated, fault, rpm, tpm, ...rest } = result.data
  const limits = {
    ...(rpm === undefined ? undefined : { requests: rpm }),
    ...(tpm === undefined ? undefined : { tokens: tpm }),
  }
  const server = {
    ...rest,
    wrong: { rate: 1 - right, ...(correlated === undefined ? undefined : { correlated }) },
    faults: Object.fromEntries(fault) as FaultRates,
    limits,
  }
  const said = Object.entries(server).filter(([, value]) => value !== undefined)
  return { json, answers, server: Object.fromEntries(said) as SimModelFlags['server'] }
}
