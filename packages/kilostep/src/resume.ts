import {
  emptyState,
  emptyTrail,
  evolve,
  isFinal,
  KilostepError,
  mark,
  quote,
  type RunState,
  settleJson,
  type Trail,
} from '@kilostep/core'
import type { RunLog } from './journal.ts'

/** A run as its journal tells it. */
export interface ToldRun {
  readonly state: RunState
  /** When its last event was, in ms since 1970. */
  readonly lastAt: number
  /** How it stood after each event, where the log keeps that. */
  readonly trail?: Trail | undefined
}

/**
 * Folds a whole log.
 *
 * @throws KilostepError `journal-damaged` where an event does not follow from those before.
 */
export async function foldLog(log: RunLog, run: string): Promise<ToldRun> {
  const state = emptyState()
  const trail = log.keep === undefined ? undefined : emptyTrail()
  let lastAt = 0
  let place = 0
  for await (const event of log.read(0)) {
    // An accepted answer never changes, whoever is given it.
    if (event.type === 'attempt-succeeded') settleJson(event.answer, Number.POSITIVE_INFINITY)
    try {
      if ((place === 0) !== (event.type === 'run-started')) throw new Error('it is not where it belongs')
      evolve(state, event)
      if (trail !== undefined) mark(trail, state, event)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new KilostepError(
        'journal-damaged',
        `Event ${place} (${quote(String(event.type))}) of run ${quote(run)} does not follow from those before it: ${why}. The journal was changed, or written by a newer Kilostep.`,
      )
    }
    place++
    lastAt = Math.max(lastAt, event.at)
  }
  if (place === 0) throw new KilostepError('journal-damaged', `Run ${quote(run)} has no events.`)
  return { state, lastAt, trail }
}

/** The workers that what is still to be done needs, and the engine does not have. */
export function unknownWorkers(state: RunState, known: { has(name: string): boolean }): readonly string[] {
  const needed = new Set<number>()
  for (let node = 0; node < state.graph.size; node++) {
    if (!isFinal(state, node)) needed.add(state.graph.worker[node] as number)
  }
  const names = new Set<string>()
  for (const place of needed) {
    for (let name = state.graph.workers[place]; name !== undefined && !names.has(name); ) {
      names.add(name)
      name = state.policies[state.graph.workers.indexOf(name)]?.escalate?.to
    }
  }
  return [...names].filter((name) => !known.has(name))
}
