import type { z } from 'zod'
import { type Fault, KilostepError } from '../errors.ts'
import { sentence } from '../issues.ts'
import { unreadable } from '../json.ts'
import type { PolicyOptions } from '../policy/policy.ts'
import { didYouMean, quote } from '../suggest.ts'
import { checkGraph } from './check-graph.ts'
import { allIds, fault, isRecord, pushIssues, readForm } from './form.ts'
import { keepGraph, type PlanGraph } from './graph.ts'
import type { Check, Plan, Subtask } from './plan.ts'
import { readTemplate } from './reference.ts'

/** What the check must know of a worker. */
export interface KnownWorker {
  readonly name: string
  /** The schema of its input, against which inputs without references are checked. */
  readonly input?: z.ZodType | undefined
  /** What an attempt does to the world. */
  readonly effects?: 'none' | 'idempotent' | 'once' | undefined
  /** What it writes when it is given this input: a file, a row, an address. Two subtasks must not write the same. */
  readonly writes?: ((input: never) => string | readonly string[]) | undefined
  /** Whether something judges its answers before they count. */
  readonly verified?: boolean | undefined
  readonly policy?: PolicyOptions | undefined
}

export interface CheckOptions {
  /** The workers that the plan may name beyond those it brings along. Absent: any name is taken. */
  readonly workers?: ReadonlyMap<string, KnownWorker> | undefined
  /** The most subtasks and checks together. Default 2,000,000. */
  readonly maxSubtasks?: number | undefined
}

export interface CheckedPlan {
  /** The plan, where no fault was found. */
  readonly plan: Plan | undefined
  /** Its graph, where no fault was found. */
  readonly graph: PlanGraph | undefined
  /** Everything that is wrong with it, at once. */
  readonly faults: readonly Fault[]
}

export const defaultMaxSubtasks = 2_000_000

/** Checks data from anywhere: its form first, then every edge, id, worker, input and limit. Never throws. */
export function checkPlan(data: unknown, options: CheckOptions = {}): CheckedPlan {
  try {
    return check(data, options)
  } catch (error) {
    // Getters and proxies are the caller's code, and it may throw.
    const message = `The plan ${sentence(unreadable(error))} Give plain data.`
    return { plan: undefined, graph: undefined, faults: [fault('form', '', message)] }
  }
}

function check(data: unknown, options: CheckOptions): CheckedPlan {
  const faults: Fault[] = []
  const plan = readForm(data, options.maxSubtasks ?? defaultMaxSubtasks, faults)
  if (plan === undefined) return { plan: undefined, graph: undefined, faults }
  const graph = checkGraph(plan, () => allIds(data), faults)
  checkWorkers(plan, options.workers, faults)
  if (faults.length === 0) keepGraph(plan, graph)
  return faults.length === 0 ? { plan, graph, faults } : { plan: undefined, graph: undefined, faults }
}

/**
 * {@link checkPlan} for a plan that a program wrote.
 *
 * @throws KilostepError `invalid-plan` with every fault.
 */
export function requirePlan(data: unknown, options: CheckOptions = {}): { plan: Plan; graph: PlanGraph } {
  const { plan, graph, faults } = checkPlan(data, options)
  if (plan !== undefined && graph !== undefined) return { plan, graph }
  const name = nameOf(data)
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
  throw new KilostepError('invalid-plan', `Plan${name} has ${count}:`, faults)
}

function nameOf(data: unknown): string {
  try {
    return isRecord(data) && typeof data['name'] === 'string' ? ` ${quote(data['name'])}` : ''
  } catch {
    return ''
  }
}

function checkWorkers(
  plan: Plan,
  known: ReadonlyMap<string, KnownWorker> | undefined,
  faults: Fault[],
): void {
  if (known === undefined) return
  const own = new Set(Object.keys(plan.workers ?? {}))
  const unknown = new Map<string, string[]>()
  const look = (spec: Subtask | Check): void => {
    const worker = known.get(spec.worker)
    if (worker === undefined) {
      if (!own.has(spec.worker)) unknown.set(spec.worker, [...(unknown.get(spec.worker) ?? []), spec.id])
      return
    }
    if (worker.input === undefined || 'covers' in spec || spec.map !== undefined) return
    const { references, problems } = readTemplate(spec.input)
    if (references.length > 0 || problems.length > 0) return
    const parsed = worker.input.safeParse(spec.input)
    if (!parsed.success) {
      const before = faults.length
      pushIssues(
        parsed.error.issues,
        `The input of subtask ${quote(spec.id)} does not fit worker ${quote(spec.worker)}`,
        faults,
        'input',
      )
      if (faults.length === before)
        faults.push(fault('input', spec.id, `The input of subtask ${quote(spec.id)} does not fit.`))
    }
  }
  for (const subtask of plan.subtasks) look(subtask)
  for (const check of plan.checks ?? []) look(check)
  for (const [name, users] of unknown) {
    const who =
      users.length === 1
        ? `Subtask ${quote(users[0] ?? '')} needs`
        : `${users.length} subtasks (the first is ${quote(users[0] ?? '')}) need`
    const names = [...known.keys(), ...own]
    const has =
      names.length === 0
        ? ' No worker is known.'
        : didYouMean(name, names) || ` Known: ${names.slice(0, 10).map(quote).join(', ')}.`
    faults.push(
      fault('unknown-worker', users[0] ?? '', `${who} worker ${quote(name)}, which is not known.${has}`),
    )
  }
}
