import {
  addRecords,
  type Plan,
  type Prediction,
  type PredictOptions,
  predict as predictData,
  requirePlan,
  type WorkerFacts,
} from '@kilostep/core'
import { DefinedPlan } from './define-plan.ts'
import type { PilotResult } from './pilot.ts'
import type { Worker } from './worker.ts'
import { factsOf } from './worker-facts.ts'

export interface PredictPlanOptions extends PredictOptions {
  /** Workers that the plan names, beyond those that a `definePlan` brings along: their policies and costs count. */
  readonly workers?: readonly Worker[]
  /** What a pilot has shown; added to the record. */
  readonly pilot?: Pick<PilotResult, 'record'>
}

/**
 * What a plan would come to, before anything runs: compound success with one attempt each and under each policy,
 * attempts, cost, horizon, and what stands in the way of the target.
 *
 * @throws KilostepError `invalid-plan` or `invalid-options` with every fault.
 */
export function predict(plan: unknown, options: PredictPlanOptions = {}): Prediction {
  const { workers = [], pilot, ...rest } = options
  const known = new Map(workers.map((worker) => [worker.name, worker]))
  if (plan instanceof DefinedPlan) for (const [name, worker] of plan.workers) known.set(name, worker)
  const { plan: checked } = requirePlan(plan instanceof DefinedPlan ? plan.data : plan)
  const record = pilot === undefined ? rest.record : addRecords(rest.record ?? {}, pilot.record)
  return predictData(checked, [...specFacts(checked), ...[...known.values()].map(factsOf)], {
    ...rest,
    ...(record === undefined ? undefined : { record }),
  })
}

/** What a plan says itself of the workers that it brings along; what they are made of says more, once it is loaded. */
function specFacts({ workers = {} }: Plan): WorkerFacts[] {
  return Object.entries(workers).map(([name, { policy, effects = 'idempotent' }]) => ({
    name,
    effects,
    verified: false,
    undo: false,
    ...(policy === undefined ? undefined : { policy }),
  }))
}
