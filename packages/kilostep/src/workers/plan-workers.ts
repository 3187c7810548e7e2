import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Fault, KilostepError, planSchema, quote, type WorkerSpec } from '@kilostep/core'
import type { Worker } from '../worker.ts'
import { commandWorker } from './command-worker.ts'
import type { PassedVariables } from './environment.ts'
import { pathInside } from './folder.ts'
import { moduleWorker } from './module-worker.ts'

export interface PlanWorkersOptions {
  /** The folder of the plan file; what the plan names is looked for in it and nowhere else. Default: the current one. */
  readonly folder?: string | URL
  /** Whether the plan's commands may be run. Default false. */
  readonly allowCommands?: boolean
  /** Variables that its commands get beyond those every program needs; see `commandWorker`. Default: none. */
  readonly env?: PassedVariables
}

/**
 * Makes workers of what a plan brings along in `workers`, for `createEngine`. Modules are loaded by this, so a plan is to
 * be trusted as far as the files in its folder are; commands need `allowCommands`.
 *
 * @throws KilostepError `commands-not-allowed`, or `invalid-worker` with every fault of every worker.
 */
export async function planWorkers(plan: unknown, options: PlanWorkersOptions = {}): Promise<Worker[]> {
  const { allowCommands = false, env = [] } = options
  const { folder: given = '.' } = options
  const folder = resolve(given instanceof URL ? fileURLToPath(given) : given)
  const faults: Fault[] = []
  const specs = Object.entries(readSpecs(plan, faults))
  const commands = specs.flatMap(([name, spec]) => ('command' in spec ? [name] : []))
  if (commands.length > 0 && !allowCommands) {
    const message = `The plan wants to run commands on this machine: ${commands.map(quote).join(', ')}. Read them, then allow it: planWorkers(plan, { allowCommands: true }), or --allow-commands on the command line.`
    faults.push({ code: 'commands-not-allowed', where: 'workers', message })
  }
  const made = await Promise.all(
    specs.map(async ([name, spec]) => {
      try {
        return await makeWorker(name, spec, folder, env)
      } catch (error) {
        if (!(error instanceof KilostepError)) throw error
        return error
      }
    }),
  )
  const workers: Worker[] = []
  // In the order of the plan, whichever was looked at first.
  made.forEach((one, place) => {
    if (one instanceof KilostepError) faults.push(...faultsOf(one, (specs[place] as [string, unknown])[0]))
    else workers.push(one)
  })
  if (faults.length === 0) return workers
  await Promise.allSettled(workers.map(async (worker) => worker.dispose?.()))
  const [first] = faults
  if (faults.length === 1 && first?.code === 'commands-not-allowed')
    throw new KilostepError(first.code, first.message, [])
  throw new KilostepError('invalid-worker', "The plan's workers cannot be used:", faults)
}

function faultsOf(error: KilostepError, name: string): Fault[] {
  const where = `workers.${name}`
  if (error.faults.length === 0) return [{ code: 'worker', where, message: error.message }]
  return error.faults.map(({ code, message }) => ({
    code,
    where,
    message: `Worker ${quote(name)}: ${message}`,
  }))
}

async function makeWorker(
  name: string,
  spec: WorkerSpec,
  folder: string,
  env: PassedVariables,
): Promise<Worker> {
  const fail = (problem: string): KilostepError =>
    new KilostepError('invalid-worker', `Worker ${quote(name)}: ${problem}`)
  if ('command' in spec) {
    const { cwd = '.', ...rest } = spec
    const place = await pathInside(folder, cwd, 'folder')
    if ('problem' in place) throw fail(`"cwd" ${quote(cwd)} ${place.problem}.`)
    return commandWorker({ ...defined(rest), name, cwd: place.path, env })
  }
  const place = await pathInside(folder, spec.module, 'file')
  if ('problem' in place) throw fail(`"module" ${quote(spec.module)} ${place.problem}.`)
  return moduleWorker({ ...defined(spec), name, module: place.path })
}

/** zod leaves what was not given as undefined, which exact optional properties do not take. */
function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never
}

/** The plan's `workers`, those of the right form; the faults of the others. */
function readSpecs(plan: unknown, faults: Fault[]): Record<string, WorkerSpec> {
  const given = (plan as { readonly workers?: unknown } | null | undefined)?.workers
  if (given === undefined) return {}
  const result: Record<string, WorkerSpec> = {}
  const all = planSchema.shape.workers.safeParse(given)
  if (all.success) return all.data ?? {}
  if (given === null || typeof given !== 'object' || Array.isArray(given)) {
    faults.push({ code: 'form', where: 'workers', message: '"workers" must be an object: name to worker.' })
    return result
  }
  for (const [name, spec] of Object.entries(given)) {
    const one = planSchema.shape.workers.safeParse({ [name]: spec })
    if (one.success) Object.assign(result, one.data)
    else {
      const problem = `must have either "command" (a text or a list of texts) or "module" (a file), and no option that does not go with it.`
      faults.push({ code: 'form', where: `workers.${name}`, message: `Worker ${quote(name)} ${problem}` })
    }
  }
  return result
}
