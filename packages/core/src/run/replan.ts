import type { Fault } from '../errors.ts'
import { checkPlan } from '../plan/check.ts'
import { fault, isRecord } from '../plan/form.ts'
import { idOf, nodeOf } from '../plan/graph.ts'
import type { Check, Plan, Subtask } from '../plan/plan.ts'
import { readTemplate } from '../plan/reference.ts'
import { quote } from '../suggest.ts'
import { inputOf } from './answers.ts'
import type { Failure, JournalEvent } from './events.ts'
import { faultText, growthFault } from './expand.ts'
import { attemptFailed, failHard, name } from './fail.ts'
import type { Outcome } from './input.ts'
import { defaultReplans } from './options.ts'
import { partOf, withParts } from './part.ts'
import { isFinal, type RunState, status } from './state.ts'

const shown = 200
const longestSpec = 20_000

/** What the planner is told when it is asked to replace a part; the input of the subtask that asks it. */
export interface ReplanInput {
  /** The plan's name and what it is for. */
  readonly plan: { readonly name: string; readonly description?: string }
  /** What failed for good, and why. */
  readonly failed: readonly {
    readonly id: string
    readonly subtask: unknown
    /** Of a part of a part: what its worker was given, unless that is long. */
    readonly input?: unknown
    readonly failure: { readonly kind: string; readonly code: string; readonly message: string }
  }[]
  /**
   * Set where the one that failed is a part of a part: an item of a map, or a subtask that another returned. What the new
   * plan answers is then its answer, and the plan can refer to nothing but its own subtasks.
   */
  readonly within?: true
  /** What would be replaced with it, because it needs an answer that never came; the first 200. */
  readonly replaces: readonly { readonly id: string; readonly subtask: unknown }[]
  /** What is done, and can be referred to; what the replaced part needed comes first; at most 200. */
  readonly done: readonly { readonly id: string; readonly worker: string; readonly description?: string }[]
  /** What is still to come and stays; it can be referred to as well; at most 200. */
  readonly open: readonly { readonly id: string; readonly worker: string }[]
  /** The output of the plan, where it must be said anew because it refers to what is replaced. */
  readonly output?: unknown
  /** How often a part may be replaced after this one. */
  readonly left: number
}

/** What failed for good and waits for a planner: asks it, or fails now where it may not be asked again. */
export function askPlanner(state: RunState, at: number): readonly JournalEvent[] {
  const { replan } = state.options
  const waiting = state.replans.waiting.filter((node) => !isFinal(state, node))
  const [first] = waiting
  if (replan === undefined || first === undefined) return []
  const isPart = (node: number): boolean => state.graph.parent[node] !== -1
  const nodes = isPart(first) ? [first] : waiting.filter((node) => !isPart(node))
  const left = (replan.limit ?? defaultReplans) - state.replans.asked
  if (left <= 0) return giveUp(state, waiting, at)
  let id = `replan-${state.replans.asked + 1}`
  while (nodeOf(state.graph, `${idOf(state.graph, first)}/${id}`) !== undefined) id += '+'
  const input = isPart(first) ? inputWithin(state, first, left - 1) : inputFor(state, nodes, left - 1)
  return [{ type: 'replan-started', at, node: first, nodes, id, worker: replan.worker, input }]
}

/** The planner has given no plan, and is not asked again for these. */
export function giveUp(state: RunState, nodes: readonly number[], at: number): readonly JournalEvent[] {
  const events: JournalEvent[] = []
  for (const node of nodes) {
    const failure = state.failures.get(node)
    if (failure === undefined || isFinal(state, node)) continue
    for (const event of failHard(state, node, failure, at)) {
      const again = event.type === 'run-stopping' && events.some(({ type }) => type === 'run-stopping')
      if (!again) events.push(event)
    }
  }
  return events
}

function inputFor(state: RunState, nodes: readonly number[], left: number): ReplanInput {
  const { graph } = state
  const part = new Set(partOf(state, nodes))
  const needed = new Set<string>()
  for (const node of part) for (const id of referencesOf(specOf(state, node))) needed.add(id)
  const before: number[] = []
  const after: number[] = []
  const open: number[] = []
  for (let node = 0; node < graph.size; node++) {
    if (graph.parent[node] !== -1 || graph.isCheck[node] === 1 || part.has(node)) continue
    if (state.status[node] === status.succeeded) {
      if (before.length < shown && needed.has(idOf(graph, node))) before.push(node)
      else if (after.length < shown) after.push(node)
    } else if (!isFinal(state, node) && open.length < shown) open.push(node)
  }
  const output = outputOf(state)
  const stale = readTemplate(output).references.some(({ from }) => part.has(nodeOf(graph, from) ?? -1))
  const about = (node: number): { id: string; worker: string; description?: string } => {
    const { worker, description } = specOf(state, node) as Subtask
    return { id: idOf(graph, node), worker, ...(description === undefined ? undefined : { description }) }
  }
  return {
    plan: aboutPlan(state),
    failed: nodes.map((node) => {
      const { kind, code, message } = failureOf(state, node)
      return { id: idOf(graph, node), subtask: told(specOf(state, node)), failure: { kind, code, message } }
    }),
    replaces: [...part]
      .filter((node) => !nodes.includes(node))
      .slice(0, shown)
      .map((node) => ({ id: idOf(graph, node), subtask: told(specOf(state, node)) })),
    done: [...before, ...after].slice(0, shown).map(about),
    open: open.map((node) => ({ id: idOf(graph, node), worker: (specOf(state, node) as Subtask).worker })),
    ...(stale ? { output } : undefined),
    left,
  }
}

function inputWithin(state: RunState, node: number, left: number): ReplanInput {
  const { kind, code, message } = failureOf(state, node)
  const { input } = inputOf(state, node)
  const given = JSON.stringify(input ?? null).length <= longestSpec ? { input: input ?? null } : undefined
  return {
    plan: aboutPlan(state),
    failed: [
      {
        id: idOf(state.graph, node),
        subtask: told(specOf(state, node)),
        ...given,
        failure: { kind, code, message },
      },
    ],
    within: true,
    replaces: [],
    done: [],
    open: [],
    left,
  }
}

function aboutPlan({ plan: { name, description } }: RunState): ReplanInput['plan'] {
  return { name, ...(description === undefined ? undefined : { description }) }
}

function failureOf(state: RunState, node: number): Failure {
  return state.failures.get(node) ?? { kind: 'transport', code: 'failed', message: '' }
}

function specOf(state: RunState, node: number): Subtask | Check {
  return state.graph.specs[node] as Subtask | Check
}

/** What the run answers, as it is said now; undefined: the last answers. */
function outputOf(state: RunState): unknown {
  return state.replans.output ?? state.plan.output
}

/** A subtask as the plan says it, unless that is long. */
function told(spec: Subtask | Check): unknown {
  const text = JSON.stringify(spec)
  if (text.length <= longestSpec) return spec
  const { id, worker } = spec
  return { id, worker, leftOut: `It has ${text.length} characters as JSON.` }
}

/** The ids that a subtask or check refers to. */
function referencesOf(spec: Subtask | Check): string[] {
  if ('covers' in spec) return [...spec.covers]
  const templates = [spec.input, spec.when?.value, spec.map?.over]
  return [
    ...(spec.needs ?? []),
    ...templates.flatMap((template) => readTemplate(template).references.map(({ from }) => from)),
  ]
}

/** The planner that was asked has returned a plan: it takes the place of what failed and of what needs that. */
export function replaceParts(
  state: RunState,
  child: number,
  attempt: number,
  outcome: Extract<Outcome, { type: 'plan' }>,
  at: number,
): readonly JournalEvent[] {
  const nodes = state.replans.open?.nodes ?? []
  const first = nodes[0] as number
  const isPart = state.graph.parent[first] !== -1
  const part = isPart ? [first] : partOf(state, nodes)
  const read = isPart ? readPart(state, outcome.plan, first) : readReplacement(state, outcome.plan, part)
  const limit = read.plan === undefined ? undefined : growthFault(state, child, read.plan.subtasks.length)
  if (read.plan === undefined || limit !== undefined) {
    const message = limit ?? `The plan of ${name(state, child)} has faults: ${faultText(read.faults)}`
    const failure = { kind: 'flagged', code: 'invalid-plan', message } as const
    return attemptFailed(state, child, attempt, { ...outcome, type: 'failure', failure }, at)
  }
  const spent = outcome.spent === undefined ? undefined : { spent: outcome.spent }
  return [
    { type: 'attempt-succeeded', at, node: child, attempt, answer: null, ...spent },
    {
      type: 'subtask-replanned',
      at,
      node: first,
      plan: read.plan,
      superseded: withParts(state, part, child).filter((node) => !isPart || node !== first),
      kept: read.kept,
    },
    { type: 'subtask-succeeded', at, node: child },
  ]
}

interface Replacement {
  readonly plan: Plan | undefined
  /** The nodes of before that it refers to. */
  readonly kept: readonly number[]
  readonly faults: readonly Fault[]
}

/** A plan for a part of a part stands by itself. */
function readPart(state: RunState, data: unknown, node: number): Replacement {
  const workers = new Map(state.workers.map((worker) => [worker.name, { name: worker.name }]))
  const { plan, faults } = checkPlan(data, { workers, maxSubtasks: state.options.maxSubtasks })
  const all = [...faults]
  for (const { id } of plan?.subtasks ?? []) {
    if (nodeOf(state.graph, `${idOf(state.graph, node)}/${id}`) !== undefined) all.push(usedAlready(id))
  }
  return { plan: all.length === 0 ? plan : undefined, kept: [], faults: all }
}

function usedAlready(id: string): Fault {
  return fault(
    'duplicate-id',
    id,
    `The id ${quote(id)} is used in the plan already. Give the new subtask another.`,
  )
}

/** The new subtasks may refer to one another and to what stays, and to nothing else. */
function readReplacement(state: RunState, data: unknown, part: readonly number[]): Replacement {
  const { graph } = state
  const gone = new Set(part)
  const names = new Map(state.workers.map((worker) => [worker.name, { name: worker.name }]))
  const options = { workers: names, maxSubtasks: state.options.maxSubtasks }
  const lists = isRecord(data) ? [data['subtasks'], data['checks']].filter(Array.isArray).flat() : []
  const specs = lists.filter(
    (spec): spec is Subtask | Check => isRecord(spec) && typeof spec['id'] === 'string',
  )
  const own = new Set(specs.map(({ id }) => id))
  const kept = new Map<string, number>()
  const keep = (id: unknown): void => {
    const node = typeof id === 'string' && !own.has(id) ? nodeOf(graph, id) : undefined
    if (node === undefined || gone.has(node) || graph.isCheck[node] === 1) return
    if (!isFinal(state, node) && graph.parent[node] !== -1) return
    if (!isFinal(state, node) || state.status[node] === status.succeeded) kept.set(id as string, node)
  }
  const faults: Fault[] = []
  for (const spec of specs) {
    const list = 'covers' in spec ? spec.covers : spec.needs
    if (list !== undefined && !Array.isArray(list)) continue
    if ('covers' in spec) continue
    for (const id of referencesOf({ ...spec, when: isRecord(spec.when) ? spec.when : undefined } as Subtask))
      keep(id)
  }
  const output = isRecord(data) ? data['output'] : undefined
  for (const { from } of readTemplate(output).references) keep(from)
  for (const id of own) {
    if (nodeOf(graph, id) !== undefined) faults.push(usedAlready(id))
  }
  const stale = readTemplate(outputOf(state)).references.find(({ from }) =>
    gone.has(nodeOf(graph, from) ?? -1),
  )
  if (output === undefined && stale !== undefined) {
    const message = `The plan's output refers to ${quote(stale.from)}, which is replaced. Say the "output" anew.`
    faults.push(fault('output', 'output', message))
  }
  // What stays stands in as subtasks without edges, so that references to it lead somewhere.
  const stubs = [...kept].map(([id, node]) => ({
    id,
    worker: graph.workers[graph.worker[node] as number] as string,
  }))
  const given = isRecord(data) && Array.isArray(data['subtasks']) ? data['subtasks'] : undefined
  const checked = checkPlan(
    given === undefined ? data : { ...(data as object), subtasks: [...stubs, ...given] },
    options,
  )
  faults.push(...checked.faults)
  if (faults.length > 0 || checked.plan === undefined) return { plan: undefined, kept: [], faults }
  const subtasks = checked.plan.subtasks.slice(stubs.length)
  return { plan: { ...checked.plan, subtasks }, kept: [...kept.values()].sort((a, b) => a - b), faults }
}
