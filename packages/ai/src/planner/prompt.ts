import type { PlannerContext, Worker } from 'kilostep'
import { z } from 'zod'
import { dataPrompt, dataRule } from '../worker/data-prompt.ts'
import { givenId, outline } from './given.ts'
import type { ReadTask } from './planner-task.ts'

/** What a plan is, for whoever writes one: the same words for every model and task. */
const form = `You split a task into subtasks for workers to do. Reply with one JSON object, the plan, and nothing else.

{ "name": "…", "subtasks": [ … ], "output": … }

A subtask is { "id": "…", "worker": "…", "input": … }:
- "id" is its own; no two are the same.
- "worker" is the name of one of the workers below, spelled as there. There are no others.
- "input" is what the worker is given, of the form that the worker takes. Where it needs the answer of another subtask, put { "$from": "that id" } in its place, or { "$from": "that id", "path": ["key", 0] } for a part of it. That is the edge between them: what is not referred to is not known to the worker.
- "needs": ["id"] says that another must be done before although its answer is not used. Say it only then.
- "map": { "over": list } does the subtask once for each item of a list: { "$from": "id" } where an answer is the list, or the list itself. In its input, { "$item": [] } is the item and { "$item": ["key"] } a part of it. Its answer is the list of answers. For more than a few subtasks that are alike, use one map instead of writing each.
- "when": { "value": { "$from": "id" }, "equals": … } skips it unless that holds.

"output" is what the whole plan answers, made of answers: { "$from": "id" }. Without it, the last answers are.

Make each subtask so small that its worker gets it right, and no smaller. Do not let two subtasks write the same thing. No subtask may need itself, directly or around a corner. What does not need one another runs at the same time.`

const checks = `"checks": [ { "id": "…", "worker": "…", "covers": ["id", …] } ] lets a worker judge the answers of subtasks before they count.`

/** The instructions for a model that plans with these workers. */
export function plannerInstructions(context: PlannerContext, more: string | undefined): string {
  const { workers, maxSubtasks, judged } = context
  const limits = [
    ...(maxSubtasks === undefined
      ? []
      : [`A plan has ${maxSubtasks} subtasks and checks at most; a map counts as one.`]),
    ...(judged
      ? ['Something must judge each answer: use workers that are "judged", or cover subtasks with a check.']
      : []),
  ]
  const list = workers.map((worker) => JSON.stringify(workerFacts(worker))).join('\n')
  const parts = [form, checks, ...limits, `The workers:\n${list}`]
  if (more !== undefined) parts.push(more)
  parts.push(dataRule)
  return parts.join('\n\n')
}

function workerFacts(worker: Worker): Record<string, unknown> {
  const { name, description, input, output, effects = 'idempotent', verify, policy } = worker
  return {
    name,
    ...(description === undefined ? undefined : { does: description }),
    ...(input === undefined ? undefined : { takes: schemaOf(input, 'input') }),
    ...(output === undefined ? undefined : { answers: schemaOf(output, 'output') }),
    ...(effects === 'idempotent' ? undefined : { effects }),
    ...(verify === undefined && policy?.vote === undefined ? undefined : { judged: true }),
  }
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): unknown {
  try {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
    return rest
  } catch {
    // A schema that JSON Schema has no words for.
    return {}
  }
}

/** What the model is asked: the task, what is given, what failed, and what was wrong with its plan before. */
export function plannerPrompt(
  { task, given, replan }: ReadTask,
  { faults, existing }: PlannerContext,
  before: string | undefined,
): string {
  const parts = [`The task:\n${dataPrompt(task)}`]
  if (given !== undefined) {
    parts.push(
      `Data is given with it: { "$from": "${givenId}" }, with "path" for a part, refers to it like to an answer. Do not write it out. In outline:\n${dataPrompt(outline(given))}`,
    )
  }
  if (replan !== undefined) {
    const { done: _, open: __, ...rest } = replan
    parts.push(
      `A plan for this task was made before, and a part of it failed for good. Plan only what takes the place of that part: of what "failed" and of all that it "replaces". Take another way where the first cannot work. Use new ids. ${rest.within === true ? 'What your plan answers is the answer of the subtask that failed, of the form that its worker answers; it can refer to nothing but its own subtasks. ' : ''}${rest.output === undefined ? '' : 'Say the "output" anew: as it is below, it refers to what is replaced. '}What failed, and why:\n${dataPrompt(rest)}`,
    )
    const there = [...replan.done, ...replan.open]
    if (there.length > 0)
      parts.push(`What is done or still to come, and can be referred to:\n${dataPrompt(there)}`)
  } else if (existing.length > 0) {
    parts.push(`Subtasks that are there already, and can be referred to:\n${dataPrompt(existing)}`)
  }
  if (faults.length > 0) {
    if (before !== undefined) parts.push(`Your reply before was:\n${dataPrompt(shortened(before))}`)
    const list = faults.slice(0, shownFaults).map(({ message }) => `- ${message}`)
    if (faults.length > shownFaults) list.push(`- … and ${faults.length - shownFaults} more.`)
    parts.push(
      `It was not taken. This is all that is wrong with it:\n${list.join('\n')}\n\nReply with the whole plan, mended.`,
    )
  }
  return parts.join('\n\n')
}

const shownFaults = 100
const longestReply = 16_000

function shortened(reply: string): string {
  return reply.length <= longestReply ? reply : `${reply.slice(0, longestReply)}… (cut here)`
}
