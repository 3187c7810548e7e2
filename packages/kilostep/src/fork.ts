import {
  forkEvents,
  type JournalEvent,
  KilostepError,
  quote,
  type RunOptions,
  type RunState,
  startFaults,
} from '@kilostep/core'
import { requireNode } from './decision.ts'
import type { Worker } from './worker.ts'
import { factsOf } from './worker-facts.ts'

/** What is new in a run that goes on from another. */
export interface Fork {
  readonly at: number
  readonly run: string
  readonly options: RunOptions
  readonly workers: ReadonlyMap<string, Worker>
}

/**
 * The first events of a run that goes on from another.
 *
 * @throws KilostepError `unknown-subtask`, `cannot-start`.
 */
export function forkOf(
  source: RunState,
  from: string,
  { at, run, options, workers }: Fork,
): { readonly events: readonly JournalEvent[]; readonly state: RunState } {
  const { plan, digest, seed } = source
  const node = requireNode(source, from)
  const laid = { ...source.options, ...options }
  // Facts of workers that are not here any more are needed for what they have done.
  const facts = new Map(source.workers.map((worker) => [worker.name, worker]))
  for (const worker of workers.values()) facts.set(worker.name, factsOf(worker))
  const faults = startFaults(plan, [...facts.values()], laid)
  if (faults.length > 0) {
    throw new KilostepError('cannot-start', `A run of plan ${quote(plan.name)} cannot start:`, faults)
  }
  return forkEvents(source, node, {
    type: 'run-started',
    at,
    version: 1,
    run,
    plan,
    digest,
    workers: [...facts.values()],
    options: laid,
    seed: options.seed ?? seed,
    fork: { run: source.run, subtask: from },
  })
}
