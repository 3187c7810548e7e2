import type { AttemptContext, Spend } from 'kilostep'
import { z } from 'zod'
import { askFor } from '../model/ask.ts'
import { defineModel, Model } from '../model/model.ts'
import { accountOf } from '../worker/account-of.ts'
import { dataPrompt, dataRule } from '../worker/data-prompt.ts'
import type { JudgeOptions } from './judge.ts'

export interface PairVerdict {
  /** `tie` also where the judge changes its mind with the order of the two. */
  readonly better: 'first' | 'second' | 'tie'
  readonly reasons: readonly string[]
}

/** Compares two answers to the same input. */
export interface PairJudge {
  (first: unknown, second: unknown, input: unknown, context: AttemptContext): Promise<PairVerdict>
  readonly cost: Spend
  readonly unbounded: readonly (keyof Spend)[]
}

const schema = z.object({
  reason: z.string().max(4_000).describe('Why, in a sentence or two, before the verdict.'),
  better: z.enum(['A', 'B', 'tie']),
})

/**
 * A judge that says which of two answers is the better one. It is asked twice, with the two in either order, because
 * models favour a place; an answer wins only where both times agree.
 */
export function pairJudge({ model: given, rubric, temperature = 0 }: Omit<JudgeOptions, 'pass'>): PairJudge {
  const model = given instanceof Model ? given : defineModel(given)
  const compare = async (
    first: unknown,
    second: unknown,
    input: unknown,
    context: AttemptContext,
  ): Promise<PairVerdict> => {
    const ask = (a: unknown, b: unknown, part: string): Promise<z.infer<typeof schema>> =>
      askFor({
        model,
        account: accountOf(context, part),
        instructions: `You compare two answers to a task that somebody else was given, by this rubric and nothing else:\n\n${rubric}\n\nSay which is better, A or B, or tie. Give the reason first.\n\n${dataRule}`,
        prompt: `The input of the task:\n${dataPrompt(input)}\n\nAnswer A:\n${dataPrompt(a)}\n\nAnswer B:\n${dataPrompt(b)}`,
        schema,
        temperature,
      })
    const [one, two] = await Promise.all([ask(first, second, '/pair-1'), ask(second, first, '/pair-2')])
    const reasons = [one.reason, two.reason]
    if (one.better === 'A' && two.better === 'B') return { better: 'first', reasons }
    if (one.better === 'B' && two.better === 'A') return { better: 'second', reasons }
    return { better: 'tie', reasons }
  }
  return Object.assign(compare, { cost: model.worst(2), unbounded: model.unbounded })
}
