import type { Random } from '@kilostep/core'
import type { Plan } from 'kilostep'
import { attempts } from './reference.ts'

type Subtask = Plan['subtasks'][number]

const policy = { retry: { attempts, backoffMs: 5, jitter: 0.5 } }

function plan(name: string, subtasks: Subtask[], checks: NonNullable<Plan['checks']> = []): Plan {
  return { kilostep: 1, name, subtasks, ...(checks.length > 0 ? { checks } : undefined) }
}

function subtask(id: string, needs: readonly string[] = [], more: Partial<Subtask> = {}): Subtask {
  return { id, worker: 'work', policy, ...(needs.length > 0 ? { needs: [...needs] } : undefined), ...more }
}

const count = (n: number, id: string): string[] => Array.from({ length: n }, (_, i) => `${id}${i}`)

/** One, many, one, a few times over. */
export function forkJoin(stages: number, width: number): Plan {
  const subtasks = [subtask('join-0')]
  for (let stage = 1; stage <= stages; stage++) {
    const fork = count(width, `fork-${stage}-`)
    for (const id of fork) subtasks.push(subtask(id, [`join-${stage - 1}`]))
    subtasks.push(subtask(`join-${stage}`, fork))
  }
  return plan('fork-join', subtasks)
}

/** A mosaic of sky images: project each, compare neighbours, fit, correct each, add, shrink. */
export function montage(images: number): Plan {
  const projected = count(images, 'project-')
  const differences = projected.slice(1).map((id, i) => subtask(`difference-${i}`, [projected[i] ?? '', id]))
  const corrected = projected.map((id, i) => subtask(`correct-${i}`, [id, 'model']))
  return plan('montage', [
    ...projected.map((id) => subtask(id)),
    ...differences,
    subtask(
      'fit',
      differences.map(({ id }) => id),
    ),
    subtask('model', ['fit']),
    ...corrected,
    subtask(
      'table',
      corrected.map(({ id }) => id),
    ),
    subtask('add', ['table', ...corrected.map(({ id }) => id)]),
    subtask('shrink', ['add']),
    subtask('picture', ['shrink']),
  ])
}

/** Lanes of a sequencer: split each, four steps a chunk, merge the chunks, then the lanes. */
export function epigenomics(lanes: number, chunks: number): Plan {
  const subtasks: Subtask[] = []
  const merged: string[] = []
  for (let lane = 0; lane < lanes; lane++) {
    subtasks.push(subtask(`split-${lane}`))
    const mapped: string[] = []
    for (let chunk = 0; chunk < chunks; chunk++) {
      let before = `split-${lane}`
      for (const step of ['filter', 'sol2sanger', 'fast2bfq', 'map']) {
        const id = `${step}-${lane}-${chunk}`
        subtasks.push(subtask(id, [before]))
        before = id
      }
      mapped.push(before)
    }
    subtasks.push(subtask(`merge-${lane}`, mapped))
    merged.push(`merge-${lane}`)
  }
  subtasks.push(subtask('merge', merged), subtask('index', ['merge']), subtask('pileup', ['index']))
  return plan('epigenomics', subtasks)
}

/** Any plan: hard and soft edges, conditions, maps over what is known only later, fallbacks, priorities, checks. */
export function randomPlan(random: Random, most: number): Plan {
  const chance = (share: number): boolean => random.uniform() < share
  const size = 1 + random.integer(most)
  const subtasks: Subtask[] = []
  const maps = new Set<string>()
  for (let i = 0; i < size; i++) {
    const pick = (): string => `s${random.integer(i)}`
    const more: Partial<Subtask> = {}
    if (i > 0 && chance(0.4)) more.input = { a: { $from: pick() }, b: [{ $from: pick(), else: 0 }] }
    if (i > 0 && chance(0.2)) {
      more.when = { value: { $from: pick(), path: ['v'], ...(chance(0.5) ? { else: 0 } : undefined) } }
    }
    if (chance(0.15)) {
      const from = i === 0 ? undefined : pick()
      const over = from === undefined || maps.has(from) ? [1, 2] : { $from: from, path: ['list'] }
      more.map = { over }
      maps.add(`s${i}`)
    }
    if (chance(0.15)) more.fallback = { v: 1, list: [1] }
    if (chance(0.3)) more.priority = random.integer(5) - 2
    const needs = i > 0 && chance(0.5) ? [...new Set([pick(), pick()])] : []
    if (more.when !== undefined && maps.has((more.when.value as { $from: string }).$from)) delete more.when
    subtasks.push(subtask(`s${i}`, needs, more))
  }
  const free = subtasks.map(({ id }) => id).filter((id) => !maps.has(id))
  const checks: NonNullable<Plan['checks']>[number][] = []
  while (free.length > 0 && chance(0.5)) {
    const covers = free.splice(random.integer(free.length), 1 + random.integer(3))
    checks.push({ id: `k${checks.length}`, worker: 'check', covers, policy })
  }
  return acyclic(plan('random', subtasks, checks))
}

/** A check makes its subtasks wait for one another; where that is a circle, it is left out. */
function acyclic(whole: Plan): Plan {
  const checks = (whole.checks ?? []).filter(({ covers }) => {
    const first = Math.min(...covers.map((id) => Number(id.slice(1))))
    const behind = new Set(covers)
    for (const { id, ...rest } of whole.subtasks.slice(first + 1)) {
      const text = JSON.stringify(rest)
      const after = [...behind].some((other) => text.includes(`"${other}"`))
      if (!after) continue
      if (covers.includes(id)) return false
      behind.add(id)
    }
    return true
  })
  // Two checks can close a circle together: one is enough to wait for here.
  return plan(whole.name, whole.subtasks as Subtask[], checks.slice(0, 1))
}
