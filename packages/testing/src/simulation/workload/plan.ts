import type { Random } from '@kilostep/core'
import type { Plan } from 'kilostep'

type Subtask = Plan['subtasks'][number]

/** A plan in layers of any widths, so a chain and a fan among them: edges hard and soft, conditions, maps, checks. */
export function anyPlan(random: Random, workers: readonly string[]): Plan {
  const chance = (share: number): boolean => random.uniform() < share
  const subtasks: Subtask[] = []
  const checks: NonNullable<Plan['checks']> = []
  const maps = new Set<string>()
  const shape = random.integer(4)
  const layers = 1 + random.integer(shape === 0 ? 12 : 5)
  for (let layer = 0; layer < layers; layer++) {
    const before = subtasks.map(({ id }) => id)
    const width =
      shape === 0 ? 1 : shape === 1 && layer % 2 === 0 ? 1 : 1 + random.integer(shape === 2 ? 12 : 4)
    const free: string[] = []
    for (let place = 0; place < width; place++) {
      const id = `s${layer}-${place}`
      const worker = workers[random.integer(workers.length)] as string
      const subtask = anySubtask(random, id, worker, before, maps)
      if (subtask.map !== undefined) maps.add(id)
      else if (worker !== 'grows') free.push(id)
      subtasks.push(subtask)
    }
    if (free.length > 0 && chance(0.25)) {
      const covers = free.filter(() => chance(0.6))
      // Nothing in a layer needs anything else in it, so a check over a part of it closes no circle.
      if (covers.length > 0) checks.push({ id: `k${layer}`, worker: 'judge', covers })
    }
  }
  return { kilostep: 1, name: 'any', subtasks, ...(checks.length > 0 ? { checks } : undefined) }
}

function anySubtask(
  random: Random,
  id: string,
  worker: string,
  before: readonly string[],
  maps: ReadonlySet<string>,
): Subtask {
  const chance = (share: number): boolean => random.uniform() < share
  const pick = (): string => before[random.integer(before.length)] as string
  const subtask: Subtask = { id, worker }
  if (before.length > 0 && chance(0.8)) {
    subtask.input = { a: { $from: pick() }, ...(chance(0.4) ? { b: { $from: pick(), else: 0 } } : undefined) }
  }
  if (before.length > 0 && chance(0.3)) subtask.needs = [...new Set([pick(), pick()])]
  if (before.length > 0 && chance(0.2)) {
    const from = pick()
    if (!maps.has(from))
      subtask.when = { value: { $from: from, path: ['v'], ...(chance(0.5) ? { else: 0 } : undefined) } }
  }
  if (chance(0.12)) {
    const from = before.length > 0 ? pick() : undefined
    subtask.map = { over: from === undefined || maps.has(from) ? [1, 2, 3] : { $from: from, path: ['list'] } }
  }
  if (chance(0.15)) subtask.fallback = { v: 1, list: [1] }
  if (chance(0.3)) subtask.priority = random.integer(5) - 2
  if (worker !== 'grows' && subtask.map === undefined && chance(0.06))
    subtask.policy = { wait: chance(0.5) ? 'approval' : 'answer' }
  else if (chance(0.1))
    subtask.policy = { retry: { attempts: 1 + random.integer(5) }, timeoutMs: 50 + random.integer(2_000) }
  return subtask
}
