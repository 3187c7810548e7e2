import type { Between } from '@kilostep/testing'

/** A bug that is planted in order to see whether the simulation finds it. */
export interface Bug {
  readonly name: string
  /** What is wrong, in words. */
  readonly what: string
  /** The bug as something between the engine and the world, made anew for each run. */
  readonly between?: () => Between
  /** The bug in the engine itself; returns what takes it out again. */
  readonly patch?: () => () => void
}

/** Says true at every so many calls. */
export function every(times: number): () => boolean {
  let count = 0
  return () => ++count % times === 0
}
