import {
  createRandom,
  KilostepError,
  type Plan,
  parseOptions,
  quote,
  type RunOptions,
  type RunReport,
  requirePlan,
  type Seed,
  type Spend,
} from '@kilostep/core'
import { z } from 'zod'
import type { Clock } from './clock.ts'
import { DefinedPlan } from './define-plan.ts'
import { createEngine, Engine } from './engine.ts'
import { type Sampled, samplePlan, type Unsampled } from './pilot-sample.ts'
import { PilotTally } from './pilot-tally.ts'
import type { Worker } from './worker.ts'

export interface PilotOptions {
  /** The engine whose workers are to be tried … */
  readonly engine?: Engine
  /** … or the workers themselves. Those that a `definePlan` brings along need not be given. */
  readonly workers?: readonly Worker[]
  /** How many subtasks of each kind of worker to try, 1 to 100,000. Default 20. */
  readonly subtasks?: number
  /** How many votes to ask for on each, 2 to 1,000. Default 5. */
  readonly votes?: number
  /** The most attempts to make. Default: subtasks tried × votes, and never more than that. */
  readonly attempts?: number
  /** The most that it may cost, as far as workers say what they cost. */
  readonly budget?: { readonly usd?: number; readonly tokens?: number }
  /** Draws the sample; the same seed draws the same. Default 1. */
  readonly seed?: Seed
  /** How many attempts may run at once. Default 16. */
  readonly concurrency?: number
  readonly clock?: Clock
  /** Ends the pilot early; what was seen until then is kept. */
  readonly signal?: AbortSignal
}

/** What a pilot has shown. */
export interface PilotResult {
  /** For `predict` and for `start`, which starts warm with it. */
  readonly record: NonNullable<RunOptions['record']>
  /** How many subtasks were tried, with how many votes asked for on each. */
  readonly subtasks: number
  readonly votes: number
  /** Attempts made, never more than was said. */
  readonly attempts: number
  readonly spent: Spend
  /** Kinds of which nothing could be tried, and why. */
  readonly unsampled: readonly Unsampled[]
  /** The report of the run that the pilot was; undefined where nothing could be tried. Dissent is a failure there. */
  readonly report: RunReport | undefined
}

const optionsSchema = z.strictObject({
  engine: z.custom<Engine>((value) => value instanceof Engine, 'an engine').optional(),
  workers: z
    .array(z.custom<Worker>((value) => (value as Worker | null)?.kind === 'worker', 'made by defineWorker'))
    .optional(),
  subtasks: z.int().min(1).max(100_000).optional(),
  votes: z.int().min(2).max(1_000).optional(),
  attempts: z.int().min(1).optional(),
  budget: z
    .strictObject({ usd: z.number().positive().optional(), tokens: z.int().min(1).optional() })
    .optional(),
  seed: z.union([z.string(), z.number()]).optional(),
  concurrency: z.int().min(1).max(1_000_000).optional(),
  clock: z.custom<Clock>().optional(),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal, 'an AbortSignal').optional(),
})

/**
 * Tries a plan's own workers on a random sample of its subtasks, several votes on each, through the real engine, and
 * says what was learned of them. The attempts are real: they cost what they cost and do what they do. Workers with
 * effects `once` and subtasks that wait for others are left alone.
 *
 * @throws KilostepError `invalid-plan` or `invalid-options` with every fault.
 */
export async function pilot(plan: unknown, options: PilotOptions = {}): Promise<PilotResult> {
  const {
    subtasks = 20,
    votes = 5,
    seed = 1,
    concurrency = 16,
    ...rest
  } = parseOptions(optionsSchema, options, 'pilot')
  const workers = new Map<string, Worker>(rest.engine?.workers)
  for (const worker of rest.workers ?? []) workers.set(worker.name, worker)
  if (plan instanceof DefinedPlan) for (const [name, worker] of plan.workers) workers.set(name, worker)
  const { plan: checked } = requirePlan(plan instanceof DefinedPlan ? plan.data : plan, { workers })
  const missing = Object.keys(checked.workers ?? {}).filter((name) => !workers.has(name))
  if (missing.length > 0) {
    throw new KilostepError(
      'unknown-worker',
      `The plan brings along ${missing.map(quote).join(', ')}, and nothing has made workers of that. Pass planWorkers(plan, …) as workers.`,
    )
  }
  const { sampled, unsampled } = samplePlan(checked, workers, subtasks, createRandom(seed))
  const most = Math.min(rest.attempts ?? Number.POSITIVE_INFINITY, sampled.length * votes)
  // One attempt each is the least that a run can start with.
  const tried = sampled.slice(0, most)
  const none = { record: {}, subtasks: 0, votes, attempts: 0, spent: { usd: 0, tokens: 0 }, unsampled }
  if (tried.length === 0) return { ...none, report: undefined }
  const tally = new PilotTally(workers)
  await using engine = createEngine({
    workers: [...workers.values()].map((worker) => tryOut(worker, votes)),
    concurrency,
    ...(rest.clock === undefined ? undefined : { clock: rest.clock }),
  })
  const run = engine.start(pilotPlan(checked, tried), {
    seed,
    budget: { attempts: most, ...rest.budget } as NonNullable<RunOptions['budget']>,
    ...(rest.signal === undefined ? undefined : { signal: rest.signal }),
  })
  run.on('event', (event) => tally.take(event))
  const { report } = await run.result
  return {
    record: tally.record(),
    subtasks: tried.length,
    votes,
    attempts: report.attempts.started,
    spent: report.spend,
    unsampled,
    report,
  }
}

/** The worker with a policy of its own: so many votes, no more and no fewer, and nobody to take over. */
function tryOut(worker: Worker, votes: number): Worker {
  const { escalate: _stronger, ...policy } = worker.policy ?? {}
  const { dispose: _shared, ...rest } = worker
  return {
    ...rest,
    policy: {
      ...policy,
      // Only unanimity is ahead by as much as there are votes, so none is saved and none is added.
      ...(worker.effects === 'once' ? undefined : { vote: { margin: votes, maxVotes: votes } }),
      retry: { ...policy.retry, wrong: votes, flagged: votes },
      onFailure: 'skip',
    },
  }
}

function pilotPlan(plan: Plan, sampled: readonly Sampled[]): Plan {
  return {
    kilostep: plan.kilostep,
    name: plan.name,
    subtasks: sampled.map(({ spec }, i) => ({ ...spec, id: `pilot-${i + 1}` })),
    output: null,
  }
}
