import { type AttemptContext, defineWorker, type Spend, type Worker } from 'kilostep'
import { z } from 'zod'
import type { Judge } from '../judge/judge.ts'
import { ask } from '../model/ask.ts'
import { defineModel, Model } from '../model/model.ts'
import type { ModelOptions } from '../model/options.ts'
import { accountOf } from './account-of.ts'
import { dataPrompt, dataRule } from './data-prompt.ts'

export interface GeneralWorkersOptions {
  /** A model of `defineModel`, which may be shared with others, or one by its name. */
  readonly model: Model | ModelOptions['model']
  /** Judges every answer of theirs, see {@link judge}. Default: nothing does. */
  readonly judge?: Judge
}

const inputSchema = z.strictObject({
  instruction: z
    .string()
    .min(1)
    .describe('What to do, in full sentences: the worker knows nothing else of the task.'),
  data: z.unknown().optional().describe('What to do it with: data, or the answers of other subtasks.'),
})

const listSchema = z.array(z.string()).max(10_000)

/** What a general worker is given. */
export type GeneralInput = z.output<typeof inputSchema>

/**
 * Two workers that do what their input says, for plans that nobody has made workers for: `write` answers with a text,
 * `list` with a list of texts, for a map. They have no tools, so nothing that they read can do more than mislead an answer.
 *
 * @throws KilostepError `invalid-options` with everything that is wrong with the model.
 */
export function generalWorkers(options: GeneralWorkersOptions): readonly Worker[] {
  const model = options.model instanceof Model ? options.model : defineModel(options.model)
  const { judge } = options
  const worst = model.worst()
  const unbounded = new Set<keyof Spend>([...model.unbounded, ...(judge?.unbounded ?? [])])
  const common = {
    input: inputSchema,
    effects: 'none' as const,
    cost: { usd: worst.usd + (judge?.cost.usd ?? 0), tokens: worst.tokens + (judge?.cost.tokens ?? 0) },
    ...(unbounded.size === 0 ? undefined : { unbounded: [...unbounded] }),
    ...(judge === undefined ? undefined : { verify: judge }),
  }
  const answer = (input: GeneralInput, context: AttemptContext, schema?: z.ZodType): Promise<unknown> =>
    ask({
      model,
      account: accountOf(context),
      instructions: `${input.instruction}\n\nAnswer with what is asked for and nothing else.\n\n${dataRule}`,
      prompt: input.data === undefined ? 'Do it.' : dataPrompt(input.data),
      schema,
      temperature: context.sample === 1 ? 0 : 0.7,
    })
  return [
    defineWorker<GeneralInput, string>({
      ...common,
      name: 'write',
      description: 'Follows an instruction and answers with a text.',
      output: z.string(),
      run: async (input, context) => (await answer(input, context)) as string,
    }),
    defineWorker<GeneralInput, string[]>({
      ...common,
      name: 'list',
      description: 'Follows an instruction and answers with a list of texts, which a map can go over.',
      output: listSchema,
      run: async (input, context) => (await answer(input, context, listSchema)) as string[],
    }),
  ]
}
