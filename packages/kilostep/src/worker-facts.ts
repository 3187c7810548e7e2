import type { WorkerFacts } from '@kilostep/core'
import { versionOf } from './learn.ts'
import type { Worker } from './worker.ts'

/** What a journal, or a prediction, keeps of a worker. */
export function factsOf(worker: Worker): WorkerFacts {
  const {
    name,
    policy,
    effects = 'idempotent',
    cost,
    unbounded = [],
    verify,
    undo,
    confidence,
    route,
  } = worker
  return {
    name,
    effects,
    verified: verify !== undefined,
    undo: undo !== undefined,
    version: versionOf(worker),
    ...(confidence === undefined ? undefined : { confident: true }),
    ...(route === undefined ? undefined : { routes: true }),
    ...(policy === undefined ? undefined : { policy }),
    ...(cost === undefined ? undefined : { cost: { usd: cost.usd ?? 0, tokens: cost.tokens ?? 0 } }),
    ...(unbounded.length === 0 ? undefined : { unbounded }),
  }
}
