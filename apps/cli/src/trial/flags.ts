import { KilostepError } from '@kilostep/core'
import { faultProfileNames } from '@kilostep/testing'
import { z } from 'zod'
import { attempts, dollars, readFlags, seed, share, time, variables, whole } from '../run/options.ts'

const file = z.string().min(1, 'takes a file').optional()

const flagsSchema = z.strictObject({
  good: share.optional(),
  bad: share.optional(),
  alpha: share.optional(),
  beta: share.optional(),
  maxTrials: whole.optional(),
  minTrials: whole.optional(),
  test: z.enum(['sequential', 'always-valid'], 'takes sequential or always-valid').optional(),
  concurrency: whole.optional(),
  thrifty: z.boolean().optional(),
  name: z.string().min(1, 'is empty').max(200, 'takes at most 200 characters').optional(),
  seed: seed.optional(),
  timeout: time.optional(),
  trialTimeout: time.optional(),
  budgetUsd: dollars.optional(),
  budgetTokens: attempts.optional(),
  budgetAttempts: attempts.optional(),
  faults: z
    .enum(faultProfileNames as [string, ...string[]], `takes one of ${faultProfileNames.join(', ')}`)
    .optional(),
  allowInconclusive: z.boolean().default(false),
  compare: file,
  acrossPlans: z.boolean().default(false),
  failIfWorse: z.boolean().default(false),
  save: file,
  markdown: file,
  junit: file,
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
  allowCommands: z.boolean().default(false),
  passEnv: variables.optional(),
  export: z.string().min(1, 'takes the name of an export').optional(),
})

/** What was said on the command line of `trial`, read. */
export type TrialFlags = z.output<typeof flagsSchema>

/**
 * Reads all options of `trial` at once.
 *
 * @throws KilostepError `invalid-options` with every fault.
 */
export function readTrialFlags(given: unknown): TrialFlags {
  const flags = readFlags(flagsSchema, given)
  if (flags.compare === undefined && (flags.acrossPlans || flags.failIfWorse))
    throw new KilostepError(
      'usage',
      '--across-plans and --fail-if-worse are for --compare. Say which file to compare with.',
    )
  return flags
}

/** The options of the gate that the command line asks for; what it does not say is left out. */
export function gateOptionsOf(flags: TrialFlags): Record<string, unknown> {
  const {
    good,
    bad,
    alpha,
    beta,
    maxTrials,
    minTrials,
    test,
    concurrency,
    thrifty,
    name,
    timeout,
    trialTimeout,
  } = flags
  const { budgetUsd: usd, budgetTokens: tokens, budgetAttempts } = flags
  const said = (record: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
  const budget = said({ usd, tokens, attempts: budgetAttempts })
  return said({
    good,
    bad,
    alpha,
    beta,
    maxTrials,
    minTrials,
    test,
    concurrency,
    thrifty,
    name,
    timeoutMs: timeout,
    trialTimeoutMs: trialTimeout,
    ...(Object.keys(budget).length > 0 && { budget }),
  })
}
