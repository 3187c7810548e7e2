import type { Plan } from '../plan/plan.ts'
import { readTemplate } from '../plan/reference.ts'
import { type Policy, resolvePolicy } from '../policy/policy.ts'
import type { WorkerFacts } from '../run/events.ts'
import type { PredictOptions } from './prediction.ts'

/** Subtasks of one worker under one policy. */
export interface Group {
  readonly worker: string
  readonly policy: Policy
  subtasks: number
  /** How many of them a check covers. */
  checked: number
}

/** What a plan is made of, as far as that is known before it runs. */
export interface Census {
  readonly groups: readonly Group[]
  /** Subtasks that are known to be there. */
  readonly known: number
  readonly checks: number
  /** Workers of checks. */
  readonly judges: readonly string[]
  /** Maps of unknown size, and their workers. */
  readonly unknownMaps: readonly { readonly id: string; readonly worker: string }[]
}

/** Counts a plan's subtasks by worker and policy. Maps count with their items, conditions as if they were met. */
export function takeCensus(
  plan: Plan,
  workers: ReadonlyMap<string, WorkerFacts>,
  options: Pick<PredictOptions, 'items' | 'policy'>,
): Census {
  const groups = new Map<string, Group>()
  const unknownMaps: { id: string; worker: string }[] = []
  const covered = new Set((plan.checks ?? []).flatMap(({ covers }) => covers))
  let known = 0
  for (const { id, worker, map, policy } of plan.subtasks) {
    const key = policy === undefined ? worker : `${worker}\n${JSON.stringify(policy)}`
    let group = groups.get(key)
    if (group === undefined) {
      const resolved = resolvePolicy(workers.get(worker)?.policy, options.policy, policy)
      group = { worker, policy: resolved, subtasks: 0, checked: 0 }
      groups.set(key, group)
    }
    const size = map === undefined ? 1 : itemsOf(id, map.over, options.items)
    if (size === undefined) unknownMaps.push({ id, worker })
    group.subtasks += size ?? 0
    if (covered.has(id)) group.checked += size ?? 0
    known += size ?? 0
  }
  const judges = [...new Set((plan.checks ?? []).map(({ worker }) => worker))]
  return { groups: [...groups.values()], known, checks: plan.checks?.length ?? 0, judges, unknownMaps }
}

function itemsOf(id: string, over: unknown, items: PredictOptions['items']): number | undefined {
  if (typeof items === 'object' && Object.hasOwn(items, id)) return items[id]
  if (Array.isArray(over) && readTemplate(over).references.length === 0) return over.length
  return typeof items === 'number' ? items : undefined
}
