import { allFaults, anyScenario, invariants, playSeed } from '@kilostep/testing'
import type { Bug } from './planted/bug.ts'
import { playWith } from './planted/catch.ts'

/** Plays one seed and shows all that happened. The command's exit code. */
export async function playOne(seed: number, bug: Bug | undefined): Promise<number> {
  const result =
    bug === undefined
      ? await playSeed(seed, (one) => anyScenario(one, allFaults), { twice: true, trace: true })
      : await playWith(bug, seed, true)
  const { lines, breach, hosts, attempts, steps, status, trace } = result
  if (bug !== undefined) console.log(`Planted: ${bug.what}.`)
  for (const line of lines) console.log(line)
  console.log()
  console.log(`Seed ${seed}: ${steps} steps, ${hosts} hosts, ${attempts} attempts, trace ${trace}.`)
  if (breach === undefined) {
    console.log(`The run ${status}, nothing broke, and played again it went the same way.`)
    return 0
  }
  console.log(`Broken: ${invariants[breach.invariant]} (${breach.invariant}).\n${breach.message}`)
  return 1
}
