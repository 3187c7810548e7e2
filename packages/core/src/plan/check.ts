import type { z } from 'zod'
import { type Fault, KilostepError } from '../errors.ts'
import { didYouMean, quote } from '../suggest.ts'
import { emptyGraph, growGraph, type PlanGraph } from './graph.ts'
import { findCycles, topologicalOrder } from './order.ts'
import {
  type Check,
  checkSchema,
  type Plan,
  planSchema,
  planVersion,
  type Subtask,
  subtaskSchema,
} from './plan.ts'
import { readTemplate } from './reference.ts'

/** What the check must know of a worker. */
export interface KnownWorker {
  readonly name: string
  /** The schema of its input, against which inputs without references are checked. */
  readonly input?: z.ZodType | undefined
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
const maxCycles = 20

/** Checks data from anywhere: its form first, then every edge, id, worker, input and limit. Never throws. */
export function checkPlan(data: unknown, options: CheckOptions = {}): CheckedPlan {
  const faults: Fault[] = []
  const plan = readForm(data, options.maxSubtasks ?? defaultMaxSubtasks, faults)
  if (plan === undefined) return { plan: undefined, graph: undefined, faults }
  const names = allIds(data)
  const graph = checkGraph(plan, names, faults)
  checkWorkers(plan, options.workers, faults)
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
  const name = isRecord(data) && typeof data['name'] === 'string' ? ` ${quote(data['name'])}` : ''
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`
  throw new KilostepError('invalid-plan', `Plan${name} has ${count}:`, faults)
}

/** Reads every part that can be read, so that one bad subtask does not hide the faults of the others. */
function readForm(data: unknown, maxSubtasks: number, faults: Fault[]): Plan | undefined {
  if (!isRecord(data)) {
    const is =
      data === null
        ? 'null'
        : Array.isArray(data)
          ? 'a list'
          : data === undefined
            ? 'empty'
            : `a ${typeof data}`
    faults.push(
      fault('form', '', `A plan is an object with "kilostep", "name" and "subtasks", but this is ${is}.`),
    )
    return undefined
  }
  const version = data['kilostep']
  if (typeof version === 'number' && version > planVersion) {
    faults.push(
      fault(
        'version',
        'kilostep',
        `The plan has form ${version} and this Kilostep reads up to ${planVersion}. Update Kilostep.`,
      ),
    )
    return undefined
  }
  const head = planSchema.safeParse({ ...data, subtasks: [{ id: 'x', worker: 'x' }], checks: undefined })
  if (!head.success) pushIssues(head.error, '', faults)
  const subtasks = readList<Subtask>(data['subtasks'], 'subtasks', subtaskSchema, maxSubtasks, faults)
  const checks =
    data['checks'] === undefined
      ? []
      : readList<Check>(data['checks'], 'checks', checkSchema, maxSubtasks, faults)
  if (Array.isArray(data['subtasks']) && data['subtasks'].length === 0) {
    faults.push(fault('empty', 'subtasks', 'The plan has no subtasks. Give it at least one.'))
    return undefined
  }
  if (subtasks === undefined || checks === undefined) return undefined
  const base = head.success ? head.data : { kilostep: planVersion, name: 'unnamed' }
  const { checks: _, ...rest } = base as Plan
  return checks.length === 0 ? { ...rest, subtasks } : { ...rest, subtasks, checks }
}

function readList<T>(
  list: unknown,
  where: string,
  schema: z.ZodType,
  maxSubtasks: number,
  faults: Fault[],
): T[] | undefined {
  if (!Array.isArray(list)) {
    const is = list === undefined ? 'missing' : list === null ? 'null' : `a ${typeof list}`
    faults.push(fault('form', where, `"${where}" must be a list, but it is ${is}.`))
    return undefined
  }
  if (list.length > maxSubtasks) {
    faults.push(
      fault(
        'limit',
        where,
        `The plan has ${list.length} ${where} and the limit is ${maxSubtasks}. Raise "maxSubtasks" or split the task.`,
      ),
    )
    return undefined
  }
  const good: T[] = []
  for (let i = 0; i < list.length; i++) {
    const parsed = schema.safeParse(list[i])
    if (parsed.success) good.push(parsed.data as T)
    else pushIssues(parsed.error, `${where}[${i}]${named(list[i])}`, faults)
  }
  return good
}

function named(value: unknown): string {
  return isRecord(value) && typeof value['id'] === 'string' ? ` (${quote(value['id'])})` : ''
}

function checkGraph(plan: Plan, names: ReadonlySet<string>, faults: Fault[]): PlanGraph {
  const graph = emptyGraph()
  const selfEdges = new Set<number>()
  growGraph(
    graph,
    { subtasks: plan.subtasks, checks: plan.checks ?? [], parent: -1, scope: -1, prefix: '' },
    (node, id) => {
      if (names.has(id)) return
      const what = graph.isCheck[node] === 1 ? 'Check' : 'Subtask'
      const verb = graph.isCheck[node] === 1 ? 'covers' : 'needs'
      faults.push(
        fault(
          'unknown-subtask',
          idOf(graph, node),
          `${what} ${quote(idOf(graph, node))} ${verb} ${quote(id)}, which is not in the plan.${didYouMean(id, graph.indexOf.keys())}`,
        ),
      )
    },
  )
  const covered = new Map<string, string>()
  for (let node = 0; node < graph.size; node++) {
    const id = idOf(graph, node)
    const spec = graph.specs[node] as Subtask | Check
    if (graph.indexOf.get(id) !== node) {
      faults.push(
        fault(
          'duplicate-id',
          id,
          `The id ${quote(id)} is used more than once. Give each subtask and check its own.`,
        ),
      )
      continue
    }
    if ('covers' in spec) checkCovers(spec, graph, covered, faults)
    else checkSubtask(spec, node, graph, selfEdges, faults)
  }
  if (plan.output !== undefined) checkOutput(plan.output, names, faults)
  const order = topologicalOrder(graph)
  if (order.length < graph.size) {
    for (const cycle of findCycles(graph, order, maxCycles)) {
      if (cycle.length === 1 && selfEdges.has(cycle[0] as number)) continue
      const road = [...cycle, cycle[0] as number].map((node) => quote(idOf(graph, node))).join(' → ')
      faults.push(
        fault(
          'cycle',
          idOf(graph, cycle[0] as number),
          `There is a cycle: ${road}. Take one of these edges away.`,
        ),
      )
    }
  }
  return graph
}

function checkSubtask(
  spec: Subtask,
  node: number,
  graph: PlanGraph,
  selfEdges: Set<number>,
  faults: Fault[],
): void {
  const templates: [string, unknown][] = [
    ['input', spec.input],
    ['when.value', spec.when?.value],
    ['map.over', spec.map?.over],
  ]
  let selfEdge = spec.needs?.includes(spec.id) ?? false
  for (const [place, template] of templates) {
    if (template === undefined) continue
    const { problems, references, item } = readTemplate(template)
    for (const problem of problems) {
      faults.push(fault('template', spec.id, `The ${place} of subtask ${quote(spec.id)}: ${problem}.`))
    }
    if (item && (spec.map === undefined || place !== 'input')) {
      faults.push(
        fault(
          'item-outside-map',
          spec.id,
          `The ${place} of subtask ${quote(spec.id)} has "$item", but only the input of a subtask with "map" has items.`,
        ),
      )
    }
    selfEdge ||= references.some((reference) => reference.from === spec.id)
  }
  if (selfEdge) {
    selfEdges.add(node)
    faults.push(fault('self-edge', spec.id, `Subtask ${quote(spec.id)} needs itself. Take that edge away.`))
  }
  if (spec.map !== undefined && graph.check[node] !== -1) {
    faults.push(
      fault('covered-map', spec.id, `Subtask ${quote(spec.id)} is a map, and a check cannot cover a map.`),
    )
  }
}

function checkCovers(spec: Check, graph: PlanGraph, covered: Map<string, string>, faults: Fault[]): void {
  for (const id of spec.covers) {
    const other = covered.get(id)
    if (other !== undefined) {
      const by =
        other === spec.id ? 'twice' : `and so does check ${quote(other)}; one check may cover a subtask`
      faults.push(fault('covered-twice', spec.id, `Check ${quote(spec.id)} covers ${quote(id)} ${by}.`))
    }
    covered.set(id, spec.id)
    const node = graph.indexOf.get(id)
    if (node !== undefined && graph.isCheck[node] === 1) {
      faults.push(
        fault(
          'covers-check',
          spec.id,
          `Check ${quote(spec.id)} covers ${quote(id)}, which is a check itself.`,
        ),
      )
    }
  }
  if (spec.input === undefined) return
  const { problems, references } = readTemplate(spec.input)
  for (const problem of problems)
    faults.push(fault('template', spec.id, `The input of check ${quote(spec.id)}: ${problem}.`))
  for (const { from } of references) {
    if (spec.covers.includes(from)) continue
    faults.push(
      fault(
        'check-input',
        spec.id,
        `Check ${quote(spec.id)} refers to ${quote(from)}, which it does not cover. Add it to "covers".`,
      ),
    )
  }
}

function checkOutput(output: unknown, names: ReadonlySet<string>, faults: Fault[]): void {
  const { problems, references, item } = readTemplate(output)
  for (const problem of problems) faults.push(fault('template', 'output', `The output: ${problem}.`))
  if (item)
    faults.push(
      fault(
        'item-outside-map',
        'output',
        'The output has "$item", but only the input of a subtask with "map" has items.',
      ),
    )
  for (const { from } of references) {
    if (names.has(from)) continue
    faults.push(
      fault(
        'unknown-subtask',
        'output',
        `The output refers to ${quote(from)}, which is not in the plan.${didYouMean(from, names)}`,
      ),
    )
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
        parsed.error,
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

function pushIssues(error: z.ZodError, where: string, faults: Fault[], code = 'form'): void {
  for (const issue of error.issues) {
    const path = issue.path
      .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
      .join('')
    const place =
      where === ''
        ? path.replace(/^\./, '')
        : code === 'form'
          ? `${where}${path}`
          : `${where}${path === '' ? '' : `, at ${path.replace(/^\./, '')}`}`
    faults.push(fault(code, place, `${place === '' ? 'The plan' : place}: ${issue.message}.`))
  }
}

/** Every id that the data names, those of malformed subtasks too, so that an edge to one is no second fault. */
function allIds(data: unknown): Set<string> {
  const names = new Set<string>()
  if (!isRecord(data)) return names
  for (const list of [data['subtasks'], data['checks']]) {
    if (!Array.isArray(list)) continue
    for (const item of list) if (isRecord(item) && typeof item['id'] === 'string') names.add(item['id'])
  }
  return names
}

function idOf(graph: PlanGraph, node: number): string {
  return graph.ids[node] as string
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fault(code: string, where: string, message: string): Fault {
  return { code, where, message }
}
