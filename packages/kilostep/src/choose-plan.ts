import { KilostepError, type Prediction } from '@kilostep/core'
import type { DefinedPlan } from './define-plan.ts'
import { type PredictPlanOptions, predict } from './predict.ts'

/** A plan with what it would come to. */
export interface PredictedPlan {
  readonly plan: DefinedPlan
  readonly prediction: Prediction
}

/**
 * The best of several plans for the same task, by what each would come to: of those that reach the target the cheapest,
 * else the one most likely to be all right. Where no rate is known, fewer subtasks are fewer chances to fail. The first
 * of equals.
 *
 * @throws KilostepError `invalid-options` where there is no plan.
 */
export function choosePlan(plans: readonly DefinedPlan[], options: PredictPlanOptions = {}): PredictedPlan {
  const [first, ...more] = plans.map((plan) => ({ plan, prediction: predict(plan, options) }))
  if (first === undefined) throw new KilostepError('invalid-options', 'choosePlan takes one plan or more.')
  return more.reduce((best, next) => (better(next.prediction, best.prediction) ? next : best), first)
}

function better(a: Prediction, b: Prediction): boolean {
  const [left, right] = [standing(a), standing(b)]
  for (const [i, value] of left.entries()) {
    const other = right[i] as number
    // What differs by rounding only is no reason.
    if (Math.abs(value - other) > 1e-12 * Math.max(Math.abs(value), Math.abs(other))) return value < other
  }
  return false
}

/** What counts, the most important first; less is better. */
function standing({ policies, subtasks, target }: Prediction): readonly number[] {
  const own = policies.find(({ policy }) => policy === 'plan') ?? policies[0]
  const size = subtasks.total ?? Number.MAX_SAFE_INTEGER
  if (own === undefined) return [1, 0, 0, size]
  const reaches = own.success.expected >= target
  const { usd, tokens } = own.cost
  return reaches
    ? [0, usd, tokens, own.attempts, size]
    : [0.5, -own.success.expected, usd, tokens, own.attempts, size]
}
