import { parseOptions } from '@kilostep/core'
import { z } from 'zod'
import { askingFields, askPlanner, costOf } from './ask-planner.ts'
import type { DefinedPlan } from './define-plan.ts'
import type { Planner, PlanTaskOptions } from './planner.ts'
import { defineWorker, type Worker, type WorkerOptions } from './worker.ts'

const inputSchema = z.strictObject({
  task: z
    .string()
    .min(1)
    .describe('What is to be done, in full sentences: whoever splits it sees nothing else.'),
  given: z.unknown().optional().describe('Data for it, usually the answer of another subtask.'),
})

/** A part of a task that is split when its turn comes. */
export type SplitTask = z.output<typeof inputSchema>

export interface SplitWorkerOptions extends Pick<PlanTaskOptions, 'rounds' | 'maxSubtasks' | 'judged'> {
  /** What the plans of the parts are made by. */
  readonly planner: Planner<SplitTask>
  /** The workers that those plans may name; itself is added as long as it may go deeper. */
  readonly workers: readonly Worker[]
  /** Default `split`. */
  readonly name?: string
  /** How deep parts may be split again, 1 to 100. Default 3. The run's `maxDepth` holds as well. */
  readonly maxDepth?: number
  readonly policy?: WorkerOptions<SplitTask, unknown>['policy']
}

const optionsSchema = z.strictObject({ ...askingFields, maxDepth: z.int().min(1).max(100).optional() })

/**
 * A worker for what nobody can split yet: a plan names it for a part of the task, and when all that the part needs is
 * there, the planner is asked and what it plans is done in its stead. At the depth limit the planner is no longer offered
 * it.
 *
 * @throws KilostepError `invalid-options`, `invalid-worker`.
 */
export function splitWorker(options: SplitWorkerOptions): Worker<SplitTask, unknown> {
  parseOptions(optionsSchema, options, 'splitWorker')
  const { planner, workers, name = 'split', maxDepth = 3, policy, rounds, maxSubtasks, judged } = options
  const self: Worker<SplitTask, unknown> = defineWorker<SplitTask, unknown>({
    name,
    description:
      'Splits a part of the task further when its turn comes. For a part whose subtasks depend on answers that are not there yet.',
    input: inputSchema,
    effects: 'none',
    ...(policy === undefined ? undefined : { policy }),
    ...costOf(planner, rounds),
    run: (part, { depth, signal, spend }): Promise<DefinedPlan> =>
      askPlanner(part, planner, {
        workers: depth + 1 < maxDepth ? [...workers, self] : workers,
        ...(rounds === undefined ? undefined : { rounds }),
        ...(maxSubtasks === undefined ? undefined : { maxSubtasks }),
        ...(judged === undefined ? undefined : { judged }),
        signal,
        spend,
      }),
  })
  return self
}
