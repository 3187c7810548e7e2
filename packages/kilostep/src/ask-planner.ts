import { KilostepError, type Spend } from '@kilostep/core'
import { z } from 'zod'
import type { DefinedPlan } from './define-plan.ts'
import { AttemptError } from './failure.ts'
import { defaultRounds, type Planner, type PlanTaskOptions, planTask } from './planner.ts'
import type { Worker } from './worker.ts'

/** What every worker that asks a planner may be told; its name and policy are for `defineWorker` to check. */
export const askingFields = {
  planner: z.custom(
    (value) => typeof value === 'function',
    'must be a function, as modelPlanner of @kilostep/ai gives one',
  ),
  workers: z.array(
    z.custom((value) => (value as Worker | null)?.kind === 'worker', 'must be made by defineWorker'),
  ),
  name: z.unknown().optional(),
  policy: z.unknown().optional(),
  rounds: z.int().min(1).max(100).optional(),
  maxSubtasks: z.int().min(1).optional(),
  judged: z.boolean().optional(),
}

/** {@link planTask} from within an attempt: what goes wrong is that attempt's failure, of the kind that it is. */
export async function askPlanner<Task>(
  task: Task,
  planner: Planner<Task>,
  options: PlanTaskOptions,
): Promise<DefinedPlan> {
  try {
    return await planTask(task, planner, options)
  } catch (error) {
    if (!(error instanceof KilostepError) || error.code !== 'no-plan') throw error
    // What could not be reached is the planner's own to tell; what it said is no plan, so another attempt asks anew.
    throw error.cause ?? new AttemptError(error.message, { kind: 'flagged', code: 'no-plan' })
  }
}

/** What one attempt of a worker that asks a planner can cost at most. */
export function costOf<Task>(
  { cost, unbounded }: Planner<Task>,
  rounds = defaultRounds,
): { readonly cost?: Spend; readonly unbounded?: readonly (keyof Spend)[] } {
  return {
    ...(cost === undefined ? undefined : { cost: { usd: cost.usd * rounds, tokens: cost.tokens * rounds } }),
    ...(unbounded === undefined ? undefined : { unbounded }),
  }
}
