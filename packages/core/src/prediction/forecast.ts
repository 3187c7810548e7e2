import { z } from 'zod'
import type { Plan } from '../plan/plan.ts'
import { count, dollars, percent } from '../report/numbers.ts'
import type { WorkerFacts } from '../run/events.ts'
import type { RunOptions } from '../run/options.ts'
import { limitsOf } from './findings.ts'
import { knownParts } from './parts.ts'
import { planOutcome } from './policies.ts'
import { cheapestOf } from './predict.ts'

const amount = z.number().min(0)
const probability = z.number().min(0).max(1)

/** What a target comes to over the plan's subtasks, as far as the record tells before anything runs. */
export const forecastSchema = z.strictObject({
  /** The compound success asked for, and the one expected of the plan's own policies. */
  target: z.number().gt(0).lt(1),
  success: probability,
  reached: z.boolean(),
  /** What that is expected to take. */
  attempts: amount,
  attemptsEach: amount,
  cost: z.strictObject({ usd: amount, tokens: amount, complete: z.boolean() }),
  /** The least attempts with which votes could reach the target, and the margin that each subtask would get. */
  least: z.strictObject({
    attempts: amount,
    reached: z.boolean(),
    kinds: z.array(
      z.strictObject({
        worker: z.string(),
        margins: z.array(z.strictObject({ margin: z.int().min(1), subtasks: z.int().min(0) })),
      }),
    ),
  }),
  /** Why the target will not be reached. */
  limits: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  /** One sentence that says all of it. */
  message: z.string(),
})
export type Forecast = z.output<typeof forecastSchema>

/**
 * The target as an allocation over the plan's subtasks: what the records of its workers say it takes, and whether it
 * can be reached. Undefined where there is no target, a worker has no record, or the plan's size is not known yet.
 */
export function forecastOf(
  plan: Plan,
  workers: readonly WorkerFacts[],
  options: Pick<RunOptions, 'target' | 'record' | 'budget' | 'policy'>,
): Forecast | undefined {
  const { target, record = {}, budget, policy } = options
  if (target === undefined) return undefined
  const { census, parts } = knownParts(plan, workers, { record, ...(policy === undefined ? {} : { policy }) })
  if (census.unknownMaps.length > 0 || parts.length === 0) return undefined
  if (parts.some(({ known }) => known.rate === undefined)) return undefined
  const cheapest = cheapestOf(parts, target) as NonNullable<ReturnType<typeof cheapestOf>>
  const outcome = planOutcome(parts, target)
  const { success, attempts, attemptsEach, cost, reaches } = outcome
  const limits = limitsOf({
    plan,
    target,
    census,
    total: census.known,
    parts,
    policies: [],
    cheapest,
    naive: null,
    budget,
    blank: [],
  }).map(({ code, message }) => ({ code: code as string, message }))
  if (!reaches) {
    const more = cheapest.reached
      ? `Votes with margin "auto" would, at ${count(cheapest.attempts)} attempts or more.`
      : 'Votes alone cannot: it takes a verifier, or a stronger worker to escalate to.'
    limits.push({
      code: 'not-reached',
      message: `With its policies the plan is expected to be all right in ${percent(success.expected)} of runs, short of ${percent(target)}. ${more}`,
    })
  }
  const over = budgetShort(attempts, cost, budget)
  if (over !== undefined) limits.push(over)
  return {
    target,
    success: success.expected,
    reached: limits.length === 0,
    attempts,
    attemptsEach,
    cost,
    least: {
      attempts: cheapest.attempts,
      reached: cheapest.reached,
      kinds: cheapest.kinds.map(({ worker, margins }) => ({ worker, margins: [...margins] })),
    },
    limits,
    message: messageOf(target, outcome, limits),
  }
}

type Outcome = ReturnType<typeof planOutcome>

function budgetShort(
  attempts: number,
  cost: Outcome['cost'],
  budget: RunOptions['budget'],
): Forecast['limits'][number] | undefined {
  if (budget?.attempts !== undefined && attempts > budget.attempts) {
    return {
      code: 'attempts',
      message: `The target takes about ${count(attempts)} attempts, and the budget is ${count(budget.attempts)}. Raise budget.attempts or lower the target.`,
    }
  }
  if (budget?.usd !== undefined && cost.usd > budget.usd) {
    return {
      code: 'usd',
      message: `The target takes about ${dollars(cost.usd)}, and the budget is ${dollars(budget.usd)}. Raise budget.usd or lower the target.`,
    }
  }
  return undefined
}

function messageOf(target: number, outcome: Outcome, limits: Forecast['limits']): string {
  const { success, attempts, attemptsEach, cost } = outcome
  const paid = cost.usd > 0 ? `, about ${dollars(cost.usd)}${cost.complete ? '' : ' or more'}` : ''
  const takes = `${count(attempts)} attempts (${attemptsEach.toFixed(2)} a subtask${paid})`
  const [first] = limits
  if (first !== undefined) return `The target of ${percent(target)} is out of reach: ${first.message}`
  return `The target of ${percent(target)} is expected to take ${takes}, and all to be right in ${percent(success.expected)} of runs.`
}
