import { parseOptions, type ReplanInput } from '@kilostep/core'
import { z } from 'zod'
import { askingFields, askPlanner, costOf } from './ask-planner.ts'
import type { DefinedPlan } from './define-plan.ts'
import type { Planner, PlanTaskOptions } from './planner.ts'
import { defineWorker, type Worker, type WorkerOptions } from './worker.ts'

/** What a planner is asked when a part of a plan has failed for good: the task, what failed and why, and what there is. */
export interface ReplanTask {
  /** The whole task, as it was given to the planner first. */
  readonly task: string
  readonly replan: ReplanInput
}

export interface ReplanWorkerOptions extends Pick<PlanTaskOptions, 'rounds' | 'maxSubtasks' | 'judged'> {
  /** Who plans anew. Its plan may refer to what is done and to what stays. */
  readonly planner: Planner<ReplanTask>
  /** The whole task. */
  readonly task: string
  /** The workers that the new subtasks may name; the run must know them. */
  readonly workers: readonly Worker[]
  /** Default `replan`. */
  readonly name?: string
  readonly policy?: WorkerOptions<ReplanInput, unknown>['policy']
}

const optionsSchema = z.strictObject({ ...askingFields, task: z.string().min(1) })

/**
 * The worker that `replan` of a run asks when a subtask has failed for good.
 *
 * @example engine.start(plan, { replan: { worker: 'replan', limit: 3 } })
 * @throws KilostepError `invalid-options`, `invalid-worker`.
 */
export function replanWorker(options: ReplanWorkerOptions): Worker<ReplanInput, unknown> {
  parseOptions(optionsSchema, options, 'replanWorker')
  const { planner, task, workers, name = 'replan', policy, rounds, maxSubtasks, judged } = options
  return defineWorker<ReplanInput, unknown>({
    name,
    description: 'Puts another way in the place of what failed.',
    effects: 'none',
    ...(policy === undefined ? undefined : { policy }),
    ...costOf(planner, rounds),
    run: (replan, { signal, spend }): Promise<DefinedPlan> =>
      askPlanner({ task, replan }, planner, {
        workers,
        existing: [...replan.done, ...replan.open].map(({ id }) => id),
        ...(rounds === undefined ? undefined : { rounds }),
        ...(maxSubtasks === undefined ? undefined : { maxSubtasks }),
        ...(judged === undefined ? undefined : { judged }),
        signal,
        spend,
      }),
  })
}
