import type { Fault } from '../errors.ts'
import { jsonProblem } from '../json.ts'
import { didYouMean, quote } from '../suggest.ts'
import { fault } from './form.ts'
import { emptyGraph, growGraph, idOf, ownNode, type PlanGraph } from './graph.ts'
import { findCycles, topologicalOrder } from './order.ts'
import type { Check, Plan, Subtask } from './plan.ts'
import { readTemplate } from './reference.ts'

const maxCycles = 20

/** The plan's graph, and every fault in its edges, ids, templates and checks. */
export function checkGraph(plan: Plan, allNames: () => ReadonlySet<string>, faults: Fault[]): PlanGraph {
  const graph = emptyGraph()
  const selfEdges = new Set<number>()
  // Only where an edge leads nowhere: a million names are not gathered in vain.
  let names: ReadonlySet<string> | undefined
  growGraph(
    graph,
    { subtasks: plan.subtasks, checks: plan.checks ?? [], parent: -1, scope: -1, prefix: '' },
    (node, id) => {
      names ??= allNames()
      if (names.has(id)) return
      const what = graph.isCheck[node] === 1 ? 'Check' : 'Subtask'
      const verb = graph.isCheck[node] === 1 ? 'covers' : 'needs'
      faults.push(
        fault(
          'unknown-subtask',
          idOf(graph, node),
          `${what} ${quote(idOf(graph, node))} ${verb} ${quote(id)}, which is not in the plan.${didYouMean(id, graph.ownIds)}`,
        ),
      )
    },
  )
  const covered = new Map<string, string>()
  for (let node = 0; node < graph.size; node++) {
    const id = idOf(graph, node)
    const spec = graph.specs[node] as Subtask | Check
    if (graph.duplicates.has(node)) {
      faults.push(
        fault(
          'duplicate-id',
          id,
          `The id ${quote(id)} is used more than once. Give each subtask and check its own.`,
        ),
      )
      continue
    }
    const map = id.endsWith(']') ? mapThatNames(graph, id) : undefined
    if (map !== undefined) {
      faults.push(
        fault(
          'duplicate-id',
          id,
          `The id ${quote(id)} is that of a subtask which the map ${quote(map)} will add. Give it another.`,
        ),
      )
    }
    if ('covers' in spec) checkCovers(spec, graph, covered, faults)
    else checkSubtask(spec, node, graph, selfEdges, faults)
  }
  if (plan.output !== undefined) checkOutput(plan.output, graph, faults)
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

/** The map among whose subtasks one may get this id, because they are named for their places. */
function mapThatNames(graph: PlanGraph, id: string): string | undefined {
  const name = /^(.*)\[(?:0|[1-9]\d*)\]$/s.exec(id)?.[1]
  const node = name === undefined ? undefined : ownNode(graph, name)
  return node !== undefined && 'map' in (graph.specs[node] as object) ? name : undefined
}

function checkSubtask(
  spec: Subtask,
  node: number,
  graph: PlanGraph,
  selfEdges: Set<number>,
  faults: Fault[],
): void {
  if (isBare(spec)) return
  const templates: [string, unknown][] = [
    ['input', spec.input],
    ['when.value', spec.when?.value],
    ['map.over', spec.map?.over],
  ]
  const plainData: [string, unknown][] = [
    ['fallback', spec.fallback],
    ['when.equals', spec.when?.equals],
    ['when.in', spec.when?.in],
  ]
  for (const [place, value] of plainData) {
    const problem = value === undefined ? undefined : jsonProblem(value)
    if (problem === undefined) continue
    faults.push(fault('data', spec.id, `The ${place} of subtask ${quote(spec.id)} ${problem}.`))
  }
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
      fault(
        'covered-map',
        spec.id,
        `Subtask ${quote(spec.id)} is a map, and a check cannot cover a map. Give its worker a verifier, or have a subtask judge the list.`,
      ),
    )
  }
}

/** Nothing to look into: true of most subtasks of a large plan, and quick to see. */
function isBare({ input, needs, when, map, fallback }: Subtask): boolean {
  if (needs !== undefined || when !== undefined || map !== undefined || fallback !== undefined) return false
  return typeof input === 'string' || (typeof input === 'number' && Number.isFinite(input))
}

function checkCovers(spec: Check, graph: PlanGraph, covered: Map<string, string>, faults: Fault[]): void {
  for (const id of spec.covers) {
    const other = covered.get(id)
    if (other !== undefined) {
      const by =
        other === spec.id
          ? 'twice; once is enough'
          : `and so does check ${quote(other)}; one check may cover a subtask`
      faults.push(fault('covered-twice', spec.id, `Check ${quote(spec.id)} covers ${quote(id)} ${by}.`))
    }
    covered.set(id, spec.id)
    const node = ownNode(graph, id)
    if (node !== undefined && graph.isCheck[node] === 1) {
      faults.push(
        fault(
          'covers-check',
          spec.id,
          `Check ${quote(spec.id)} covers ${quote(id)}, which is a check itself. Cover subtasks only.`,
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

function checkOutput(output: unknown, graph: PlanGraph, faults: Fault[]): void {
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
    if (ownNode(graph, from) !== undefined) continue
    faults.push(
      fault(
        'unknown-subtask',
        'output',
        `The output refers to ${quote(from)}, which is not in the plan.${didYouMean(from, graph.ownIds)}`,
      ),
    )
  }
}
