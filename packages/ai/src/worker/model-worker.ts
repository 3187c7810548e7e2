import { createHash } from 'node:crypto'
import { parseOptions, quote } from '@kilostep/core'
import type { ToolSet } from 'ai'
import { type AttemptContext, defineWorker, type Spend, type Worker, type WorkerOptions } from 'kilostep'
import { z } from 'zod'
import { ask } from '../model/ask.ts'
import { defineModel, Model } from '../model/model.ts'
import type { ModelOptions } from '../model/options.ts'
import { accountOf } from './account-of.ts'
import { Batches, type BatchOptions } from './batch.ts'
import { dataPrompt, dataRule } from './data-prompt.ts'

export interface ModelWorkerOptions<Input, Output, Answer = Output>
  extends Omit<WorkerOptions<Input, Output, Answer>, 'run' | 'cost' | 'unbounded'> {
  /** A model of `defineModel`, which may be shared with others, or one by its name. */
  readonly model: Model | ModelOptions['model']
  /** What it is to do with its input. */
  readonly instructions: string
  /** What it may call. Default: nothing. Nothing that it reads can give it more. */
  readonly tools?: ToolSet
  /** How often the model may be called in one attempt, with tools in between, 1 to 100. Default 1, or 8 with tools. */
  readonly maxSteps?: number
  /**
   * How much chance there is in an answer, 0 to 2. Default: what the policy's vote says, or 0 for the first sample of a
   * subtask and 0.7 for further ones, because an answer that was rejected or is voted on must not be the same again only
   * for lack of chance.
   */
  readonly temperature?: number
  /** The longest answer, in tokens. Default: the model's. */
  readonly maxOutputTokens?: number
  /** Tells the model why its answer before was not taken. Default false: each attempt starts afresh. */
  readonly tellReason?: boolean
  /**
   * Lets small subtasks share a call: inputs that come at about the same time go into one, which each pays a share of.
   * Answers of one call can be wrong together, so vote on more, or check. Default: a call each.
   */
  readonly batch?: BatchOptions
}

const optionsSchema = z
  .object({
    instructions: z.string().min(1),
    maxSteps: z.int().min(1).max(100).optional(),
    temperature: z.number().min(0).max(2).optional(),
    maxOutputTokens: z.int().min(1).optional(),
    tellReason: z.boolean().optional(),
    tools: z
      .custom((value) => value !== null && typeof value === 'object', 'must be tools of the AI SDK')
      .optional(),
    batch: z
      .strictObject({ size: z.int().min(2).max(1_000), waitMs: z.int().min(0).max(60_000).optional() })
      .optional(),
  })
  .refine(
    ({ batch, tools, tellReason }) => batch === undefined || (tools === undefined && tellReason !== true),
    {
      message:
        'must have "batch" or "tools" and "tellReason", not both: a call for several has no steps and no past',
    },
  )

/** A check that itself costs something. */
interface Costly {
  readonly cost?: Spend
  readonly unbounded?: readonly (keyof Spend)[]
}

/**
 * A worker on a language model: instructions, an input as data, an answer of the form of `output` (text, where there is
 * none). Each attempt starts afresh. What is cut off, refused, empty or of another form is flagged and asked for again.
 *
 * @throws KilostepError `invalid-worker` or `invalid-options` with everything that is wrong with the options.
 */
export function modelWorker<Input = unknown, Answer = string, Output = Answer>(
  options: ModelWorkerOptions<Input, Output, Answer>,
): Worker<Input, Output> {
  const {
    model: given,
    instructions,
    tools,
    maxSteps,
    temperature,
    maxOutputTokens,
    tellReason = false,
    batch,
    ...worker
  } = options
  const own = { instructions, tools, maxSteps, temperature, maxOutputTokens, tellReason, batch }
  parseOptions(optionsSchema, own, `modelWorker ${quote(String(options.name))}`)
  const model = given instanceof Model ? given : defineModel(given)
  const steps = maxSteps ?? (tools === undefined ? 1 : 8)
  const check = (worker.verify ?? {}) as Costly
  const worst = model.worst(steps)
  const unbounded = new Set([
    ...(model.price === undefined ? ['usd' as const] : []),
    ...(check.unbounded ?? []),
  ])
  const schema = worker.output ?? z.string()
  const batches =
    batch === undefined ? undefined : new Batches({ model, instructions, schema, maxOutputTokens }, batch)
  const run = async (input: Input, context: AttemptContext): Promise<Answer> => {
    const reason =
      tellReason && context.reason !== undefined
        ? `\n\nAn answer before this one was not taken. Why, as data:\n${dataPrompt(context.reason)}`
        : ''
    const chance = temperature ?? context.temperature ?? (context.sample === 1 ? 0 : 0.7)
    if (batches !== undefined) return (await batches.ask(input, context, chance)) as Answer
    const answer = await ask({
      model,
      account: accountOf(context),
      instructions: `${instructions}\n\n${dataRule}`,
      prompt: `${dataPrompt(input)}${reason}`,
      schema: worker.output,
      temperature: chance,
      maxOutputTokens,
      tools,
      maxSteps: steps,
      onStep: () => context.heartbeat(),
    })
    return answer as Answer
  }
  return defineWorker<Input, Answer, Output>({
    version: versionOf(model.name, instructions, temperature, maxOutputTokens),
    ...worker,
    run,
    cost: { usd: worst.usd + (check.cost?.usd ?? 0), tokens: worst.tokens + (check.cost?.tokens ?? 0) },
    ...(unbounded.size === 0 ? undefined : { unbounded: [...unbounded] }),
  })
}

/** What is learned of a model under other instructions is learned of another worker. */
function versionOf(
  model: string,
  instructions: string,
  ...settings: readonly (number | undefined)[]
): string {
  return createHash('sha256')
    .update(JSON.stringify([model, instructions, settings]))
    .digest('hex')
    .slice(0, 16)
}
