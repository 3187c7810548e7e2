import { basename, dirname, extname, resolve } from 'node:path'
import { KilostepError, quote } from '@kilostep/core'
import { planTrial, type TrialFunction, type TrialsOptions } from '@kilostep/testing'
import { planWorkers } from 'kilostep'
import type { Io } from '../io.ts'
import { loadExport, planOf } from '../plan-file/load-module.ts'
import { checked, type LoadedPlan, loadPlan, modules } from '../plan-file/load-plan.ts'
import { readText } from '../plan-file/read-text.ts'
import type { TrialFlags } from './flags.ts'

const maxBytes = 256 * 1_048_576

/** What is to be tried, with what it says of the gate itself. */
export interface LoadedTrial extends AsyncDisposable {
  readonly options: Partial<TrialsOptions<unknown>> & Pick<TrialsOptions<unknown>, 'run'>
}

/**
 * Loads what is to be tried: a plan file, or a module that exports a plan, a function, or the options of a gate with
 * `run`.
 *
 * @throws KilostepError that says what is wrong with it.
 */
export async function loadTrial(file: string, flags: TrialFlags, io: Io): Promise<LoadedTrial> {
  const name = basename(file, extname(file))
  if (!modules.includes(extname(file).toLowerCase()))
    return ofPlan(await loadPlan(file, io, { export: flags.export }), flags)
  const path = resolve(io.folder, file)
  await readText(file, io.folder, maxBytes)
  const exported = flags.export ?? 'default'
  const value = await loadExport(path, file, exported)
  if (typeof value === 'function') return ofOptions({ run: value as TrialFunction<unknown>, name }, flags)
  const { run } = (value ?? {}) as { readonly run?: unknown }
  if (typeof run === 'function') return ofOptions({ name, ...(value as LoadedTrial['options']) }, flags)
  const { data, workers } = tried(value, run, file, exported)
  const more = run === undefined ? {} : { ...(value as object) }
  const loaded = { ...checked(data, file, workers, () => undefined), folder: dirname(path) }
  return ofPlan(loaded, flags, more)
}

function tried(value: unknown, run: unknown, file: string, exported: string): ReturnType<typeof planOf> {
  try {
    return planOf(run ?? value, file, exported)
  } catch {
    throw new KilostepError(
      'module',
      `The export ${quote(exported)} of ${quote(file)} cannot be tried. Export a function, a plan, or { run, good, bad } as runTrials takes it.`,
    )
  }
}

function ofOptions(options: LoadedTrial['options'], { faults }: TrialFlags): LoadedTrial {
  if (faults !== undefined)
    throw new KilostepError(
      'usage',
      '--faults is for plans. Inside a function, wrap its workers with withFaults.',
    )
  return { options, [Symbol.asyncDispose]: async () => undefined }
}

async function ofPlan(
  { plan, workers, folder }: LoadedPlan,
  { allowCommands, passEnv, faults }: TrialFlags,
  options: object = {},
): Promise<LoadedTrial> {
  const own = await planWorkers(plan, { folder, allowCommands, ...(passEnv && { env: passEnv }) })
  const run = planTrial(plan, { workers: [...workers, ...own], ...(faults && { faults: faults as 'crash' }) })
  return {
    options: { name: plan.name, ...options, run },
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  }
}
