import {
  type Check,
  didYouMean,
  type Fault,
  KilostepError,
  type Plan,
  type PolicyOptions,
  planVersion,
  quote,
  type Subtask,
} from '@kilostep/core'
import { type Given, Handle, Item, toTemplate } from './handle.ts'
import type { Worker } from './worker.ts'

/** What can be said of a subtask beyond its worker and input. */
export interface SubtaskOptions<Output> {
  /** Unique in the plan. Default: the worker's name and a number. */
  readonly id?: string
  readonly description?: string
  /** What must have succeeded before, beyond what the input refers to. */
  readonly needs?: readonly Handle<unknown>[]
  /** Skip the subtask unless this holds. */
  readonly when?: ConditionOptions
  /** Higher starts first, −1,000 to 1,000. Default 0. */
  readonly priority?: number
  /** The answer to go on with when it fails for good. */
  readonly fallback?: Output
  readonly policy?: PolicyOptions
}

/** A condition on an upstream answer. Without `equals` and `in`: it is there and not false, 0 or empty. */
export interface ConditionOptions {
  readonly value: Handle<unknown>
  readonly equals?: unknown
  readonly in?: readonly unknown[]
  readonly not?: boolean
}

/** What `definePlan` hands to its callback. */
export interface PlanBuilder {
  /** Adds a subtask. Another's handle in its input is the edge between them. */
  subtask<Input, Output>(
    worker: Worker<Input, Output>,
    input: Given<Input>,
    options?: SubtaskOptions<Output>,
  ): Handle<Output>
  /** Adds one subtask for each item of a list that is known only while the plan runs. */
  map<Element, Input, Output>(
    list: Handle<readonly Element[]>,
    worker: Worker<Input, Output>,
    input: (item: Item<Element>) => Given<Input>,
    options?: SubtaskOptions<Output>,
  ): Handle<Output[]>
  /** Adds a check: the answers that it covers count only when its worker accepts them, all at once. */
  check(
    // biome-ignore lint/suspicious/noExplicitAny: a check may take what it covers in any form
    worker: Worker<any, any>,
    covers: readonly Handle<unknown>[],
    options?: { readonly id?: string; readonly input?: unknown; readonly policy?: PolicyOptions },
  ): void
}

/** A plan with the workers that it names. `data` is the plan as JSON. */
export class DefinedPlan<Output = unknown> {
  readonly data: Plan
  readonly workers: ReadonlyMap<string, Worker>
  /** What was wrong with the plan of a planner and had one safe reading: what it was, and how it is read. */
  readonly mended: readonly Fault[]
  /** Only a type: what the run answers. */
  declare readonly output: Output

  constructor(data: Plan, workers: ReadonlyMap<string, Worker>, mended: readonly Fault[] = []) {
    this.data = data
    this.workers = workers
    this.mended = mended
  }
}

/** A proxy can throw even when it is asked what it is an instance of. */
export function isDefinedPlan(value: unknown): value is DefinedPlan {
  try {
    return value instanceof DefinedPlan
  } catch {
    return false
  }
}

/**
 * A plan, built by calls. What the callback returns is what the run answers: a handle, or data with handles in it.
 *
 * @param more workers that the plan does not name, but that plans returned by its workers do.
 * @throws KilostepError `invalid-plan` with every fault.
 */
export function definePlan<const Result>(
  name: string,
  build: (plan: PlanBuilder) => Result,
  more: readonly Worker[] = [],
): DefinedPlan<Resolved<Result>> {
  if (typeof build !== 'function') {
    throw new KilostepError(
      'invalid-plan',
      `definePlan takes a name and a function that builds the plan; "build" is ${build === null ? 'null' : `of type ${typeof build}`}.`,
    )
  }
  const subtasks: Subtask[] = []
  const checks: Check[] = []
  const workers = new Map<string, Worker>()
  const faults: Fault[] = []
  const counts = new Map<string, number>()
  // Handles of this call know it by this object.
  const own = {}
  const use = (worker: Worker): string => {
    const other = workers.get(worker?.name)
    if (worker?.kind !== 'worker') {
      faults.push(fault('worker', 'A subtask was given something that defineWorker has not made.'))
    } else if (other !== undefined && other !== worker) {
      faults.push(
        fault('duplicate-worker', `Two workers are named ${quote(worker.name)}. Give each its own name.`),
      )
    } else workers.set(worker.name, worker)
    return worker?.name ?? 'unknown'
  }
  const newId = (worker: string, id: string | undefined): string => {
    if (id !== undefined) return id
    const count = (counts.get(worker) ?? 0) + 1
    counts.set(worker, count)
    return `${worker}-${count}`
  }
  const template = (where: () => string, value: unknown): unknown =>
    toTemplate(value, own, (problem) => faults.push(fault('input', `${where()}: ${problem}`)))
  const add = (
    worker: Worker,
    input: unknown,
    given: SubtaskOptions<unknown>,
    extra?: { map: { over: unknown } },
  ) => {
    const kind = use(worker)
    const options = readOptions(given, subtaskOptions, kind, faults)
    const id = newId(kind, options.id)
    // Most have an input: an object that is made with it takes half the memory of one that gets it afterwards.
    const subtask: { -readonly [K in keyof Subtask]: Subtask[K] } =
      input === undefined
        ? { id, worker: kind }
        : { id, worker: kind, input: template(() => `The input of ${quote(id)}`, input) }
    if (extra !== undefined) subtask.map = extra.map
    const { needs, when, fallback, policy, description, priority } = options
    if (description !== undefined) subtask.description = description
    if (needs !== undefined) subtask.needs = idsOf(needs, own, faults)
    if (when !== undefined)
      subtask.when = { ...when, value: template(() => `The condition of ${quote(id)}`, when.value) } as never
    if (priority !== undefined) subtask.priority = priority
    if (fallback !== undefined) subtask.fallback = fallback
    if (policy !== undefined) subtask.policy = policy as never
    subtasks.push(subtask)
    return new Handle<never>(id, own)
  }
  const result = build({
    subtask: (worker, input, options = {}) => add(worker, input, options),
    map: (list, worker, input, options = {}) => {
      const over = template(() => `The list of a map with ${quote(worker?.name ?? 'no worker')}`, list)
      if (typeof input !== 'function')
        faults.push(fault('map', `A map takes a function from an item to an input, not a ${typeof input}.`))
      const each = typeof input === 'function' ? input(new Item([])) : undefined
      return add(worker, each, options as SubtaskOptions<unknown>, { map: { over } })
    },
    check: (worker, covers, given = {}) => {
      const kind = use(worker)
      const options = readOptions(given, checkOptions, kind, faults)
      const id = newId(kind, options.id)
      checks.push({
        id,
        worker: kind,
        covers: idsOf(covers, own, faults),
        ...(options.input === undefined
          ? undefined
          : { input: template(() => `The input of ${quote(id)}`, options.input) }),
        ...(options.policy === undefined ? undefined : { policy: options.policy }),
      } as Check)
    },
  })
  for (const worker of more) use(worker)
  if (result instanceof Promise) {
    // What it would reject with is not the caller's fault to be told of.
    result.catch(() => undefined)
    faults.push(
      fault('async', 'The function builds the plan at once: await what it needs before, not in it.'),
    )
  }
  const output =
    result === undefined || result instanceof Promise ? undefined : template(() => 'The output', result)
  const data = {
    kilostep: planVersion,
    name,
    subtasks,
    ...(checks.length === 0 ? undefined : { checks }),
    ...(output === undefined ? undefined : { output }),
  } as Plan
  if (faults.length > 0)
    throw new KilostepError('invalid-plan', `Plan ${quote(String(name))} cannot be used:`, faults)
  return new DefinedPlan(data, workers)
}

/** A type with the answers in place of their handles. */
export type Resolved<T> =
  T extends Handle<infer Answer>
    ? Answer
    : T extends string | number | boolean | null | undefined
      ? T
      : { [K in keyof T]: Resolved<T[K]> }

const subtaskOptions = ['id', 'description', 'needs', 'when', 'priority', 'fallback', 'policy']
const checkOptions = ['id', 'input', 'policy']

function readOptions<T extends object>(
  options: T,
  known: readonly string[],
  worker: string,
  faults: Fault[],
): Partial<T> {
  const given: unknown = options
  if (given === null || typeof given !== 'object') {
    const is = given === null ? 'null' : `a ${typeof given}`
    faults.push(
      fault('options', `The options of a subtask of ${quote(worker)} must be an object, but they are ${is}.`),
    )
    return {}
  }
  for (const option in options) {
    if (known.includes(option)) continue
    const hint = didYouMean(option, known) || ` There are ${known.map(quote).join(', ')}.`
    faults.push(fault('options', `A subtask of ${quote(worker)} has no option ${quote(option)}.${hint}`))
  }
  return options
}

function idsOf(handles: readonly Handle<unknown>[], own: object, faults: Fault[]): string[] {
  if (Array.isArray(handles)) return handles.map((handle) => idOf(handle, own, faults))
  faults.push(fault('handle', `"needs" and checks take a list of handles, not a ${typeof handles}.`))
  return []
}

function idOf(handle: Handle<unknown>, own: object, faults: Fault[]): string {
  if (!(handle instanceof Handle)) {
    faults.push(
      fault('handle', `"needs" and checks take handles that this plan gave, not a ${typeof handle}.`),
    )
    return 'unknown'
  }
  if (handle.plan !== own)
    faults.push(fault('handle', `The handle of ${quote(handle.id)} is of another plan.`))
  return handle.id
}

function fault(code: string, message: string): Fault {
  return { code, where: '', message }
}
