import {
  emptyState,
  emptyTrail,
  evolve,
  isFinal,
  KilostepError,
  mark,
  type Plan,
  quote,
  type RunState,
  requirePlan,
  settleJson,
  type Trail,
} from '@kilostep/core'
import { type DefinedPlan, isDefinedPlan } from './define-plan.ts'
import { digestOf } from './digest.ts'
import type { RunLog } from './journal.ts'
import type { Worker } from './worker.ts'

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

/**
 * Sees to it that a plan is the one that a run was started with.
 *
 * @throws KilostepError `invalid-plan`, `plan-changed`.
 */
export function requireSamePlan(
  { state }: ToldRun,
  plan: DefinedPlan<unknown> | Plan,
  run: string,
  workers: ReadonlyMap<string, Worker>,
): void {
  const data = isDefinedPlan(plan) ? plan.data : plan
  const { plan: checked } = requirePlan(data, { workers, maxSubtasks: state.options.maxSubtasks })
  if (digestOf(checked) === state.digest) return
  throw new KilostepError(
    'plan-changed',
    `Plan ${quote(checked.name)} is not the one that run ${quote(run)} was started with. Resume it without "plan" to go on with its own, or start a new run.`,
  )
}

/**
 * Sees to it that the workers are known which what is still to be done needs.
 *
 * @throws KilostepError `unknown-worker`.
 */
export function requireItsWorkers(state: RunState, run: string, workers: ReadonlyMap<string, Worker>): void {
  const missing = unknownWorkers(state, workers)
  if (missing.length === 0) return
  throw new KilostepError(
    'unknown-worker',
    `Run ${quote(run)} needs ${missing.map(quote).join(', ')}, which this engine does not have. Pass such workers to createEngine, or the plan that brings them along.`,
  )
}

function unknownWorkers(state: RunState, known: { has(name: string): boolean }): readonly string[] {
  const needed = new Set<number>()
  for (let node = 0; node < state.graph.size; node++) {
    if (!isFinal(state, node)) needed.add(state.graph.worker[node] as number)
  }
  const names = new Set<string>()
  for (const place of needed) {
    for (let name = state.graph.workers[place]; name !== undefined && !names.has(name); ) {
      names.add(name)
      const policy = state.policies[state.graph.workers.indexOf(name)]
      for (const judge of [policy?.verify?.by, policy?.audit?.by]) if (judge != null) names.add(judge)
      name = policy?.escalate?.to
    }
  }
  for (const { verify, audit } of state.ownPolicy.values())
    for (const judge of [verify?.by, audit?.by]) if (judge != null) names.add(judge)
  const planner = state.options.replan?.worker
  if (planner !== undefined && state.phase !== 'finished') names.add(planner)
  return [...names].filter((name) => !known.has(name))
}
