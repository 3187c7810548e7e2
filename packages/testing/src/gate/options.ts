import {
  checkGateDesign,
  type GateDesignOptions,
  type GateReport,
  gateDesignShape,
  parseOptions,
} from '@kilostep/core'
import type { Clock, DefinedPlan } from 'kilostep'
import { z } from 'zod'
import type { FaultProfile, FaultProfileName } from '../faults/profiles.ts'
import type { TrialCheck, Tried } from './trial.ts'

/** How far a gate is. */
export interface GateProgress {
  readonly started: number
  readonly inFlight: number
  readonly passed: number
  readonly failed: number
  readonly repeated: number
  readonly maxTrials: number
  readonly verdict: GateReport['verdict'] | undefined
  readonly elapsedMs: number
}

export interface TrialsOptions<Input = undefined> extends GateDesignOptions {
  /** What is tried: a function or a plan. */
  readonly run: Tried<Input>
  /** Judges what `run` returns. Default: what it returns says whether it passed. */
  readonly check?: TrialCheck<Input>
  /** What to try it with: each is taken as often as any other, in an order drawn with the seed. */
  readonly inputs?: readonly Input[]
  /** What it is called. Default `gate`. */
  readonly name?: string
  /** Repeats the draws of an earlier gate. Default: drawn at random, and reported. */
  readonly seed?: string | number
  /** How many trials run side by side, 1 to 10,000, default 8. */
  readonly concurrency?: number
  /**
   * Starts no trial that the verdict may turn out not to need: cheaper, and slower towards the end. Default false:
   * up to `concurrency` − 1 trials are started in vain.
   */
  readonly thrifty?: boolean
  /** Goes on to so many trials though the verdict is known, for a comparison with another release. Default 0. */
  readonly minTrials?: number
  /** What all trials together may cost; kept by what the dearest one so far has cost. */
  readonly budget?: { readonly usd?: number; readonly tokens?: number; readonly attempts?: number }
  /** A trial that takes longer has failed; in ms, default 600,000. */
  readonly trialTimeoutMs?: number
  /** When to stop without a verdict, in ms. Default: never. */
  readonly timeoutMs?: number
  /** Faults of every worker of a plan, by the name of a profile or as one: the rate is to hold in spite of them. */
  readonly faults?: FaultProfile | FaultProfileName
  /** Stops it, without a verdict. */
  readonly signal?: AbortSignal
  /** Is told how far it is, after each trial. */
  readonly onProgress?: (progress: GateProgress) => void
  /** Time. Default: the machine's. */
  readonly clock?: Clock
}

const amount = z.number().positive()
const ms = z.int().min(1).max(2_147_483_647)
const callable = (what: string) =>
  z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', `must be ${what}`)

/** The fields that the gate takes beside those of its design. */
const schema = z
  .strictObject({
    ...gateDesignShape,
    run: z.custom<Tried<unknown>>(isTried, 'must be a function or what definePlan gives'),
    check: callable('a function that judges an answer').optional(),
    inputs: z.array(z.unknown()).min(1).max(100_000).optional(),
    name: z.string().min(1).max(200).default('gate'),
    seed: z.union([z.string().min(1).max(150), z.number()]).optional(),
    concurrency: z.int().min(1).max(10_000).default(8),
    thrifty: z.boolean().default(false),
    minTrials: z.int().min(0).default(0),
    budget: z.strictObject({ usd: amount, tokens: amount, attempts: amount }).partial().default({}),
    trialTimeoutMs: ms.default(600_000),
    timeoutMs: ms.optional(),
    faults: z
      .custom<FaultProfile | FaultProfileName>(
        (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
        'must be a fault profile or the name of one',
      )
      .optional(),
    signal: z
      .custom<AbortSignal>((value) => value instanceof AbortSignal, 'must be an AbortSignal')
      .optional(),
    onProgress: callable('a function').optional(),
    clock: z
      .custom<Clock>(
        (value) => typeof (value as Clock | null)?.now === 'function',
        'must be a clock, like systemClock()',
      )
      .optional(),
  })
  .superRefine((options, context) => {
    checkGateDesign(options, context)
    const { run, faults, minTrials, maxTrials } = options
    const fault = (field: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [field], message })
    }
    if (faults !== undefined && !isPlan(run))
      fault('faults', 'can be switched on for what definePlan gives; inside a function use withFaults')
    if (maxTrials !== undefined && minTrials > maxTrials)
      fault('minTrials', `is ${minTrials}, more than "maxTrials", which is ${maxTrials}`)
  })

function isTried(value: unknown): boolean {
  return typeof value === 'function' || isPlan(value)
}

/** Not `instanceof`: the plan may have been made by another copy of Kilostep. */
export function isPlan(value: unknown): value is DefinedPlan<unknown> {
  const { data, workers } = (value ?? {}) as { readonly data?: unknown; readonly workers?: unknown }
  return typeof data === 'object' && data !== null && workers instanceof Map
}

/** Throws KilostepError `invalid-options` with every fault. */
export function readTrialsOptions(options: unknown, of: string): z.output<typeof schema> {
  return parseOptions(schema, options, of)
}
