import { edgeKind, idOf, lookUp } from '../plan/graph.ts'
import type { Check, Plan, Subtask } from '../plan/plan.ts'
import { missing, resolveTemplate } from '../plan/reference.ts'
import { type RunState, status } from './state.ts'

/** What a subtask is given: its input with every reference filled in. */
export interface ResolvedInput {
  readonly input: unknown
  /** References that lead nowhere, like `read.title`. */
  readonly missed: readonly string[]
}

const nothingMissed: readonly string[] = []

/** The input of a subtask or check, made of the answers that are there now. */
export function inputOf(state: RunState, node: number): ResolvedInput {
  const spec = state.graph.specs[node] as Subtask | Check
  if ('covers' in spec && spec.input === undefined) {
    return { input: spec.covers.map((id) => present(answer(state, node, id))), missed: nothingMissed }
  }
  return resolve(state, node, spec.input)
}

function present(value: unknown): unknown {
  return value === missing ? null : value
}

/** A template with what is there now, seen from the node. */
export function resolve(state: RunState, node: number, template: unknown): ResolvedInput {
  if (template === null || typeof template !== 'object') return { input: template, missed: nothingMissed }
  const missed: string[] = []
  const input = resolveTemplate(template, {
    answer: (from) => answer(state, node, from),
    item: itemOf(state, node),
    missed: (where) => missed.push(where),
  })
  return { input, missed }
}

/** The item of a node that a map has added. */
function itemOf(state: RunState, node: number): unknown {
  const added = state.children.size === 0 ? undefined : state.children.get(state.graph.parent[node] as number)
  return added?.items === undefined ? missing : added.items[node - added.first]
}

/** The answer of the subtask that `id` means to `node`: a candidate for the check that covers it, else accepted. */
function answer(state: RunState, node: number, id: string): unknown {
  const from = lookUp(state.graph, node, id)
  if (from === undefined) return missing
  const at = state.status[from]
  const visible = at === status.succeeded || (at === status.candidate && state.graph.check[from] === node)
  return visible ? state.answers[from] : missing
}

/** The list that a map runs over, or what is there instead of one. */
export function itemsOf(state: RunState, node: number): ResolvedInput {
  return resolve(state, node, (state.graph.specs[node] as Subtask).map?.over)
}

/** The answer of a node that added subtasks, made of theirs: a list for a map, the plan's output otherwise. */
export function gather(state: RunState, node: number): unknown {
  const children = state.children.get(node)
  if (children === undefined) return null
  const { first, count, plan } = children
  if (plan === undefined) {
    const list = new Array<unknown>(count)
    for (let i = 0; i < count; i++) list[i] = state.answers[first + i] ?? null
    return Object.freeze(list)
  }
  // The first added node stands for all of them: they share one scope.
  return outputFrom(state, first, count, plan.output)
}

/** What the whole run answers, or the missed references of its output. */
export function runOutput(state: RunState): unknown {
  const { plan, replans } = state
  const template = replans.output ?? plan.output
  const count = sizeOf(plan)
  if (replans.plans.length === 0 || template !== undefined) return outputFrom(state, 0, count, template)
  const last = lastOf(state, 0, count)
  for (const { first, plan } of replans.plans) last.push(...lastOf(state, first, sizeOf(plan)))
  return answersOf(
    state,
    last.filter((node) => state.status[node] !== status.superseded),
    0,
  )
}

function outputFrom(state: RunState, first: number, count: number, template: unknown): unknown {
  if (template !== undefined) return resolve(state, first, template).input
  const prefix =
    state.graph.scope[first] === -1 ? 0 : idOf(state.graph, state.graph.scope[first] as number).length + 1
  return answersOf(state, lastOf(state, first, count), prefix)
}

function sizeOf({ subtasks, checks }: Plan): number {
  return subtasks.length + (checks?.length ?? 0)
}

function lastOf(state: RunState, first: number, count: number): number[] {
  const last: number[] = []
  for (let node = first; node < first + count; node++) if (isLast(state, node)) last.push(node)
  return last
}

/** The only answer, or all of them by their ids without so many first characters. */
function answersOf(state: RunState, last: readonly number[], prefix: number): unknown {
  if (last.length === 1) return state.answers[last[0] as number] ?? null
  const entries: [string, unknown][] = []
  for (const node of last) {
    if (state.status[node] === status.succeeded) {
      entries.push([idOf(state.graph, node).slice(prefix), state.answers[node] ?? null])
    }
  }
  return Object.fromEntries(entries)
}

function isLast(state: RunState, node: number): boolean {
  const { graph } = state
  if (graph.isCheck[node] === 1) return false
  for (let edge = graph.firstEdge[node] as number; edge !== -1; edge = graph.nextEdge[edge] as number) {
    if (graph.edgeKinds[edge] !== edgeKind.cover) return false
  }
  return true
}
