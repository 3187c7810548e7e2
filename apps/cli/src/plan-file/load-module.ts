import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { didYouMean, KilostepError, quote } from '@kilostep/core'
import type { Worker } from 'kilostep'

const loadMs = 30_000

/** What a module exports as its plan. */
export interface ModulePlan {
  readonly data: unknown
  readonly workers: readonly Worker[]
}

/**
 * The plan of a JavaScript or TypeScript module: what `definePlan` gave, plan data, `{ plan, workers }`, or a function
 * that gives one of them.
 *
 * @throws KilostepError `module` where it cannot be loaded or exports no plan.
 */
export async function loadModule(path: string, shown: string, name: string): Promise<ModulePlan> {
  const value = await loadExport(path, shown, name)
  const given =
    typeof value === 'function'
      ? await inTime(
          guarded(async () => value(), path, shown),
          shown,
        )
      : value
  return planOf(given, shown, name)
}

/**
 * What a module exports under a name.
 *
 * @throws KilostepError `module` where it cannot be loaded or exports nothing of that name.
 */
export async function loadExport(path: string, shown: string, name: string): Promise<unknown> {
  const exports = await importModule(path, shown)
  if (Object.hasOwn(exports as object, name)) return (exports as Record<string, unknown>)[name]
  const names = Object.keys(exports as object)
  const has =
    names.length === 0
      ? ' It exports nothing.'
      : didYouMean(name, names) || ` It exports ${names.slice(0, 10).join(', ')}.`
  throw new KilostepError(
    'module',
    `${quote(shown)} has no export ${quote(name)}.${has} Export the plan that definePlan gives, or say --export <name>.`,
  )
}

/**
 * What a JavaScript or TypeScript module exports.
 *
 * @throws KilostepError `module` where it cannot be loaded.
 */
export function importModule(path: string, shown: string): Promise<unknown> {
  return inTime(
    guarded(() => import(pathToFileURL(path).href), path, shown),
    shown,
  )
}

/** The plan that a value is, or a mistake. */
export function planOf(value: unknown, shown: string, name: string): ModulePlan {
  if (isObject(value)) {
    // Not `instanceof`: the plan may have been made by another copy of Kilostep than this command's.
    if (isObject(value['data']) && value['workers'] instanceof Map)
      return { data: value['data'], workers: [...value['workers'].values()] as Worker[] }
    if (isObject(value['plan']) && Array.isArray(value['workers'])) {
      const inner = planOf(value['plan'], shown, name)
      return { data: inner.data, workers: [...inner.workers, ...(value['workers'] as Worker[])] }
    }
    if ('subtasks' in value) return { data: value, workers: [] }
  }
  throw new KilostepError(
    'module',
    `The export ${quote(name)} of ${quote(shown)} is no plan. Export what definePlan gives, plan data, { plan, workers }, or a function that returns one of them.`,
  )
}

async function guarded(load: () => Promise<unknown>, path: string, shown: string): Promise<unknown> {
  try {
    return await load()
  } catch (error) {
    if (error instanceof Error && error.name === 'KilostepError') throw error
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const line = error instanceof Error ? lineIn(error.stack ?? '', path) : ''
    const missing = /Cannot find package '(@?[^']+)'/.exec(message)?.[1]
    const hint = missing === undefined ? '' : ` Install it in the folder of the plan: npm install ${missing}`
    throw new KilostepError('module', `${quote(shown)}${line} could not be loaded: ${message}${hint}`)
  }
}

function lineIn(stack: string, path: string): string {
  const line = stack.split('\n').find((one) => one.includes(basename(path)))
  const place = line === undefined ? undefined : /:(\d+):\d+\)?$/.exec(line)?.[1]
  return place === undefined ? '' : `, line ${place},`
}

/** A module that awaits what never comes would end the process without a word. */
async function inTime<T>(loading: Promise<T>, shown: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const message = `${quote(shown)} was not loaded within ${loadMs / 1_000} s. Does it await something that never comes?`
  const timer = setTimeout(() => reject(new KilostepError('module', message)), loadMs)
  try {
    return await Promise.race([loading, promise])
  } finally {
    clearTimeout(timer)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
