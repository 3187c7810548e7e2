import { createHash } from 'node:crypto'
import { learnedOf, type RunOptions, type RunState, type WorkerFacts } from '@kilostep/core'
import type { Journal, Learned } from './journal.ts'
import type { Worker } from './worker.ts'

const versions = new WeakMap<Worker, string>()

/** The worker's version: its own word, or a digest of its functions. */
export function versionOf(worker: Worker): string {
  const known = worker.version ?? versions.get(worker)
  if (known !== undefined) return known
  const { run, verify, key, redFlag, confidence, alternatives } = worker
  const version = versionOfParts([run, verify, key, redFlag, confidence, alternatives].map(String))
  versions.set(worker, version)
  return version
}

/** A version made of what a worker is made of: another text, another version. */
export function versionOfParts(parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:${part}`)
  return hash.digest('hex').slice(0, 16)
}

/** What a run is started with beyond its options: the records of workers that earlier runs on the journal learned. */
export function warmStart(
  journal: Journal,
  workers: readonly WorkerFacts[],
  options: RunOptions,
): { readonly options: RunOptions; readonly learned: readonly Learned[] } {
  if (options.learn === false || journal.learned === undefined) return { options, learned: [] }
  const unknown = workers.flatMap(({ name, version }) =>
    version === undefined || Object.hasOwn(options.record ?? {}, name) ? [] : [{ worker: name, version }],
  )
  const learned = journal.learned(unknown)
  if (learned.length === 0) return { options, learned }
  const known = Object.fromEntries(learned.map(({ worker, record }) => [worker, record]))
  return { options: { ...options, record: { ...known, ...options.record } }, learned }
}

/** What a run that has ended has learned, for the runs to come. */
export function lessonsOf(state: RunState): readonly Omit<Learned, 'runs'>[] {
  if (state.options.learn === false) return []
  const versionOfName = new Map(state.workers.map(({ name, version }) => [name, version]))
  return Object.entries(learnedOf(state)).flatMap(([worker, record]) => {
    const version = versionOfName.get(worker)
    return version === undefined ? [] : [{ worker, version, record }]
  })
}
