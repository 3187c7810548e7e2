import {
  didYouMean,
  isName,
  KilostepError,
  type PolicyOptions,
  quote,
  readIssues,
  type Spend,
  workerLimitsSchema,
} from '@kilostep/core'
import type { z } from 'zod'
import type { Artefact } from './artefact.ts'
import type { DefinedPlan } from './define-plan.ts'

/** What a worker knows of the attempt that it is to make. */
export interface AttemptContext {
  /** The id of the run, and of the subtask in it. */
  readonly run: string
  readonly subtask: string
  /** 1 for the first attempt of this subtask. */
  readonly attempt: number
  /** 1 for the first sample; a transport retry belongs to the same sample. */
  readonly sample: number
  /** How many subtasks had to add others for this one to be there: 0 for one of the plan itself. */
  readonly depth: number
  /**
   * The temperature to ask a model at, where the policy says one for votes (`vote.temperatures`): 0 to 2. Undefined
   * where it says none.
   */
  readonly temperature?: number | undefined
  /** The same for every attempt at one sample, so that a service that honours it does nothing twice. */
  readonly idempotencyKey: string
  /** Why the attempt before failed, or what its check said; undefined for the first. */
  readonly reason: string | undefined
  /** Whether somebody waits for its run, as that was started. */
  readonly lane: 'latency' | 'background'
  /** The most bytes that the answer may have as JSON; a larger one is flagged. */
  readonly maxAnswerBytes: number
  /** How long it may take to stop once `signal` is aborted, in ms, before the run goes on without it. */
  readonly graceMs: number
  /** Aborted when the attempt is to stop: time is up, or the run is cancelled. */
  readonly signal: AbortSignal
  /** Tells that the attempt is alive; needed where the policy has `idleMs`. */
  heartbeat(): void
  /** Says what the attempt has cost so far, beyond what was said before. */
  spend(cost: Partial<Spend>): void
  /** Names a file as an answer or a part of one: by its digest, so that a later change is found out. */
  artefact(path: string): Promise<Artefact>
}

/** What a verifier may say: `true`, or why not, or a score from 0 to 1 that `verify.least` of the policy is held against. */
export type Verdict =
  | boolean
  | string
  | number
  | { readonly accept: boolean; readonly reason?: string | undefined }
  | { readonly score: number; readonly reason?: string | undefined }

/** Another answer that may be the right one, and the probability that it is. */
export interface Alternative<Answer = unknown> {
  readonly answer: Answer
  /** 0 to 1; with those of the other alternatives and of the answer itself at most 1. */
  readonly confidence: number
}

type Awaitable<T> = T | PromiseLike<T>

export interface WorkerOptions<Input, Output, Answer = Output> {
  /** Unique in a plan and an engine, 1 to 200 characters. */
  readonly name: string
  readonly description?: string
  /**
   * What was learned of another version says nothing of this one: change it with a model, a prompt, a program. Default:
   * a digest of the worker's own functions, so that a change in their code is seen and one in what they call is not.
   */
  readonly version?: string
  /** What it is given. An input that does not fit is a fault of the plan, or fails the subtask. */
  readonly input?: z.ZodType<unknown, Input>
  /** What it answers. An answer that does not fit is flagged and asked for again. */
  readonly output?: z.ZodType<Output, Answer>
  /** Does the work. May return a plan instead of an answer: its subtasks are then done in its stead. */
  readonly run: (input: Input, context: AttemptContext) => Awaitable<Answer | DefinedPlan<Output>>
  /** Judges an answer; a rejected one is wrong and asked for again. Its time and cost are the attempt's. */
  readonly verify?: (answer: Output, input: Input, context: AttemptContext) => Awaitable<Verdict>
  /**
   * Says on which rung of its ladder a subtask starts: the name of a worker that it escalates to, directly or not.
   * Undefined: what `policy.route` says, else this worker. Asked once a subtask, before its first attempt; it must
   * answer at once.
   */
  readonly route?: (input: Input) => string | undefined
  /** Says which answers are the same when they are voted on. Default: equal data, whatever the order of keys. */
  readonly key?: (answer: Output, context: AttemptContext) => Awaitable<string>
  /**
   * How sure the worker is of an answer, 0 to 1. Asked for where a policy escalates `below` it, or where a check
   * combines candidates; trusted as far as it goes, so let it be calibrated.
   */
  readonly confidence?: (answer: Output, context: AttemptContext) => Awaitable<number>
  /** What else an answer may be: up to 1,000, each a candidate of a check that combines them. With `confidence` only. */
  readonly alternatives?: (
    answer: Output,
    context: AttemptContext,
  ) => Awaitable<readonly Alternative<Output>[]>
  /** Sees that an answer is unreliable, and says why: it is dropped and asked for again, never mended. */
  readonly redFlag?: (answer: Output, input: Input) => boolean | string
  /** Takes back what the subtask did, when the run is rolled back. */
  readonly undo?: (
    answer: Output,
    context: { readonly run: string; readonly subtask: string },
  ) => Awaitable<void>
  /** Gives back what it holds (a pool, a connection) when an engine that knew it is closed. Another may still use it. */
  readonly dispose?: () => Awaitable<void>
  readonly policy?: PolicyOptions
  /** How many attempts may run at once in one engine. Default: what the engine allows. */
  readonly concurrency?: number
  /** At most `limit` attempts start in any `intervalMs`, across the runs of one engine. */
  readonly rate?: { readonly limit: number; readonly intervalMs: number }
  /** What an attempt does to the world. `once`: never repeated where nobody knows how it ended. Default `idempotent`. */
  readonly effects?: 'none' | 'idempotent' | 'once'
  /**
   * Fields of its answers that are taken out once they have been judged, before anything is written down or handed on:
   * paths like `card.number` or `people.*.email`, where `*` is any key or place. `"[redacted]"` stands there instead,
   * also for what depends on the answer.
   */
  readonly redact?: readonly string[]
  /** The most that one attempt can cost; reserved before it starts, where the run has a budget. */
  readonly cost?: Partial<Spend>
  /** Of what nobody can say how much an attempt costs at most: a run with a budget of that refuses the worker. */
  readonly unbounded?: readonly (keyof Spend)[]
  /**
   * What it writes when it is given this input: a file, a row, an address. A planner's plan in which two subtasks write
   * the same is sent back. It sees symbols where the plan refers to answers, and may throw.
   */
  readonly writes?: (input: Input) => string | readonly string[]
}

/** A worker as the engine uses it. Made by {@link defineWorker}. */
// biome-ignore-start lint/suspicious/noExplicitAny: a list of workers holds workers of every type
export interface Worker<Input = any, Output = any>
  extends Omit<WorkerOptions<any, any, any>, 'input' | 'output'> {
  readonly input?: z.ZodType<unknown, Input>
  readonly output?: z.ZodType<Output>
  readonly kind: 'worker'
}
// biome-ignore-end lint/suspicious/noExplicitAny: a list of workers holds workers of every type

/**
 * A kind of work, as a function.
 *
 * @throws KilostepError `invalid-worker` with everything that is wrong with the options.
 */
export function defineWorker<Input = unknown, Answer = unknown, Output = Answer>(
  options: WorkerOptions<Input, Output, Answer>,
): Worker<Input, Output> {
  const faults: string[] = []
  const given: unknown = options
  if (given === null || typeof given !== 'object') {
    throw new KilostepError('invalid-worker', 'defineWorker takes an object with "name" and "run".')
  }
  const {
    name,
    run,
    verify,
    key,
    confidence,
    alternatives,
    route,
    redFlag,
    undo,
    dispose,
    input,
    output,
    policy,
    concurrency,
    rate,
    effects,
    redact,
    cost,
    unbounded,
    writes,
  } = options
  if (typeof name !== 'string' || !isName(name)) {
    faults.push(`"name" must be a text of 1 to 200 characters, none of them a control character.`)
  }
  for (const [option, value] of Object.entries({
    run,
    verify,
    key,
    confidence,
    alternatives,
    route,
    redFlag,
    undo,
    dispose,
    writes,
  })) {
    if (typeof value !== 'function' && (option === 'run' || value !== undefined)) {
      faults.push(
        `"${option}" must be a function, but it is ${value === undefined ? 'missing' : `a ${typeof value}`}.`,
      )
    }
  }
  if (alternatives !== undefined && confidence === undefined)
    faults.push('"alternatives" goes with "confidence": say how sure the worker is of its answer too.')
  for (const [option, schema] of Object.entries({ input, output })) {
    if (schema !== undefined && typeof schema?.safeParse !== 'function')
      faults.push(`"${option}" must be a zod schema.`)
  }
  if (options.version !== undefined && !isName(String(options.version)))
    faults.push('"version" must be a text of 1 to 200 characters, none of them a control character.')
  const limits = workerLimitsSchema.safeParse({ policy, concurrency, rate, effects, redact })
  if (!limits.success) {
    for (const { path, message } of readIssues(limits.error, workerLimitsSchema))
      faults.push(`"${path.join('.')}" ${message}`)
  }
  if (cost !== undefined && (cost === null || typeof cost !== 'object')) {
    faults.push(`"cost" must be an object with "usd" or "tokens".`)
  } else
    for (const [unit, most] of Object.entries(cost ?? {})) {
      if (!['usd', 'tokens'].includes(unit))
        faults.push(`"cost.${unit}" is not known; there are "usd" and "tokens".`)
      else if (!(Number.isFinite(most) && (most as number) >= 0))
        faults.push(`"cost.${unit}" must be 0 or more.`)
    }
  if (
    unbounded !== undefined &&
    !(Array.isArray(unbounded) && unbounded.every((unit) => ['usd', 'tokens'].includes(unit)))
  )
    faults.push('"unbounded" must be a list of "usd" and "tokens".')
  const known =
    'name description version input output run verify key confidence alternatives route redFlag undo dispose policy concurrency rate effects redact cost unbounded writes kind'.split(
      ' ',
    )
  for (const option of Object.keys(options))
    if (!known.includes(option))
      faults.push(`${quote(option)} is not an option of a worker.${didYouMean(option, known)}`)
  if (faults.length > 0) {
    const who = typeof name === 'string' ? ` ${quote(name)}` : ''
    const list = faults.map((message) => ({ code: 'worker', where: String(name), message }))
    throw new KilostepError('invalid-worker', `Worker${who} cannot be used:`, list)
  }
  return { ...options, kind: 'worker' } as Worker<Input, Output>
}
