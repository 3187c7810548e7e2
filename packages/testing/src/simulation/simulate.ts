import { createHash } from 'node:crypto'
import { parseOptions } from '@kilostep/core'
import type { DefinedPlan, Plan, RunOptions, Worker } from 'kilostep'
import { z } from 'zod'
import type { Between } from './between.ts'
import { allFaults, noFaults, type SimulationFaults } from './faults.ts'
import { type Scenario, type SeedResult, SimulatedRun } from './simulated-run.ts'

export interface SimulateOptions {
  /** What is to be run; a function makes it anew for each seed, where workers remember what they did. */
  readonly plan: DefinedPlan<unknown> | Plan | ((seed: number | string) => DefinedPlan<unknown> | Plan)
  /** Workers that the plan names and does not bring along. */
  readonly workers?: readonly Worker[]
  /** How many seeds to try, 0 and up, or which. Default 100. */
  readonly seeds?: number | readonly (number | string)[]
  /** What may go wrong: laid over the defaults, which have everything. `none`: nothing does. */
  readonly faults?: SimulationFaults | 'none'
  /** Options of each run: budget, time limit, policy. Its seed is the simulation's where none is given. */
  readonly options?: RunOptions
  /** How many attempts an engine may have in flight, 1 to 1,000. Default 4. */
  readonly concurrency?: number
  /** Something of your own between the engine and the simulated world, to see whether it is found out. */
  readonly between?: Between
  /** Play each seed twice and compare: for workers that do the same every time. Default false. */
  readonly twice?: boolean
  /** Keep what happened, line by line, for each seed. Default: only of those that broke something. */
  readonly trace?: boolean
  /** Stop after so many seeds that broke something. Default 1. */
  readonly most?: number
}

/** What a simulation has found. */
export interface SimulationResult {
  /** How many seeds were played. */
  readonly seeds: number
  /** Those in which an invariant did not hold, with what happened; empty where all is well. */
  readonly broken: readonly SeedResult[]
  readonly hosts: number
  readonly attempts: number
  /** How the runs ended. */
  readonly statuses: { readonly succeeded: number; readonly failed: number; readonly cancelled: number }
  /** One digest of all that happened. */
  readonly trace: string
}

const share = z.number().min(0).max(1).optional()
const times = z.int().min(0).max(100).optional()
const faultsSchema = z.strictObject({
  crashes: times,
  zombies: times,
  intruders: times,
  interventions: times,
  clockSkewMs: z.number().min(0).max(86_400_000).optional(),
  failedWrites: share,
  slowWrites: share,
  unreachable: share,
  answerLost: share,
  rateLimited: share,
  slow: share,
  hung: share,
  deaf: share,
  wrong: share,
  garbled: share,
  repeated: share,
})
const optionsSchema = z.strictObject({
  plan: z.custom<SimulateOptions['plan']>(
    (plan) => (typeof plan === 'object' && plan !== null) || typeof plan === 'function',
    'must be a plan, or a function that makes one',
  ),
  workers: z
    .array(
      z.custom<Worker>(
        (worker) => (worker as Worker | null)?.kind === 'worker',
        'must be made by defineWorker',
      ),
    )
    .default([]),
  seeds: z
    .union([z.int().min(1).max(100_000_000), z.array(z.union([z.number(), z.string()])).min(1)])
    .default(100),
  faults: z.union([z.literal('none'), faultsSchema]).default({}),
  options: z
    .custom<RunOptions>((options) => typeof options === 'object', 'must be options of a run')
    .default({}),
  concurrency: z.int().min(1).max(1_000).default(4),
  between: z
    .custom<Between>((between) => typeof between === 'object', 'must be an object of functions')
    .optional(),
  twice: z.boolean().default(false),
  trace: z.boolean().default(false),
  most: z.int().min(1).default(1),
})

/**
 * Runs a plan again and again on the real engine, in a world that is simulated: time, disk, hosts and the way to the
 * workers. Each seed has its own faults, and everything that must hold in every run is watched from outside.
 *
 * Nothing is slow: a virtual clock goes on by itself. Workers are called for real, in this process; one that takes
 * its own time is waited for, at most a second.
 *
 * @throws KilostepError `invalid-options`, and what `engine.start` throws where the plan cannot be run at all.
 * @example expect((await simulate({ plan, seeds: 200 })).broken).toEqual([])
 */
export async function simulate(options: SimulateOptions): Promise<SimulationResult> {
  const given = parseOptions(optionsSchema, options, 'simulate')
  const { plan, workers, seeds, concurrency, between, twice, trace, most } = given
  const faults: Required<SimulationFaults> =
    given.faults === 'none'
      ? noFaults
      : ({ ...allFaults, ...withoutUndefined(given.faults) } as Required<SimulationFaults>)
  const scenario = (seed: number | string): Scenario => ({
    plan: typeof plan === 'function' ? plan(seed) : plan,
    workers,
    options: { seed, ...given.options },
    concurrency,
    faults,
    between,
  })
  const list = typeof seeds === 'number' ? Array.from({ length: seeds }, (_, i) => i) : seeds
  return simulateEach(list, scenario, { twice, trace, most })
}

/** Plays each seed in a scenario of its own. */
export async function simulateEach(
  seeds: Iterable<number | string>,
  scenario: (seed: number | string) => Scenario,
  { twice = false, trace = false, most = 1 }: Pick<SimulateOptions, 'twice' | 'trace' | 'most'> = {},
): Promise<SimulationResult> {
  const broken: SeedResult[] = []
  const statuses = { succeeded: 0, failed: 0, cancelled: 0 }
  let [played, hosts, attempts] = [0, 0, 0]
  const digest = createHash('sha256')
  for (const seed of seeds) {
    const result = await playSeed(seed, scenario, { twice, trace })
    played++
    hosts += result.hosts
    attempts += result.attempts
    digest.update(result.trace)
    if (result.status !== undefined) statuses[result.status]++
    if (result.breach === undefined) continue
    broken.push(result)
    if (broken.length >= most) break
  }
  return { seeds: played, broken, hosts, attempts, statuses, trace: digest.digest('hex').slice(0, 16) }
}

/** One seed; with `twice`, a second time to see that it goes the same way. */
export async function playSeed(
  seed: number | string,
  scenario: (seed: number | string) => Scenario,
  { twice = false, trace = false }: { readonly twice?: boolean; readonly trace?: boolean } = {},
): Promise<SeedResult> {
  const result = await new SimulatedRun(seed, scenario(seed), trace).play()
  const again = twice || (result.breach !== undefined && !trace)
  if (!again) return result
  const second = await new SimulatedRun(seed, scenario(seed), true).play()
  if (second.trace === result.trace)
    return { ...result, lines: result.breach === undefined ? [] : second.lines }
  const breach = {
    invariant: 13,
    message: `Seed ${seed} went another way when it was played again.`,
  } as const
  return { ...second, breach: result.breach ?? breach }
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<T>
}
