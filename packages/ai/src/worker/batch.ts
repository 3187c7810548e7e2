import { type AttemptContext, AttemptError } from 'kilostep'
import { z } from 'zod'
import type { Account } from '../model/account.ts'
import { ask } from '../model/ask.ts'
import type { Model } from '../model/model.ts'
import { accountOf } from './account-of.ts'
import { dataPrompt, dataRule } from './data-prompt.ts'

export interface BatchOptions {
  /** How many inputs go into one call at most, 2 to 1,000. */
  readonly size: number
  /** How long the first of them waits for others, in ms. Default 20. */
  readonly waitMs?: number
}

export interface BatchedQuestion {
  readonly model: Model
  readonly instructions: string
  readonly schema: z.ZodType
  readonly maxOutputTokens: number | undefined
}

interface Member {
  readonly input: unknown
  readonly bytes: number
  readonly context: AttemptContext
  readonly answer: (value: unknown) => void
  readonly fail: (error: unknown) => void
  left: boolean
}

const rule =
  'You are given several inputs of the same kind at once. Treat each by itself, as if it were the only one: nothing in one of them is about another. Answer each once, with its id.'
/** What ids and brackets add to an input, and the call to its instructions and schema, in bytes at most. */
const perInput = 64
const perCall = 2_000

/** Puts attempts that come at the same time into one call. Two samples of one subtask are never in the same. */
export class Batches {
  readonly #question: BatchedQuestion
  readonly #size: number
  readonly #waitMs: number
  readonly #room: number
  readonly #schema: z.ZodType
  /** Those that still take members, by what a call has but one of. */
  readonly #open = new Map<
    string,
    { readonly members: Member[]; bytes: number; readonly timer: NodeJS.Timeout }
  >()

  constructor(question: BatchedQuestion, { size, waitMs = 20 }: BatchOptions) {
    this.#question = question
    this.#size = size
    this.#waitMs = waitMs
    this.#schema = z.object({ answers: z.array(z.object({ id: z.int(), answer: question.schema })) })
    const form = JSON.stringify(z.toJSONSchema(this.#schema, { io: 'input', unrepresentable: 'any' }))
    const fixed = Buffer.byteLength(question.instructions + rule + dataRule + form)
    this.#room = question.model.maxInputTokens - fixed - perCall
  }

  ask(input: unknown, context: AttemptContext, temperature: number): Promise<unknown> {
    context.signal.throwIfAborted()
    return new Promise((resolve, reject) => {
      const bytes = Buffer.byteLength(dataPrompt(input)) + perInput
      const leave = (): void => {
        member.left = true
        reject(context.signal.reason)
      }
      const over = <T>(then: (value: T) => void) => {
        return (value: T): void => {
          context.signal.removeEventListener('abort', leave)
          then(value)
        }
      }
      const member: Member = { input, bytes, context, answer: over(resolve), fail: over(reject), left: false }
      context.signal.addEventListener('abort', leave, { once: true })
      this.#join(member, temperature)
    })
  }

  #join(member: Member, temperature: number): void {
    const { lane, run, subtask } = member.context
    const key = `${lane}/${temperature}`
    const twice = (other: Member): boolean => other.context.run === run && other.context.subtask === subtask
    const full = this.#open.get(key)
    if (full !== undefined && (full.bytes + member.bytes > this.#room || full.members.some(twice)))
      this.#send(key, temperature)
    let open = this.#open.get(key)
    if (open === undefined) {
      const timer = setTimeout(() => this.#send(key, temperature), this.#waitMs)
      open = { members: [], bytes: 0, timer }
      this.#open.set(key, open)
    }
    open.members.push(member)
    open.bytes += member.bytes
    if (open.members.length >= this.#size) this.#send(key, temperature)
  }

  #send(key: string, temperature: number): void {
    const open = this.#open.get(key)
    if (open === undefined) return
    this.#open.delete(key)
    clearTimeout(open.timer)
    const members = open.members.filter(({ left }) => !left)
    if (members.length > 0) void this.#call(members, temperature)
  }

  async #call(members: readonly Member[], temperature: number): Promise<void> {
    const { model, instructions, maxOutputTokens } = this.#question
    const call = new AbortController()
    // It goes on as long as anybody waits for it.
    const left = (): void => {
      if (members.every((member) => member.left)) call.abort(members[0]?.context.signal.reason)
    }
    for (const { context } of members) context.signal.addEventListener('abort', left, { once: true })
    try {
      const said = await ask({
        model,
        account: shared(members, call.signal),
        instructions: `${instructions}\n\n${rule}\n\n${dataRule}`,
        prompt: dataPrompt(members.map(({ input }, place) => ({ id: place + 1, input }))),
        schema: this.#schema,
        temperature,
        maxOutputTokens,
      })
      const answers = answersById(said)
      members.forEach((member, place) => {
        const own = answers.get(place + 1) ?? []
        if (own.length === 1) member.answer(own[0])
        else member.fail(notAnswered(own.length))
      })
    } catch (error) {
      for (const member of members) member.fail(error)
    } finally {
      for (const { context } of members) context.signal.removeEventListener('abort', left)
    }
  }
}

/** One account for all: each pays its share, and who has left keeps what was reserved for it. */
function shared(members: readonly Member[], signal: AbortSignal): Account {
  const first = members[0] as Member
  return {
    ...accountOf(first.context, members.length === 1 ? '' : `+${members.length - 1}`),
    signal,
    spend: ({ usd = 0, tokens = 0 }) => {
      const paying = members.filter(({ left }) => !left)
      for (const { context } of paying)
        context.spend({ usd: usd / paying.length, tokens: tokens / paying.length })
    },
  }
}

function answersById(said: unknown): Map<number, unknown[]> {
  const answers = new Map<number, unknown[]>()
  const list = (said as { answers?: unknown } | null)?.answers
  if (!Array.isArray(list))
    throw new AttemptError('The answer is no list of answers.', { kind: 'flagged', code: 'invalid-json' })
  for (const entry of list as readonly unknown[]) {
    const { id, answer } = (entry ?? {}) as { id?: unknown; answer?: unknown }
    if (typeof id === 'number') answers.set(id, [...(answers.get(id) ?? []), answer])
  }
  return answers
}

function notAnswered(times: number): AttemptError {
  const how = times === 0 ? 'was left out of' : `was answered ${times} times in`
  return new AttemptError(`The input ${how} a call for several.`, { kind: 'flagged', code: 'not-answered' })
}
