import { checkPlan, type Fault, KilostepError, type Plan, quote } from '@kilostep/core'
import { DefinedPlan } from './define-plan.ts'
import { failureOf } from './failure.ts'
import type { Worker } from './worker.ts'

/** What a planner knows when it is asked. */
export interface PlannerContext {
  /** The workers that the plan may name, with what they say of themselves. */
  readonly workers: readonly Worker[]
  /** 1 the first time. */
  readonly round: number
  /** Everything that was wrong with the plan of the round before; empty in the first. */
  readonly faults: readonly Fault[]
  readonly signal: AbortSignal | undefined
}

/** Splits a task into subtasks: code that knows the shape, or a model that finds it. */
export type Planner<Task = string> = (
  task: Task,
  context: PlannerContext,
) => Plan | DefinedPlan | Promise<Plan | DefinedPlan> | unknown

export interface PlanTaskOptions {
  /** The workers that the plan may name, beyond those of a `definePlan`. */
  readonly workers?: readonly Worker[]
  /** How often the planner is asked at most, 1 to 100. Default 3. */
  readonly rounds?: number
  /** The most subtasks and checks that the plan may have. Default 2,000,000. */
  readonly maxSubtasks?: number
  readonly signal?: AbortSignal
}

/**
 * Has a planner split a task. Nothing that it says is taken on trust: the plan is checked as one from a file is, and
 * goes back with all of its faults, for a limited number of rounds.
 *
 * @returns a plan without faults, to be handed to `engine.start`.
 * @throws KilostepError `no-plan` with the faults of the last round, or with what the planner threw.
 */
export async function planTask<Task>(
  task: Task,
  planner: Planner<Task>,
  options: PlanTaskOptions = {},
): Promise<DefinedPlan> {
  const { workers = [], rounds = 3, maxSubtasks, signal } = options
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= 100)) {
    throw new KilostepError(
      'invalid-options',
      `"rounds" is ${String(rounds)}; give a whole number from 1 to 100.`,
    )
  }
  let faults: readonly Fault[] = []
  for (let round = 1; round <= rounds; round++) {
    signal?.throwIfAborted()
    const answer = await ask(planner, task, { workers, round, faults, signal })
    if (answer instanceof KilostepError) {
      faults = answer.faults
      continue
    }
    const known = new Map(workers.map((worker) => [worker.name, worker]))
    if (answer instanceof DefinedPlan) for (const [name, worker] of answer.workers) known.set(name, worker)
    const data = answer instanceof DefinedPlan ? answer.data : answer
    const checked = checkPlan(data, { workers: known, maxSubtasks })
    if (checked.plan !== undefined) return new DefinedPlan(checked.plan, known)
    faults = checked.faults
  }
  const often = rounds === 1 ? 'once' : `${rounds} times`
  throw new KilostepError(
    'no-plan',
    `The planner was asked ${often} and gave no plan that can be used:`,
    faults,
  )
}

async function ask<Task>(planner: Planner<Task>, task: Task, context: PlannerContext): Promise<unknown> {
  try {
    return await planner(task, context)
  } catch (error) {
    // What is wrong with a plan that it built is the planner's to mend, like the faults of one that it returned.
    if (error instanceof KilostepError && error.faults.length > 0) return error
    throw new KilostepError(
      'no-plan',
      `The planner threw: ${quote(failureOf(error).message)}. Nothing was run.`,
    )
  }
}
