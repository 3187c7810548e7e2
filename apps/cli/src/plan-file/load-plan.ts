import { basename, dirname, extname, resolve } from 'node:path'
import { checkPlan, type Fault, KilostepError, type Plan, quote } from '@kilostep/core'
import type { Worker } from 'kilostep'
import type { Io } from '../io.ts'
import { type ReadDocument, readJson, readYaml } from './document.ts'
import { loadModule } from './load-module.ts'
import { readText } from './read-text.ts'

const maxYamlBytes = 16 * 1_048_576
const maxJsonBytes = 256 * 1_048_576
const shownFaults = 50
export const modules = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs']

/** A plan that was read and has no fault. */
export interface LoadedPlan {
  readonly plan: Plan
  /** Workers that a module brought along; those of a plan file are made by `planWorkers`. */
  readonly workers: readonly Worker[]
  /** The folder that the plan's own paths are relative to. */
  readonly folder: string
}

export interface LoadOptions {
  /** Which export of a module. Default `default`. */
  readonly export?: string | undefined
  /** Workers that the plan may name beyond those that it brings along. */
  readonly workers?: readonly Worker[] | undefined
}

/**
 * Reads a plan from a file – YAML, JSON or a module – or, as `-`, from standard input, and checks it.
 *
 * @throws KilostepError with every fault, each with its line where that is known.
 */
export async function loadPlan(file: string, io: Io, options: LoadOptions = {}): Promise<LoadedPlan> {
  const kind = extname(file).toLowerCase()
  const path = resolve(io.folder, file)
  if (modules.includes(kind)) {
    await readText(file, io.folder, maxJsonBytes)
    const { data, workers } = await loadModule(path, file, options.export ?? 'default')
    return { ...checked(data, file, workers, () => undefined, options.workers), folder: dirname(path) }
  }
  if (options.export !== undefined)
    throw new KilostepError('usage', `--export is for modules, and ${quote(file)} is none.`)
  if (file === '-')
    return {
      ...fromText(await io.readStdin(), 'standard input', readYaml, options.workers),
      folder: io.folder,
    }
  if (!['.yaml', '.yml', '.json'].includes(kind)) {
    throw new KilostepError(
      'usage',
      `${quote(basename(file))} is not known to be a plan by its name. Plans are .yaml, .yml or .json files, or modules (.ts, .js, .mts, .mjs).`,
    )
  }
  const json = kind === '.json'
  const text = await readText(file, io.folder, json ? maxJsonBytes : maxYamlBytes)
  return { ...fromText(text, file, json ? readJson : readYaml, options.workers), folder: dirname(path) }
}

function fromText(
  text: string,
  file: string,
  read: (text: string) => ReadDocument,
  more: readonly Worker[] | undefined,
): Omit<LoadedPlan, 'folder'> {
  const { data, faults, lineOf } = read(text)
  if (faults.length > 0) throw invalid(undefined, file, faults)
  return checked(data, file, [], lineOf, more)
}

/** A plan without a fault. */
export function checked(
  data: unknown,
  file: string,
  workers: readonly Worker[],
  lineOf: (where: string) => number | undefined,
  more: readonly Worker[] = [],
): Omit<LoadedPlan, 'folder'> {
  const { plan, faults } = checkPlan(data, {
    workers: new Map([...more, ...workers].map((worker) => [worker.name, worker])),
  })
  if (plan !== undefined) return { plan, workers }
  const placed = faults.map((fault, i) => {
    // To look for the lines of faults that are not shown anyway would take long where there are many.
    const line = i < shownFaults ? lineOf(fault.where) : undefined
    return line === undefined ? fault : { ...fault, message: `line ${line}: ${fault.message}` }
  })
  const name = (data as { readonly name?: unknown } | null | undefined)?.name
  throw invalid(typeof name === 'string' ? name : undefined, file, placed)
}

function invalid(name: string | undefined, file: string, faults: readonly Fault[]): KilostepError {
  const what = name === undefined ? 'The plan' : `Plan ${quote(name)}`
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
  return new KilostepError('invalid-plan', `${what} in ${file} has ${count}:`, faults)
}
