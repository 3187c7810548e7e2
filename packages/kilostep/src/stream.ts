import { randomUUID } from 'node:crypto'
import { KilostepError, parseOptions, quote } from '@kilostep/core'
import { z } from 'zod'
import { type DefinedPlan, definePlan, type PlanBuilder } from './define-plan.ts'
import type { Engine } from './engine.ts'
import { type StartOptions, startSchema } from './engine-options.ts'
import { Handle } from './handle.ts'
import { reasonOf } from './reason.ts'
import type { Run } from './run.ts'
import { addBatch, emptySummary, type StreamSummary } from './stream-summary.ts'

export interface StreamOptions extends Omit<StartOptions, 'budget' | 'order' | 'record'> {
  /** How many items share one run. 1 to 100,000, default 1,000. */
  readonly batch?: number
  /** How many such runs are under way at once, those among them that wait to be read. 1 to 1,000, default 4. */
  readonly window?: number
  /** How many items there are. Only needed for a `target`, which is for all of them together. */
  readonly items?: number
}

/** What became of one item. */
export type StreamedItem<Output> =
  | { readonly index: number; readonly status: 'succeeded'; readonly output: Output }
  | { readonly index: number; readonly status: 'failed'; readonly message: string }

const streamSchema = startSchema.omit({ budget: true, order: true, record: true }).extend({
  batch: z.int().min(1).max(100_000).optional(),
  window: z.int().min(1).max(1_000).optional(),
  items: z.int().min(1).optional(),
})

/**
 * A plan for each item of a source that need not fit in memory: rows of a file, pages of an API, an endless queue. Items
 * are taken as there is room, each batch of them is one run of the engine, and an item's subtasks come before the next
 * item's, so that about `batch` × `window` items are held at a time, however many there are. Nothing happens until
 * somebody iterates over it, and no more than the window when nobody goes on.
 *
 * With `run` and a journal on disk the stream can be stopped, killed, and started again with the same source: batches
 * that ended are read from the journal, the one that was cut off goes on.
 *
 * @param build adds the subtasks of one item and returns the handle of its result.
 * @throws KilostepError `invalid-options` at once; while iterating what `start` and `resume` throw, what the source
 * throws, and `too-many-items` where there are more than `items`.
 */
export function streamPlan<T, Output>(
  engine: Engine,
  name: string,
  source: Iterable<T> | AsyncIterable<T>,
  build: (plan: PlanBuilder, item: T, index: number) => Handle<Output>,
  options: StreamOptions = {},
): PlanStream<T, Output> {
  return new PlanStream(engine, name, source, build, options)
}

/** Made by {@link streamPlan}; iterate over it once for what became of each item, in the order of the source. */
export class PlanStream<T, Output> implements AsyncIterable<StreamedItem<Output>> {
  readonly #engine: Engine
  readonly #name: string
  readonly #source: Iterable<T> | AsyncIterable<T>
  readonly #build: (plan: PlanBuilder, item: T, index: number) => Handle<Output>
  readonly #options: z.output<typeof streamSchema>
  readonly #named: boolean
  readonly #run: string
  #summary: StreamSummary = emptySummary
  #taken = 0
  #started = false

  /** @internal */
  constructor(
    engine: Engine,
    name: string,
    source: Iterable<T> | AsyncIterable<T>,
    build: (plan: PlanBuilder, item: T, index: number) => Handle<Output>,
    options: StreamOptions,
  ) {
    this.#options = parseOptions(streamSchema, options, 'streamPlan')
    if (this.#options.target !== undefined && this.#options.items === undefined) {
      throw new KilostepError(
        'invalid-options',
        'A target is for all items together: say how many there are with "items", or leave "target" out.',
      )
    }
    this.#engine = engine
    this.#name = name
    this.#source = source
    this.#build = build
    this.#named = this.#options.run !== undefined
    this.#run = this.#options.run ?? randomUUID()
  }

  /** What the batches that have been read so far came to, added up. */
  summary(): StreamSummary {
    return this.#summary
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamedItem<Output>, void, undefined> {
    if (this.#started) throw new KilostepError('stream-read', 'A stream can be iterated over only once.')
    this.#started = true
    const items = iterate(this.#source)
    const window: Promise<Batch<Output>>[] = []
    let more = true
    try {
      for (let number = 1; more || window.length > 0; ) {
        while (more && window.length < (this.#options.window ?? 4)) {
          const batch = await this.#take(items)
          more = batch.length === (this.#options.batch ?? 1_000)
          if (batch.length === 0) break
          const started = this.#start(number++, batch)
          // Whoever stops reading must not bring the process down with what fails afterwards.
          started.catch(() => undefined)
          window.push(started)
        }
        const next = window.shift()
        if (next === undefined) return
        const { run, first, handles } = await next
        const { report } = await run.result
        const done = handles.map((handle, i) => itemOf(run, handle, first + i))
        const failed = done.filter(({ status }) => status === 'failed').length
        this.#summary = addBatch(this.#summary, report, { items: done.length, failed })
        yield* done
      }
    } finally {
      await Promise.allSettled(window.map(async (batch) => this.#stop((await batch).run)))
      await items.return?.()
    }
  }

  /** Nobody reads on: what can be found again is left to be gone on with, the rest is cancelled. */
  async #stop(run: Run): Promise<void> {
    if (this.#named) await run.drain()
    else run.cancel('Its stream is no longer read.')
  }

  async #take(items: AsyncIterator<T> | Iterator<T>): Promise<T[]> {
    const batch: T[] = []
    while (batch.length < (this.#options.batch ?? 1_000)) {
      const next = await items.next()
      if (next.done === true) break
      batch.push(next.value)
      this.#taken++
      const { items: most } = this.#options
      if (most !== undefined && this.#taken > most) {
        throw new KilostepError(
          'too-many-items',
          `The source has more than ${most} items, so the target is not for all of them. Raise "items".`,
        )
      }
    }
    return batch
  }

  async #start(number: number, batch: readonly T[]): Promise<Batch<Output>> {
    const first = this.#taken - batch.length
    const handles: Handle<Output>[] = []
    const plan = definePlan(this.#name, (p) => {
      for (const [i, item] of batch.entries()) handles.push(handleOf(this.#build(p, item, first + i)))
    })
    const id = `${this.#run}/${number}`
    const { batch: _, window: __, items, target, seed, ...rest } = this.#options
    const options = {
      ...rest,
      run: id,
      order: 'plan',
      ...(target === undefined ? undefined : { target: target ** (batch.length / (items as number)) }),
      ...(seed === undefined ? undefined : { seed: `${seed}/${number}` }),
    }
    const run =
      (this.#named ? await this.#resumed(id, plan) : undefined) ??
      this.#engine.start(plan, options as StartOptions)
    return { run: run as Run, first, handles }
  }

  /** The batch as an earlier process left it; undefined where there was none. */
  async #resumed(id: string, plan: DefinedPlan<unknown>): Promise<Run<unknown> | undefined> {
    const { rollBack, signal } = this.#options
    try {
      return await this.#engine.resume(id, {
        plan,
        ...(rollBack === undefined ? undefined : { rollBack }),
        ...(signal === undefined ? undefined : { signal }),
      })
    } catch (error) {
      if (error instanceof KilostepError && error.code === 'unknown-run') return undefined
      if (error instanceof KilostepError && error.code === 'plan-changed') {
        throw new KilostepError(
          'plan-changed',
          `Batch ${quote(id)} was made of other items or by another plan. Give the stream the same source and the same "batch", or another "run".`,
        )
      }
      throw error
    }
  }
}

interface Batch<Output> {
  readonly run: Run
  readonly first: number
  readonly handles: readonly Handle<Output>[]
}

function iterate<T>(source: Iterable<T> | AsyncIterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
}

function handleOf<Output>(value: Handle<Output>): Handle<Output> {
  if (value instanceof Handle && value.path.length === 0 && value.otherwise.length === 0) return value
  throw new KilostepError(
    'invalid-plan',
    'The function that builds the plan of an item must return the handle of a subtask, neither a part of one nor with ".or".',
  )
}

function itemOf<Output>(run: Run, handle: Handle<Output>, index: number): StreamedItem<Output> {
  const why = reasonOf(run.state, handle.id)
  return why === undefined
    ? { index, status: 'succeeded', output: run.answer(handle.id) as Output }
    : { index, status: 'failed', message: why }
}
