import { type Fault, KilostepError, type Plan, quote, repairPlan, type Spend } from '@kilostep/core'
import { DefinedPlan, isDefinedPlan } from './define-plan.ts'
import { failureOf } from './failure.ts'
import { knownWorkers } from './known-workers.ts'
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
  /** The most subtasks and checks that the plan may have; undefined where nobody has said. */
  readonly maxSubtasks: number | undefined
  /** Whether something must judge each answer: a verifier, a check or a vote. */
  readonly judged: boolean
  /** Ids of subtasks that are there already: the plan may refer to them, and not use them anew. */
  readonly existing: readonly string[]
  /** The planner's own notes; the same object in every round. */
  readonly notes: Map<string, unknown>
  /** Says what asking has cost so far, beyond what was said before. */
  spend(cost: Partial<Spend>): void
}

/** Splits a task into subtasks: code that knows the shape, or a model that finds it. */
export interface Planner<Task = string> {
  (task: Task, context: PlannerContext): Plan | DefinedPlan | Promise<Plan | DefinedPlan> | unknown
  /** The most that one round can cost. Absent: nothing. */
  readonly cost?: Spend
  /** What of its cost nobody can bound: a run with a budget in that unit refuses a worker that asks it. */
  readonly unbounded?: readonly (keyof Spend)[]
}

/** How often a planner is asked at most, where nothing else is said. */
export const defaultRounds = 3

/** How one round of {@link planTask} went. */
export interface PlanRound {
  readonly round: number
  /** What had one safe reading and was mended. */
  readonly mended: readonly Fault[]
  /** Everything else; empty where the plan was taken. */
  readonly faults: readonly Fault[]
}

export interface PlanTaskOptions {
  /** The workers that the plan may name, beyond those of a `definePlan`. */
  readonly workers?: readonly Worker[]
  /** How often the planner is asked at most, 1 to 100. Default 3. */
  readonly rounds?: number
  /** The most subtasks and checks that the plan may have. Default 2,000,000. */
  readonly maxSubtasks?: number
  /** Whether something must judge each answer: its worker's verifier, a check or a vote. Default false. */
  readonly judged?: boolean
  /** Ids of subtasks that are there already: the plan may refer to them, and not use them anew. Default: none. */
  readonly existing?: readonly string[]
  /** Is told of each round as it ends. */
  readonly onRound?: (round: PlanRound) => void
  /** Is told what the planner says that asking it has cost. */
  readonly spend?: (cost: Partial<Spend>) => void
  readonly signal?: AbortSignal
}

/**
 * Has a planner split a task. Nothing that it says is taken on trust: the plan is checked as one from a file is, what has
 * one safe reading is mended and noted (`mended` of the plan), and otherwise it goes back with all of its faults, for a
 * limited number of rounds.
 *
 * @returns a plan without faults, to be handed to `engine.start`.
 * @throws KilostepError `no-plan` with the faults of the last round, or with what the planner threw.
 */
export async function planTask<Task>(
  task: Task,
  planner: Planner<Task>,
  options: PlanTaskOptions = {},
): Promise<DefinedPlan> {
  const { workers = [], rounds = defaultRounds, maxSubtasks, judged = false, existing = [], signal } = options
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= 100)) {
    throw new KilostepError(
      'invalid-options',
      `"rounds" is ${String(rounds)}; give a whole number from 1 to 100.`,
    )
  }
  const notes = new Map<string, unknown>()
  const spend = options.spend ?? ((): void => undefined)
  let faults: readonly Fault[] = []
  for (let round = 1; round <= rounds; round++) {
    signal?.throwIfAborted()
    const answer = await ask(planner, task, {
      workers,
      round,
      faults,
      signal,
      maxSubtasks,
      judged,
      existing,
      notes,
      spend,
    })
    const read =
      answer instanceof KilostepError
        ? { faults: answer.faults, mended: [], plan: undefined }
        : check(answer, options)
    faults = read.faults
    options.onRound?.({ round, mended: read.mended, faults })
    if (read.plan !== undefined) return read.plan
  }
  const often = rounds === 1 ? 'once' : `${rounds} times`
  throw new KilostepError(
    'no-plan',
    `The planner was asked ${often} and gave no plan that can be used:`,
    faults,
  )
}

function check(
  answer: unknown,
  { workers = [], maxSubtasks, judged, existing }: PlanTaskOptions,
): { faults: readonly Fault[]; mended: readonly Fault[]; plan?: DefinedPlan } {
  const known = new Map(workers.map((worker) => [worker.name, worker]))
  const defined = isDefinedPlan(answer) ? answer : undefined
  for (const [name, worker] of defined?.workers ?? []) known.set(name, worker)
  const repaired = repairPlan(defined === undefined ? answer : defined.data, {
    workers: knownWorkers(known.values()),
    maxSubtasks,
    judged,
    existing,
    own: true,
  })
  const mended = [...(defined?.mended ?? []), ...repaired.mended]
  if (repaired.plan === undefined) return { faults: repaired.faults, mended }
  return { faults: [], mended, plan: new DefinedPlan(repaired.plan, known, mended) }
}

async function ask<Task>(planner: Planner<Task>, task: Task, context: PlannerContext): Promise<unknown> {
  try {
    return await planner(task, context)
  } catch (error) {
    context.signal?.throwIfAborted()
    if (error instanceof KilostepError) {
      // What is wrong with a plan that it built is the planner's to mend, like the faults of one that it returned.
      if (error.faults.length > 0) return error
      throw error
    }
    const message = `The planner threw: ${quote(failureOf(error).message)}. Nothing was run.`
    throw Object.assign(new KilostepError('no-plan', message), { cause: error })
  }
}
