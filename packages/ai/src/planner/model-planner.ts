import { type Fault, KilostepError, parseOptions, readReply, repairPlan } from '@kilostep/core'
import {
  AttemptError,
  choosePlan,
  DefinedPlan,
  knownWorkers,
  type Planner,
  type PlannerContext,
  type PredictPlanOptions,
  type Worker,
} from 'kilostep'
import { z } from 'zod'
import { askForText } from '../model/ask.ts'
import { defineModel, Model } from '../model/model.ts'
import type { ModelOptions } from '../model/options.ts'
import { fillGiven, givenId } from './given.ts'
import { planForm } from './plan-form.ts'
import { type PlannerTask, type ReadTask, readTask } from './planner-task.ts'
import { plannerInstructions, plannerPrompt } from './prompt.ts'
import { withRetries } from './with-retries.ts'

export interface ModelPlannerOptions {
  /** A model of `defineModel`, which may be shared with others, or one by its name. */
  readonly model: Model | ModelOptions['model']
  /** What it is to heed beyond the form of a plan: what good subtasks are here. */
  readonly instructions?: string
  /** How many plans are asked for in each round; the best is taken, see {@link choosePlan}. 1 to 20, default 1. */
  readonly samples?: number
  /** What is known of workers when plans are compared. */
  readonly predict?: Omit<PredictPlanOptions, 'workers'>
  /** How often the model is called in vain before the planner gives up, 1 to 20. Default 3. */
  readonly attempts?: number
  /** How much chance there is in a plan, 0 to 2. Default: 0 for the first, 0.7 for further samples and rounds. */
  readonly temperature?: number
}

const planTokens = 16_000
/** A plan carries its task along, so that who plans anew knows it. */
const longestDescription = 10_000

const optionsSchema = z.strictObject({
  instructions: z.string().max(100_000).optional(),
  samples: z.int().min(1).max(20).optional(),
  predict: z.unknown().optional(),
  attempts: z.int().min(1).max(20).optional(),
  temperature: z.number().min(0).max(2).optional(),
})

/**
 * A planner on a language model, for `planTask`, `splitWorker` and `replanWorker`. What it replies is checked as any plan:
 * it may bring neither workers nor policies, and what is wrong goes back to it as one complete list.
 *
 * @throws KilostepError `invalid-options` with every fault.
 */
export function modelPlanner(options: ModelPlannerOptions): Planner<PlannerTask> {
  const { model: given, ...rest } = options
  parseOptions(optionsSchema, rest, 'modelPlanner')
  const { samples = 1, attempts = 3, instructions, predict, temperature } = rest
  const model = given instanceof Model ? given : defineModel(given, { maxOutputTokens: planTokens })
  const plan: Planner<PlannerTask> = async (about, context) => {
    const task = readTask(about)
    const prompt = plannerPrompt(task, context, context.notes.get('reply') as string | undefined)
    const asked = Array.from({ length: samples }, (_, sample) =>
      withRetries(attempts, context.signal, () =>
        askForText({
          model,
          account: {
            signal: context.signal ?? never,
            spend: (cost) => context.spend(cost),
            label: `plan#${context.round}.${sample}`,
          },
          instructions: plannerInstructions(context, instructions),
          prompt,
          schema: planForm,
          loose: true,
          temperature: temperature ?? (sample === 0 && context.round === 1 ? 0 : 0.7),
        }),
      ).then(
        (reply) => readSample(reply, task, context),
        (error) => unread(error),
      ),
    )
    const settled = await Promise.allSettled(asked)
    const read = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    const plans = read.flatMap(({ plan }) => (plan === undefined ? [] : [plan]))
    if (plans.length > 0) return bestOf(plans, context.existing, predict)
    // Faults go back to the model; what could not be reached is another matter.
    const lost = settled.find((one) => one.status === 'rejected')
    if (lost !== undefined) throw lost.reason
    const [least] = [...read].sort((a, b) => a.faults.length - b.faults.length)
    context.notes.set('reply', least?.reply)
    throw new KilostepError('invalid-plan', 'The model gave no plan that can be used:', least?.faults ?? [])
  }
  return Object.assign(plan, { cost: model.worst(samples * attempts), unbounded: model.unbounded })
}

/** For a comparison, what is there already stands in as subtasks that cannot fail. */
const there = 'already in the plan'

function bestOf(
  plans: readonly DefinedPlan[],
  existing: readonly string[],
  predict: ModelPlannerOptions['predict'],
): DefinedPlan {
  const [only, ...more] = plans
  if (only !== undefined && more.length === 0) return only
  const stubs = existing.map((id) => ({ id, worker: there }))
  const whole = plans.map(({ data, workers }) => {
    return new DefinedPlan({ ...data, subtasks: [...stubs, ...data.subtasks] }, workers)
  })
  const rates = { ...predict?.rates, ...(stubs.length === 0 ? undefined : { [there]: 1 - 1e-12 }) }
  return plans[whole.indexOf(choosePlan(whole, { ...predict, rates }).plan)] as DefinedPlan
}

const never = new AbortController().signal

interface Sample {
  readonly reply: string | undefined
  readonly plan: DefinedPlan | undefined
  readonly faults: readonly Fault[]
}

/** What was no reply: where another may be better, that is a fault of it, to be told to the model. */
function unread(error: unknown): Sample {
  if (!(error instanceof AttemptError) || error.kind !== 'flagged' || !error.retryable) throw error
  const message =
    error.code === 'cut-off'
      ? 'The reply was cut off: it is too long. Use "map" over a list instead of writing each subtask.'
      : error.message
  return { reply: undefined, plan: undefined, faults: [{ code: error.code, where: 'reply', message }] }
}

function readSample(reply: string, { task, given }: ReadTask, context: PlannerContext): Sample {
  const { value, faults } = readReply(reply)
  if (faults.length > 0) return { reply, plan: undefined, faults }
  const existing = given === undefined ? context.existing : [...context.existing, givenId]
  const repaired = repairPlan(withHead(value, task), {
    workers: knownWorkers(context.workers),
    maxSubtasks: context.maxSubtasks,
    judged: context.judged,
    existing,
  })
  if (repaired.plan === undefined) return { reply, plan: undefined, faults: repaired.faults }
  const missing: Fault[] = []
  const plan = given === undefined ? repaired.plan : fillGiven(repaired.plan, given, missing)
  if (missing.length > 0) return { reply, plan: undefined, faults: missing }
  const workers = new Map<string, Worker>(context.workers.map((worker) => [worker.name, worker]))
  return { reply, plan: new DefinedPlan(plan, workers, repaired.mended), faults: [] }
}

/** A model is not asked for what is always the same. */
function withHead(value: unknown, task: string): unknown {
  if (value === null || typeof value !== 'object') return value
  const name = task.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  const description = task.slice(0, longestDescription)
  return {
    kilostep: 1,
    description,
    name: name.length > 80 ? `${name.slice(0, 79)}…` : name || 'task',
    ...value,
  }
}
