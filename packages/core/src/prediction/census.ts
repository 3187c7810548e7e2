import type { Plan, Subtask } from '../plan/plan.ts'
import { readTemplate } from '../plan/reference.ts'
import { bestRung, ruledRung } from '../policy/choose-rung.ts'
import { recordedRate, rungsFrom } from '../policy/ladder.ts'
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
  /** Workers whose subtasks may start elsewhere, and only the run will know which. */
  readonly unsureRoutes: readonly string[]
}

/** Counts a plan's subtasks by worker and policy. Maps count with their items, conditions as if they were met. */
export function takeCensus(
  plan: Plan,
  workers: ReadonlyMap<string, WorkerFacts>,
  options: Pick<PredictOptions, 'items' | 'policy' | 'record'>,
): Census {
  const groups = new Map<string, Group>()
  const unknownMaps: { id: string; worker: string }[] = []
  const covered = new Set((plan.checks ?? []).flatMap(({ covers }) => covers))
  let known = 0
  const unsure = new Set<string>()
  for (const { id, worker: own, map, policy: its, input } of plan.subtasks) {
    const start = startOf({ id, worker: own, policy: its, input }, workers, options)
    if (start.unsure) unsure.add(own)
    const worker = start.to ?? own
    const policy = start.to === undefined ? its : undefined
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
  return {
    groups: [...groups.values()],
    known,
    checks: plan.checks?.length ?? 0,
    judges,
    unknownMaps,
    unsureRoutes: [...unsure],
  }
}

function itemsOf(id: string, over: unknown, items: PredictOptions['items']): number | undefined {
  if (typeof items === 'object' && Object.hasOwn(items, id)) return items[id]
  if (Array.isArray(over) && readTemplate(over).references.length === 0) return over.length
  return typeof items === 'number' ? items : undefined
}

/** Where a subtask starts, as far as that is known before the run: another rung of its ladder, or undefined. */
function startOf(
  spec: Pick<Subtask, 'id' | 'worker' | 'policy' | 'input'>,
  workers: ReadonlyMap<string, WorkerFacts>,
  { policy: over, record = {} }: Pick<PredictOptions, 'policy' | 'record'>,
): { readonly to: string | undefined; readonly unsure: boolean } {
  const facts = workers.get(spec.worker)
  const policy = resolvePolicy(facts?.policy, over, spec.policy)
  const asks = facts?.routes === true
  if (policy.route === null) return { to: undefined, unsure: asks }
  const rungs = rungsFrom(spec.worker, policy, (name) => {
    const rung = workers.get(name)
    return rung && { name, policy: resolvePolicy(rung.policy, over) }
  })
  let unsure = asks
  const to =
    policy.route === 'record'
      ? bestRung(
          rungs.map((rung) => ({ ...rung, rate: recordedRate(record[rung.name]) ?? rung.rate })),
          policy.vote !== null,
        )
      : ruledRung(policy.route, {
          id: spec.id,
          chars: () => {
            if (readTemplate(spec.input).references.length === 0)
              return JSON.stringify(spec.input ?? null).length
            unsure = true
            return undefined
          },
          rate: recordedRate(record[spec.worker]),
        })
  return { to: to === spec.worker || !rungs.some(({ name }) => name === to) ? undefined : to, unsure }
}
