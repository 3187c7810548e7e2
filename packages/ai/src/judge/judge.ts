import { parseOptions } from '@kilostep/core'
import type { AttemptContext, Spend } from 'kilostep'
import { z } from 'zod'
import { askFor } from '../model/ask.ts'
import { defineModel, Model } from '../model/model.ts'
import type { ModelOptions } from '../model/options.ts'
import { accountOf } from '../worker/account-of.ts'
import { dataPrompt, dataRule } from '../worker/data-prompt.ts'

export interface JudgeOptions {
  /** Who judges: best another model than the one that answered, or it is blind to its own mistakes. */
  readonly model: Model | ModelOptions['model']
  /** What a good answer is. */
  readonly rubric: string
  /** The score from which on an answer is accepted, 1 to 10. Default: no score, the judge says yes or no. */
  readonly pass?: number
  /** How much chance there is in a verdict, 0 to 2. Default 0. */
  readonly temperature?: number
}

/** A verdict with its reason, as a worker's `verify` gives it. */
export interface JudgeVerdict {
  readonly accept: boolean
  readonly reason: string
  /** 1 to 10, where the judge gives scores. */
  readonly score?: number
}

/** Judges answers; a worker's `verify`. Knows what it costs at most, so that a budget holds for it too. */
export interface Judge {
  (answer: unknown, input: unknown, context: AttemptContext): Promise<JudgeVerdict>
  readonly cost: Spend
  readonly unbounded: readonly (keyof Spend)[]
}

const reason = z.string().max(4_000).describe('Why, in a sentence or two, before the verdict.')
const verdictSchema = z.object({ reason, accept: z.boolean() })
const scoreSchema = z.object({ reason, score: z.int().min(1).max(10) })
const optionsSchema = z.object({
  rubric: z.string().min(1).max(100_000),
  pass: z.number().min(1).max(10).optional(),
  temperature: z.number().min(0).max(2).optional(),
})

/**
 * A judge on a language model: accepts or rejects an answer by a rubric, with a reason. It sees input and answer as
 * data, so neither can talk it into a verdict by its rank, only by what it says. It is a verifier like any other:
 * measure its mistakes before you trust it.
 *
 * @throws KilostepError `invalid-options`.
 * @example defineWorker({ …, verify: judge({ model: large, rubric: 'The summary says nothing that the page does not.' }) })
 */
export function judge(options: JudgeOptions): Judge {
  const { model: given, ...rest } = options
  const { rubric, pass, temperature = 0 } = parseOptions(optionsSchema, rest, 'judge')
  const model = given instanceof Model ? given : defineModel(given)
  const scale =
    pass === undefined
      ? 'Say whether the answer is acceptable.'
      : 'Score the answer from 1 (useless) to 10 (nothing to better).'
  const verify = async (answer: unknown, input: unknown, context: AttemptContext): Promise<JudgeVerdict> => {
    const question = {
      model,
      account: accountOf(context, '/judge'),
      instructions: `You judge the answer to a task that somebody else was given, by this rubric and nothing else:\n\n${rubric}\n\n${scale} Give the reason first.\n\n${dataRule}`,
      prompt: `The input of the task:\n${dataPrompt(input)}\n\nThe answer to be judged:\n${dataPrompt(answer)}`,
      temperature,
    }
    if (pass === undefined) return await askFor({ ...question, schema: verdictSchema })
    const { score, reason } = await askFor({ ...question, schema: scoreSchema })
    return { accept: score >= pass, reason: `${score} of 10, ${pass} needed: ${reason}`, score }
  }
  return Object.assign(verify, { cost: model.worst(), unbounded: model.unbounded })
}
