import { allFaults, anyScenario, type SeedResult, simulateEach } from '@kilostep/testing'
import { bugs } from './planted/bugs.ts'
import { catchBug } from './planted/catch.ts'

/** A piece of work for one thread. */
export type Work =
  | { readonly type: 'seeds'; readonly from: number; readonly to: number }
  | { readonly type: 'bug'; readonly name: string; readonly most: number }

/** What came of it. */
export interface Done {
  readonly seeds: number
  readonly twice: number
  readonly hosts: number
  readonly attempts: number
  readonly statuses: { readonly succeeded: number; readonly failed: number; readonly cancelled: number }
  readonly broken: readonly SeedResult[]
}

/** Every eighth seed is played twice, to see that it goes the same way. */
const twiceEvery = 8

export async function perform(work: Work): Promise<Done> {
  if (work.type === 'seeds') return playRange(work.from, work.to)
  const bug = bugs.find(({ name }) => name === work.name)
  const caught = bug === undefined ? undefined : await catchBug(bug, work.most)
  return {
    seeds: caught === undefined ? work.most : (caught.seed as number) + 1,
    twice: 0,
    hosts: 0,
    attempts: 0,
    statuses: { succeeded: 0, failed: 0, cancelled: 0 },
    broken: caught === undefined ? [] : [caught],
  }
}

async function playRange(from: number, to: number): Promise<Done> {
  const seeds = Array.from({ length: to - from }, (_, i) => from + i)
  const scenario = (seed: number | string): ReturnType<typeof anyScenario> => anyScenario(seed, allFaults)
  const again = seeds.filter((seed) => seed % twiceEvery === 0)
  const once = await simulateEach(
    seeds.filter((seed) => seed % twiceEvery !== 0),
    scenario,
  )
  const twice = await simulateEach(again, scenario, { twice: true })
  const { succeeded, failed, cancelled } = once.statuses
  return {
    seeds: once.seeds + twice.seeds,
    twice: twice.seeds,
    hosts: once.hosts + twice.hosts,
    attempts: once.attempts + twice.attempts,
    statuses: {
      succeeded: succeeded + twice.statuses.succeeded,
      failed: failed + twice.statuses.failed,
      cancelled: cancelled + twice.statuses.cancelled,
    },
    broken: [...once.broken, ...twice.broken],
  }
}
