import { randomUUID } from 'node:crypto'
import {
  type Clock,
  createEngine,
  type DefinedPlan,
  type Plan,
  type Run,
  type StartOptions,
  type Worker,
} from 'kilostep'
import type { FaultProfile, FaultProfileName } from '../faults/profiles.ts'
import { withFaults } from '../faults/with-faults.ts'
import type { TrialContext, TrialFunction } from './trial.ts'

export interface PlanTrialOptions extends Omit<StartOptions, 'run' | 'seed' | 'signal'> {
  /** Workers that the plan names and does not bring along. */
  readonly workers?: readonly Worker[]
  /** How many attempts may run at once, over all trials. Default 16. */
  readonly concurrency?: number
  /** Faults of every worker, drawn with the trial's seed. */
  readonly faults?: FaultProfile | FaultProfileName
  /** Time. Default: the machine's. */
  readonly clock?: Clock
}

/** What a plan is tried with. Dispose of it when all trials have ended: workers may hold threads and processes. */
export interface PlanTrial extends TrialFunction<unknown>, AsyncDisposable {
  /** The faults that are switched on, for the report. */
  readonly faults: string | null
}

/**
 * Runs of a plan as trials: each with an id and a seed of its own and nothing left over from another, so that no
 * answer is one that was there before. All go through one engine, so that limits and rates of workers hold over them.
 *
 * @throws KilostepError `invalid-faults`, `invalid-options`.
 */
export function planTrial(plan: DefinedPlan<unknown> | Plan, options: PlanTrialOptions = {}): PlanTrial {
  const { workers = [], concurrency, faults, clock, ...start } = options
  const seeds = new Map<string, string>()
  const brought = 'data' in plan && 'workers' in plan ? [...(plan as DefinedPlan).workers.values()] : []
  const all = [...workers, ...brought].map((worker) =>
    faults === undefined ? worker : faulty(worker, faults, seeds),
  )
  const engine = createEngine({
    workers: all,
    ...(concurrency === undefined ? undefined : { concurrency }),
    ...(clock === undefined ? undefined : { clock }),
  })
  const data = brought.length > 0 ? (plan as DefinedPlan).data : plan
  const run = async (trial: TrialContext<unknown>): Promise<unknown> => {
    const id = randomUUID()
    seeds.set(id, trial.seed)
    try {
      const { seed, signal } = trial
      const run = engine.start(data, { ...start, run: id, seed, signal })
      const subtasks = watchSubtasks(run)
      const { status, output, report } = await run.result
      return { status, output, report, subtasks: subtasks() }
    } finally {
      seeds.delete(id)
    }
  }
  const said = typeof faults === 'object' ? JSON.stringify(faults) : (faults ?? null)
  return Object.assign(run, { faults: said, [Symbol.asyncDispose]: () => engine.close() })
}

/** A worker whose faults follow from the seed of the trial, whatever else runs beside it. */
function faulty(
  worker: Worker,
  faults: FaultProfile | FaultProfileName,
  seeds: ReadonlyMap<string, string>,
): Worker {
  const each = new Map<string, Worker>()
  // Told now, not at the first attempt, where the profile makes no sense.
  withFaults(worker, faults)
  return {
    ...worker,
    run(input, context) {
      for (const run of each.keys()) if (!seeds.has(run)) each.delete(run)
      const own = each.get(context.run) ?? withFaults(worker, faults, { seed: seeds.get(context.run) ?? 0 })
      each.set(context.run, own)
      return own.run(input, context)
    },
  }
}

export interface SubtaskCounts {
  readonly subtask: string
  readonly succeeded: number
  readonly first: number
  readonly of: number
}

/** So many names are kept; what has more is a list, and told by its worker. */
const mostNames = 500

/** How often each subtask succeeded, items of a map together, and how often with its first attempt. */
function watchSubtasks(run: Run): () => readonly SubtaskCounts[] | undefined {
  const counts = new Map<string, { subtask: string; succeeded: number; first: number; of: number }>()
  const retried = new Set<string>()
  let many = false
  const countOf = (id: string) => {
    const subtask = id.replaceAll(/\[\d+\]/g, '[]')
    let one = counts.get(subtask)
    if (one === undefined) {
      one = { subtask, succeeded: 0, first: 0, of: 0 }
      counts.set(subtask, one)
      many ||= counts.size > mostNames
    }
    return one
  }
  run.on('attempt-failed', ({ subtask }) => {
    if (!many) retried.add(subtask)
  })
  run.on('subtask-succeeded', ({ subtask }) => {
    if (many) return
    const one = countOf(subtask)
    one.of++
    one.succeeded++
    if (!retried.has(subtask)) one.first++
  })
  run.on('subtask-failed', ({ subtask }) => {
    if (!many) countOf(subtask).of++
  })
  return () => (many ? undefined : [...counts.values()])
}
