import type { Plan } from '@kilostep/core'
import type { Worker } from 'kilostep'
import type { Io } from '../io.ts'
import { readTaskFlags } from './flags.ts'
import { taskCrew } from './plan-task.ts'
import { replanning, replanOption } from './run-task.ts'
import { loadWorkers } from './task-workers.ts'

/** Workers that a plan in a file or a journal is given on the command line, and what a run of it is told. */
export interface PlanCrew {
  /** Those that the plan may name. */
  readonly known: readonly Worker[]
  /** All that the engine is given for this plan. */
  readonly workers: (plan: Plan) => readonly Worker[]
  readonly options: ReturnType<typeof replanOption>
}

/**
 * What --model and --workers bring along for a plan that is there already; nothing where neither is said.
 *
 * @throws KilostepError with what is wrong with options or files.
 */
export async function crewOfPlan(given: Record<string, unknown>, io: Io): Promise<PlanCrew> {
  const flags = readTaskFlags(given)
  if (flags.model === undefined) {
    const known = flags.workers === undefined ? [] : await loadWorkers(flags.workers, io)
    return { known, workers: () => known, options: {} }
  }
  const { workers: known, replanner } = await taskCrew(flags.model, flags, {}, io)
  const workers = ({ name, description = name }: Plan): Worker[] =>
    replanning(known, replanner(description), flags)
  return { known, workers, options: replanOption(flags) }
}
