import { KilostepError, type Spend } from '@kilostep/core'
import type { DefinedPlan } from './define-plan.ts'
import { AttemptError } from './failure.ts'
import { defaultRounds, type Planner, type PlanTaskOptions, planTask } from './planner.ts'

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
