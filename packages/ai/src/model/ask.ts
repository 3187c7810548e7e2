import { generateText, isStepCount, Output, type ToolSet, zodSchema } from 'ai'
import { AttemptError } from 'kilostep'
import { z } from 'zod'
import type { Account } from './account.ts'
import type { Model } from './model.ts'

export interface Question {
  readonly model: Model
  readonly account: Account
  /** Whose word counts: what the model is to do. */
  readonly instructions: string
  /** What it is to do it with. */
  readonly prompt: string
  /** The form of the answer. Default: text. */
  readonly schema?: z.ZodType | undefined
  readonly temperature?: number | undefined
  readonly maxOutputTokens?: number | undefined
  readonly tools?: ToolSet | undefined
  /** The form has places for any JSON, which a provider's strict mode refuses: ask for it without. Default false. */
  readonly loose?: boolean | undefined
  /** How often the model may be called, tools in between, 1 or more. Default 1. */
  readonly maxSteps?: number | undefined
  /** Called after each of its steps. */
  readonly onStep?: (() => void) | undefined
}

/**
 * Asks a model once, with nothing remembered, and gives what it said: text, or JSON that still has to be held against
 * its schema.
 *
 * @throws AttemptError *flagged* where the answer is cut off, refused, empty or no JSON: to be asked for again, never
 * to be mended; *transport* where there was none.
 */
export async function ask(question: Question): Promise<unknown> {
  const { schema } = question
  const text = await askForText(question)
  if (schema === undefined) return text
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    throw flag('invalid-json', `The answer is no JSON: ${JSON.stringify(text.slice(0, 200))}`)
  }
  if (isObject(schema)) return data
  if (data === null || typeof data !== 'object' || !Object.hasOwn(data, 'answer'))
    throw flag('invalid-json', 'The answer has no "answer".')
  return (data as { answer: unknown }).answer
}

/** As {@link ask}, but what it said is given as it stands, also where a form was asked for. */
export async function askForText(question: Question): Promise<string> {
  const { model, account, schema, tools, maxSteps = 1, onStep } = question
  const wrapped = schema !== undefined && !isObject(schema)
  const { text, finishReason } = await generateText({
    model: await model.connect(account),
    instructions: question.instructions,
    prompt: question.prompt,
    abortSignal: account.signal,
    maxRetries: 0,
    stopWhen: isStepCount(maxSteps),
    ...(schema === undefined
      ? undefined
      : { output: unread(wrapped ? z.object({ answer: schema }) : schema) }),
    ...(question.loose === true ? { providerOptions: anyJson } : undefined),
    ...(question.temperature === undefined ? undefined : { temperature: question.temperature }),
    ...(question.maxOutputTokens === undefined ? undefined : { maxOutputTokens: question.maxOutputTokens }),
    ...(tools === undefined ? undefined : { tools }),
    ...(onStep === undefined ? undefined : { onStepEnd: () => onStep() }),
  })
  if (finishReason === 'length') throw flag('cut-off', 'The answer was not done within its tokens.')
  if (finishReason === 'content-filter') throw flag('refused', "The provider's filter refused the answer.")
  if (finishReason === 'error' || finishReason === 'interrupted')
    throw new AttemptError('The model broke off in its answer.', { code: 'broken-off' })
  if (finishReason === 'tool-calls')
    throw flag('no-answer', `No answer within ${maxSteps} calls of the model.`)
  if (text.trim() === '') throw flag('empty', 'The answer is empty.')
  return text
}

/** As {@link ask}, held against the schema. */
export async function askFor<T>(question: Question & { readonly schema: z.ZodType<T> }): Promise<T> {
  const parsed = question.schema.safeParse(await ask(question))
  if (parsed.success) return parsed.data
  throw flag('invalid-output', `The answer does not fit: ${z.prettifyError(parsed.error).slice(0, 1_000)}`)
}

/** How each provider is told to take a schema that its strict mode would refuse. */
const anyJson = {
  openai: { strictJsonSchema: false },
  openaiCompatible: { strictJsonSchema: false },
  anthropic: { structuredOutputMode: 'jsonTool' },
  google: { structuredOutputs: false },
}

/** Providers take a schema whose root is an object, and no other. */
function isObject(schema: z.ZodType): boolean {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).type === 'object'
}

/** Asks for a form, and leaves it to us to read the answer. */
function unread(schema: z.ZodType) {
  return {
    ...Output.object({ schema: zodSchema(schema), name: 'answer' }),
    parseCompleteOutput: async ({ text }: { text: string }) => text,
    createElementStreamTransform: () => undefined,
  }
}

function flag(code: string, message: string): AttemptError {
  return new AttemptError(message, { kind: 'flagged', code })
}
