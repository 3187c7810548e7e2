import { allFaults, anyScenario, playSeed, type SeedResult } from '@kilostep/testing'
import type { Bug } from './bug.ts'

/** Plays one seed with the bug in it. */
export async function playWith(bug: Bug, seed: number, trace = false): Promise<SeedResult> {
  let restore: (() => void) | undefined
  // Anew each time that the seed is played: some bugs count.
  const scenario = (): ReturnType<typeof anyScenario> => {
    restore?.()
    restore = bug.patch?.()
    return { ...anyScenario(seed, allFaults), between: bug.between?.() }
  }
  try {
    return await playSeed(seed, scenario, { twice: true, trace })
  } finally {
    restore?.()
  }
}

/** The first seed that finds the bug; undefined where none of so many does. */
export async function catchBug(bug: Bug, most: number): Promise<SeedResult | undefined> {
  for (let seed = 0; seed < most; seed++) {
    const result = await playWith(bug, seed)
    if (result.breach !== undefined) return result
  }
  return undefined
}
