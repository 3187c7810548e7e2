import type { Fault } from '../errors.ts'
import { unreadable } from '../json.ts'
import { quote } from '../suggest.ts'
import { type CheckOptions, checkPlan } from './check.ts'
import { checkSense } from './check-sense.ts'
import { allIds, fault, isRecord } from './form.ts'
import type { PlanGraph } from './graph.ts'
import { nameReader } from './names.ts'
import type { Plan } from './plan.ts'
import { renameReferences } from './rename.ts'

export interface RepairOptions extends CheckOptions {
  /**
   * Whether the plan may bring workers, commands among them, and policies of its own. Default false: what a model says
   * widens neither what may be done nor how often.
   */
  readonly own?: boolean | undefined
  /** Whether something must judge each answer: its worker's verifier, a check or a vote. Default false. */
  readonly judged?: boolean | undefined
  /** Ids of subtasks that are there already: the plan may refer to them, and not use them anew. */
  readonly existing?: readonly string[] | undefined
}

export interface RepairedPlan {
  /** The plan as it was mended, where no fault is left. */
  readonly plan: Plan | undefined
  /** Its graph, where no fault is left. */
  readonly graph: PlanGraph | undefined
  /** What had one safe reading and was mended: what was wrong, and how it is read. */
  readonly mended: readonly Fault[]
  /** Everything else that is wrong, at once. */
  readonly faults: readonly Fault[]
}

/**
 * Checks a plan that a model wrote, and mends what can be meant in one way only: a repeated edge, an edge from a subtask
 * to itself, a name that differs in case or spacing. Nothing else is guessed: it comes back as one complete list of
 * faults. The data is left as it is; never throws.
 */
export function repairPlan(data: unknown, options: RepairOptions = {}): RepairedPlan {
  try {
    return repair(data, options)
  } catch (error) {
    const message = `The plan ${unreadable(error)}. Give plain data.`
    return { plan: undefined, graph: undefined, mended: [], faults: [fault('form', '', message)] }
  }
}

function repair(data: unknown, options: RepairOptions): RepairedPlan {
  const mended: Fault[] = []
  const faults: Fault[] = []
  const given = options.own === true ? data : withoutOwn(data, faults)
  const { existing = [], workers } = options
  const whole = isRecord(given) ? withExisting(given, existing) : given
  const readable = isRecord(whole) ? mendPlan(whole, options, mended) : whole
  const known = workers === undefined ? undefined : new Map([...workers, [stub.name, stub]])
  const checked = checkPlan(readable, { ...options, workers: known })
  faults.push(...checked.faults)
  if (existing.length > 0 && checked.plan !== undefined) {
    checkCovers(checked.plan, new Set(existing), faults)
    const plan = { ...checked.plan, subtasks: checked.plan.subtasks.slice(existing.length) }
    if (checked.graph !== undefined) checkSense(plan, checked.graph, options, faults)
    return { plan: faults.length === 0 ? plan : undefined, graph: undefined, mended, faults }
  }
  const { plan, graph } = checked
  // Edges that lead nowhere would make more of the same fault.
  if (plan !== undefined && graph !== undefined) checkSense(plan, graph, options, faults)
  return faults.length === 0
    ? { plan, graph, mended, faults }
    : { plan: undefined, graph: undefined, mended, faults }
}

/** Stands for a subtask that is there already: without edges, so that references to it lead somewhere. */
const stub = { name: 'already in the plan' }

function withExisting(data: Record<string, unknown>, existing: readonly string[]): Record<string, unknown> {
  const { subtasks } = data
  if (existing.length === 0 || !Array.isArray(subtasks)) return data
  return { ...data, subtasks: [...existing.map((id) => ({ id, worker: stub.name })), ...subtasks] }
}

function checkCovers(plan: Plan, existing: ReadonlySet<string>, faults: Fault[]): void {
  for (const { id, covers } of plan.checks ?? []) {
    for (const covered of covers) {
      if (!existing.has(covered)) continue
      const message = `Check ${quote(id)} covers ${quote(covered)}, which is in the plan already. Cover new subtasks only.`
      faults.push(fault('covers-existing', id, message))
    }
  }
}

/** What a plan of a model may not say is one fault each, and then left out, so that it hides no other. */
function withoutOwn(data: unknown, faults: Fault[]): unknown {
  if (!isRecord(data)) return data
  const { workers, ...rest } = data
  if (workers !== undefined) {
    faults.push(
      fault('own-workers', 'workers', 'The plan brings workers of its own. Use those that there are.'),
    )
  }
  const strip = (list: unknown): unknown => {
    if (!Array.isArray(list)) return list
    return list.map((spec: unknown) => {
      if (!isRecord(spec) || spec['policy'] === undefined) return spec
      const { policy: _, ...other } = spec
      const id = String(other['id'])
      faults.push(fault('own-policy', id, `${quote(id)} has a "policy" of its own. Leave it out.`))
      return other
    })
  }
  const { subtasks, checks } = rest
  return {
    ...rest,
    ...(subtasks === undefined ? undefined : { subtasks: strip(subtasks) }),
    ...(checks === undefined ? undefined : { checks: strip(checks) }),
  }
}

function mendPlan(data: Record<string, unknown>, options: RepairOptions, mended: Fault[]): unknown {
  const { subtasks, checks, output } = data
  const own = isRecord(data['workers']) ? Object.keys(data['workers']) : []
  const mending: Mending = {
    worker: options.workers === undefined ? undefined : nameReader([...options.workers.keys(), ...own]),
    subtask: nameReader(allIds(data)),
    mended,
  }
  const plan: Record<string, unknown> = { ...data }
  if (Array.isArray(subtasks)) plan['subtasks'] = subtasks.map((spec) => mendSpec(spec, 'Subtask', mending))
  if (Array.isArray(checks)) plan['checks'] = checks.map((spec) => mendSpec(spec, 'Check', mending))
  if (output !== undefined)
    plan['output'] = renameReferences(output, (id) => meant(id, 'output', 'The output', mending))
  return plan
}

interface Mending {
  readonly worker: ((name: string) => string | undefined) | undefined
  readonly subtask: (id: string) => string | undefined
  readonly mended: Fault[]
}

function mendSpec(spec: unknown, what: string, mending: Mending): unknown {
  if (!isRecord(spec) || typeof spec['id'] !== 'string') return spec
  const { id, worker, needs, covers, input, when, map } = spec
  const who = `${what} ${quote(id)}`
  const changes: Record<string, unknown> = {}
  const put = (key: string, before: unknown, after: unknown): void => {
    if (after !== before) changes[key] = after
  }
  const rename = (reference: string): string => meant(reference, id, who, mending)
  if (typeof worker === 'string') {
    const read = mending.worker?.(worker) ?? worker
    if (read !== worker) {
      const message = `${who} names worker ${quote(worker)}, read as ${quote(read)}.`
      mending.mended.push(fault('respelled-worker', id, message))
    }
    put('worker', worker, read)
  }
  if (Array.isArray(needs)) put('needs', needs, mendEdges(needs, 'needs', id, who, mending))
  if (Array.isArray(covers)) put('covers', covers, mendEdges(covers, 'covers', id, who, mending))
  put('input', input, renameReferences(input, rename))
  if (isRecord(when)) put('when', when, withPart(when, 'value', rename))
  if (isRecord(map)) put('map', map, withPart(map, 'over', rename))
  return Object.keys(changes).length === 0 ? spec : { ...spec, ...changes }
}

function withPart(
  spec: Record<string, unknown>,
  key: string,
  rename: (id: string) => string,
): Record<string, unknown> {
  const renamed = renameReferences(spec[key], rename)
  return renamed === spec[key] ? spec : { ...spec, [key]: renamed }
}

/** `needs` or `covers` without edges that say nothing: those to itself, and those that stand there already. */
function mendEdges(
  edges: readonly unknown[],
  verb: string,
  id: string,
  who: string,
  mending: Mending,
): unknown {
  const seen = new Set<string>()
  let changed = false
  const kept = edges.flatMap((edge) => {
    if (typeof edge !== 'string') return [edge]
    const read = meant(edge, id, who, mending)
    changed ||= read !== edge
    const drop = (code: string, why: string): [] => {
      changed = true
      mending.mended.push(fault(code, id, `${who} ${verb} ${why}`))
      return []
    }
    if (seen.has(read)) return drop('repeated-edge', `${quote(read)} more than once; once is enough.`)
    seen.add(read)
    if (read === id) return drop('self-edge', 'itself; that edge is left out.')
    return [read]
  })
  return changed ? kept : edges
}

function meant(id: string, where: string, who: string, mending: Mending): string {
  const read = mending.subtask(id) ?? id
  if (read !== id) {
    const message = `${who} names ${quote(id)}, read as ${quote(read)}.`
    mending.mended.push(fault('respelled-subtask', where, message))
  }
  return read
}
