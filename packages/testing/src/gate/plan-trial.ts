import { randomUUID } from 'node:crypto'
import { createEngine, DefinedPlan, type Engine, type Run, type StartOptions, type Worker } from 'kilostep'
import type { FaultProfile, FaultProfileName } from '../faults/profiles.ts'
import { withFaults } from '../faults/with-faults.ts'
import type { TrialContext, TrialFunction } from './trial.ts'

export interface PlanTrialOptions extends Omit<StartOptions, 'run' | 'seed' | 'signal'> {
  /** Who executes it, for all trials, so that the limits and rates of workers hold over them. Default: a new one. */
  readonly engine?: Engine
  /** Faults of every worker, drawn with the trial's seed. Only for what `definePlan` gives. */
  readonly faults?: FaultProfile | FaultProfileName
}

/**
 * Runs of a plan as trials: each with an id and a seed of its own and nothing left over from another, so that no
 * answer is one that was there before.
 */
export function planTrial(
  plan: DefinedPlan<unknown> | object,
  options: PlanTrialOptions = {},
): TrialFunction<unknown> {
  const { engine = createEngine(), faults, ...start } = options
  const seeds = new Map<string, string>()
  const tried = faults === undefined ? plan : faulty(plan as DefinedPlan, faults, seeds)
  return async (trial: TrialContext<unknown>) => {
    const id = randomUUID()
    seeds.set(id, trial.seed)
    try {
      const { seed, signal } = trial
      const run = engine.start(tried as DefinedPlan, { ...start, run: id, seed, signal })
      const subtasks = watchSubtasks(run)
      const { status, output, report } = await run.result
      return { status, output, report, subtasks: subtasks() }
    } finally {
      seeds.delete(id)
    }
  }
}

/** The plan with workers whose faults follow from the seed of the trial, whatever else runs beside it. */
function faulty(
  plan: DefinedPlan,
  faults: FaultProfile | FaultProfileName,
  seeds: ReadonlyMap<string, string>,
): DefinedPlan {
  const wrapped = (worker: Worker): Worker => {
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
  const workers = new Map([...plan.workers].map(([name, worker]) => [name, wrapped(worker)]))
  return new DefinedPlan(plan.data, workers)
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
