import type { KnownWorker } from '@kilostep/core'
import type { Worker } from './worker.ts'

/** What the checks of a plan must know of workers, by name. */
export function knownWorkers(workers: Iterable<Worker>): Map<string, KnownWorker> {
  const known = new Map<string, KnownWorker>()
  for (const worker of workers) {
    const { name, input, effects, writes, policy, verify } = worker
    known.set(name, { name, input, effects, writes, policy, verified: verify !== undefined })
  }
  return known
}
