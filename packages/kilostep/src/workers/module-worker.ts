import { access, readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { KilostepError, type PolicyOptions, quote } from '@kilostep/core'
import { failureOf } from '../failure.ts'
import { versionOfParts } from '../learn.ts'
import { type Alternative, type AttemptContext, defineWorker, type Verdict, type Worker } from '../worker.ts'
import type { LimitOptions } from './command-worker.ts'
import type { ContextData, ModuleFacts } from './isolate-messages.ts'
import { IsolatePool } from './isolate-pool.ts'
import { importExport } from './module-export.ts'

/** How long an isolated module may take to load, in ms. */
const loadMs = 30_000

export interface ModuleOptions extends LimitOptions {
  readonly name: string
  /** A JavaScript or TypeScript file: a URL (`new URL('./read.ts', import.meta.url)`), or a path from the current folder. */
  readonly module: URL | string
  /** Which export: a worker of `defineWorker`, or a function `(input, context) => answer`. Default `default`. */
  readonly export?: string
  /**
   * Runs it in a thread or process of its own, which is ended when an attempt is to stop and does not within half its
   * grace, and which may die without harm to anything but the attempt. Input and answer are copied. A `thread` starts
   * faster; a `process` also survives running out of memory, native crashes and calls that block. Default: none.
   *
   * Unless `concurrency` says otherwise, as many attempts run at once as the machine has processors.
   */
  readonly isolate?: 'thread' | 'process'
}

/**
 * A worker from a module file. The limits given here go before those of the module's own worker.
 *
 * @throws KilostepError `invalid-worker`: no such file, no such export, it cannot be loaded, or its options are wrong.
 */
export async function moduleWorker<Input = unknown, Output = unknown>(
  options: ModuleOptions,
): Promise<Worker<Input, Output>> {
  const { name, module, export: exportName = 'default', isolate, ...limits } = options
  const fail = (problem: string): KilostepError => {
    const message = `Worker ${quote(String(name))}: ${problem}`
    return new KilostepError('invalid-worker', message)
  }
  if (isolate !== undefined && isolate !== 'thread' && isolate !== 'process')
    throw fail(`"isolate" must be thread or process, not ${quote(String(isolate))}.`)
  const url = urlOf(module)
  if (url === undefined) throw fail('"module" must be a file: URL or the path of a file.')
  const file = fileURLToPath(url)
  await access(file).catch(() => {
    throw fail(`There is no file ${quote(file)}.`)
  })
  // What a module is made of is more than its functions; what it imports is not looked at.
  const version = versionOfParts([exportName, await readFile(file, 'utf8')])
  const given = { version, ...limits, name }
  if (isolate === undefined) {
    const found = await importExport(url, exportName).catch((error) => {
      throw fail(`The module ${quote(file)} cannot be loaded: ${failureOf(error).message}`)
    })
    if ('problem' in found) throw fail(`The module ${quote(file)} ${found.problem}`)
    if ('run' in found) return defineWorker({ ...given, run: found.run }) as Worker<Input, Output>
    const own = found.worker.version === undefined ? undefined : { version: found.worker.version }
    return defineWorker({ ...found.worker, ...laidOver(found.worker, given), ...own } as never) as Worker<
      Input,
      Output
    >
  }
  const pool = new IsolatePool(isolate, url, exportName)
  const signal = AbortSignal.timeout(loadMs)
  try {
    const facts = await pool.call({ what: 'describe' }, { signal, graceMs: 0 }).catch((error) => {
      if (signal.aborted) throw fail(`The module ${quote(file)} was not loaded within ${loadMs} ms.`)
      throw fail(`${failureOf(error).message} (${quote(file)})`)
    })
    if ((facts as ModuleFacts).routes)
      throw fail(
        `"route" has to answer at once, which a ${isolate} of its own cannot. Give "policy.route" rules instead, or take "isolate" away.`,
      )
    return isolatedWorker(pool, facts as ModuleFacts, given) as Worker<Input, Output>
  } catch (error) {
    pool.dispose()
    throw error
  }
}

function isolatedWorker(
  pool: IsolatePool,
  facts: ModuleFacts,
  given: LimitOptions & { name: string },
): Worker {
  const { verifies, keys, confident, alternates, undoes, routes: _, ...own } = facts
  const ask =
    <T>(what: 'key' | 'confidence' | 'alternatives') =>
    async (answer: unknown, context: AttemptContext): Promise<T> =>
      (await pool.call({ what, answer, context: dataOf(context) }, context)) as T
  return defineWorker<unknown, unknown>({
    concurrency: availableParallelism(),
    ...laidOver(own as LimitOptions, given),
    run: (input, context) => pool.call({ what: 'run', input, context: dataOf(context) }, context),
    ...(verifies && {
      verify: async (answer, input, context) =>
        (await pool.call({ what: 'verify', answer, input, context: dataOf(context) }, context)) as Verdict,
    }),
    ...(keys && { key: ask<string>('key') }),
    ...(confident && { confidence: ask<number>('confidence') }),
    ...(alternates && { alternatives: ask<readonly Alternative[]>('alternatives') }),
    ...(undoes && {
      undo: async (answer, { run, subtask }) => {
        const never = new AbortController().signal
        await pool.call({ what: 'undo', answer, context: { run, subtask } }, { signal: never, graceMs: 0 })
      },
    }),
    dispose: () => pool.dispose(),
  })
}

/** What a plan or caller says of a worker goes before what the worker says of itself, policy by policy. */
function laidOver<Given extends LimitOptions>(own: LimitOptions, given: Given): Given {
  const said = (options: LimitOptions): LimitOptions =>
    Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const policy = mergedPolicy(own.policy, given.policy)
  return { ...said(own), ...said(given), ...(policy && { policy }) } as Given
}

function mergedPolicy(
  own: PolicyOptions | undefined,
  given: PolicyOptions | undefined,
): PolicyOptions | undefined {
  if (own === undefined || given === undefined) return given ?? own
  const retry = { ...own.retry, ...given.retry }
  return { ...own, ...given, ...(Object.keys(retry).length > 0 && { retry }) }
}

function urlOf(module: unknown): string | undefined {
  const text = module instanceof URL ? module.href : module
  if (typeof text !== 'string' || text === '') return undefined
  if (text.startsWith('file:')) return text
  return module instanceof URL ? undefined : pathToFileURL(resolve(text)).href
}

function dataOf(context: AttemptContext): ContextData {
  const { run, subtask, attempt, sample, depth, temperature, idempotencyKey } = context
  const { reason, lane, maxAnswerBytes, graceMs } = context
  return {
    run,
    subtask,
    attempt,
    sample,
    depth,
    temperature,
    idempotencyKey,
    reason,
    lane,
    maxAnswerBytes,
    graceMs,
  }
}
