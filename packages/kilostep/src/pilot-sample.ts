import { type Plan, type Random, readTemplate } from '@kilostep/core'
import type { Worker } from './worker.ts'

type Subtask = Plan['subtasks'][number]

/** A subtask to try, as the plan of a pilot has it. */
export interface Sampled {
  readonly spec: Subtask
}

/** A kind of which nothing can be tried. */
export interface Unsampled {
  readonly worker: string
  readonly reason: string
}

interface Unit {
  readonly subtask: Subtask
  /** Of a map: one of its items. */
  readonly item?: { readonly value: unknown }
}

/**
 * A random sample of the subtasks that can be tried by themselves: those whose input is known without an answer from
 * upstream. At most `most` of each worker, kinds in turn, so that fewer attempts still reach every kind.
 */
export function samplePlan(
  plan: Plan,
  workers: ReadonlyMap<string, Worker>,
  most: number,
  random: Random,
): { readonly sampled: readonly Sampled[]; readonly unsampled: readonly Unsampled[] } {
  const kinds = new Map<string, Unit[]>()
  const reasons = new Map<string, string>()
  for (const subtask of plan.subtasks) {
    const units = kinds.get(subtask.worker) ?? []
    kinds.set(subtask.worker, units)
    const reason = workers.get(subtask.worker)?.effects === 'once' ? once : waitsFor(subtask)
    if (reason !== undefined) reasons.set(subtask.worker, reason)
    else if (subtask.map === undefined) units.push({ subtask })
    else for (const value of subtask.map.over as readonly unknown[]) units.push({ subtask, item: { value } })
  }
  const chosen = [...kinds.values()].map((units) => choose(units, most, random))
  const sampled: Sampled[] = []
  for (let i = 0; i < most; i++)
    for (const units of chosen) {
      const unit = units[i]
      if (unit !== undefined) sampled.push({ spec: specOf(unit) })
    }
  const unsampled = [...kinds]
    .filter(([, units]) => units.length === 0)
    .map(([worker]) => ({ worker, reason: reasons.get(worker) ?? 'its maps are empty' }))
  return { sampled, unsampled }
}

const once = 'it has effects "once", and a pilot would repeat them'
const upstream = 'its inputs are answers of other subtasks, which are not there yet'

function waitsFor({ input, map, needs, when }: Subtask): string | undefined {
  if ((needs?.length ?? 0) > 0) return upstream
  for (const template of [input, map?.over, when?.value])
    if (readTemplate(template).references.length > 0) return upstream
  if (map !== undefined && !Array.isArray(map.over)) return upstream
  return undefined
}

/** Some of the units, drawn without replacement: the first steps of a shuffle. */
function choose(units: readonly Unit[], most: number, random: Random): readonly Unit[] {
  const all = [...units]
  const count = Math.min(most, all.length)
  for (let i = 0; i < count; i++) {
    const other = i + random.integer(all.length - i)
    const unit = all[other] as Unit
    all[other] = all[i] as Unit
    all[i] = unit
  }
  return all.slice(0, count)
}

/** By itself, and under nothing but its worker's policy. */
function specOf({ subtask, item }: Unit): Subtask {
  const { policy: _own, fallback: _other, priority: _order, map: _all, when: _condition, ...spec } = subtask
  return item === undefined ? spec : { ...spec, map: { over: [item.value] } }
}
