import type { Fault } from '../errors.ts'
import { canonicalJson } from '../json.ts'
import { resolvePolicy } from '../policy/policy.ts'
import { quote } from '../suggest.ts'
import type { KnownWorker } from './check.ts'
import { fault } from './form.ts'
import { nodeOf, type PlanGraph } from './graph.ts'
import type { Plan, Subtask } from './plan.ts'
import { readTemplate, resolveTemplate } from './reference.ts'

export interface SenseOptions {
  readonly workers?: ReadonlyMap<string, KnownWorker> | undefined
  readonly judged?: boolean | undefined
}

/**
 * What is wrong with a plan that is well formed: subtasks that get in one another's way, that nothing can judge, or whose
 * answers lead nowhere. Only of workers that say what they do.
 */
export function checkSense(plan: Plan, graph: PlanGraph, options: SenseOptions, faults: Fault[]): void {
  const workers = options.workers ?? new Map<string, KnownWorker>()
  checkWrites(plan, workers, faults)
  checkUse(plan, graph, workers, faults)
  if (options.judged === true) checkJudged(plan, graph, workers, faults)
}

/** Two subtasks that write the same: whichever is last wins, and which that is changes with every retry. */
function checkWrites(plan: Plan, workers: ReadonlyMap<string, KnownWorker>, faults: Fault[]): void {
  const writers = new Map<string, string[]>()
  for (const subtask of plan.subtasks) {
    const worker = workers.get(subtask.worker)
    if (worker === undefined) continue
    for (const target of writesOf(worker, subtask)) {
      const others = writers.get(target)
      if (others === undefined) writers.set(target, [subtask.id])
      else if (others.at(-1) !== subtask.id) others.push(subtask.id)
    }
  }
  for (const [target, ids] of writers) {
    if (ids.length < 2) continue
    const [last, ...first] = [...ids].slice(0, 20).reverse()
    const who = `Subtasks ${first.reverse().map(quote).join(', ')} and ${quote(last as string)}`
    faults.push(
      fault(
        'written-twice',
        ids[1] as string,
        `${who} write the same: ${quote(target)}. Let one of them do it, or give each its own.`,
      ),
    )
  }
}

function writesOf(worker: KnownWorker, subtask: Subtask): readonly string[] {
  const { references, item } = readTemplate(subtask.input)
  if (worker.writes !== undefined && !item) {
    // What is not known yet is a symbol: a name that is made of it throws, and nothing is claimed of it.
    const unknown = Symbol('not known before it runs')
    const missed = (): void => undefined
    try {
      const input = resolveTemplate(subtask.input, { answer: () => unknown, item: unknown, missed })
      const targets: unknown = worker.writes(input as never)
      const list: readonly unknown[] = Array.isArray(targets) ? targets : [targets]
      return list.filter((target) => typeof target === 'string')
    } catch {
      return []
    }
  }
  // The same work twice, where it must not be done twice.
  if (worker.effects !== 'once' || references.length > 0 || item || subtask.map !== undefined) return []
  return [`${worker.name} ${canonicalJson(subtask.input)}`]
}

/** An answer of a worker that changes nothing is of use only where something takes it. */
function checkUse(
  plan: Plan,
  graph: PlanGraph,
  workers: ReadonlyMap<string, KnownWorker>,
  faults: Fault[],
): void {
  if (plan.output === undefined) return
  const used = new Set(readTemplate(plan.output).references.map(({ from }) => from))
  for (const { id, worker } of plan.subtasks) {
    const node = nodeOf(graph, id) as number
    if (graph.firstEdge[node] !== -1 || used.has(id) || workers.get(worker)?.effects !== 'none') continue
    faults.push(
      fault(
        'unused',
        id,
        `Nothing uses the answer of subtask ${quote(id)}. Let another subtask or the output refer to it, or leave it out.`,
      ),
    )
  }
}

function checkJudged(
  plan: Plan,
  graph: PlanGraph,
  workers: ReadonlyMap<string, KnownWorker>,
  faults: Fault[],
): void {
  for (const { id, worker: name, policy } of plan.subtasks) {
    const worker = workers.get(name)
    if (worker?.verified === true || graph.check[nodeOf(graph, id) as number] !== -1) continue
    if (resolvePolicy(worker?.policy, policy).vote !== null) continue
    faults.push(
      fault(
        'unverifiable',
        id,
        `Nothing can judge the answer of subtask ${quote(id)}: worker ${quote(name)} has no verifier and is not voted on. Cover it with a check, or use a worker whose answers are judged.`,
      ),
    )
  }
}
