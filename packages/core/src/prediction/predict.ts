import { parseOptions } from '../parse-options.ts'
import type { Plan } from '../plan/plan.ts'
import type { Hedge } from '../policy/hedge.ts'
import { logCompoundSuccess, rateNeeded } from '../reliability/compound.ts'
import type { WorkerFacts } from '../run/events.ts'
import { cheapestMargins } from './cheapest.ts'
import { assumesOf, limitsOf, messageOf, unknownOf } from './findings.ts'
import type { Case, Known } from './known.ts'
import { hedgedLatencyOf, latencyOf } from './latency.ts'
import { knownParts } from './parts.ts'
import { costOf, judgeOf, type Part, policiesOf } from './policies.ts'
import { type Prediction, type PredictOptions, predictOptionsSchema } from './prediction.ts'

const defaultTarget = 0.9
const pilotSubtasks = 20
const pilotVotes = 5

/**
 * What a plan would come to, before anything runs: compound success with one attempt each and under each policy,
 * attempts, cost, horizon, and what stands in the way of the target. Pure: the same in, the same out.
 *
 * @param plan a plan that has been checked.
 * @param workers what is known of the workers that it names, and of those that they escalate to.
 * @throws KilostepError `invalid-options` with every fault, such as a target outside (0, 1) or a rate of 0 or 1.
 */
export function predict(
  plan: Plan,
  workers: readonly WorkerFacts[] = [],
  options: PredictOptions = {},
): Prediction {
  const {
    target = defaultTarget,
    record = {},
    rates = {},
    budget,
    ...rest
  } = parseOptions(predictOptionsSchema, options, 'predict')
  const { census, names, know, parts } = knownParts(plan, workers, { record, rates, ...rest })
  const open = new Set(census.unknownMaps.map(({ worker }) => worker))
  const total = census.unknownMaps.length === 0 ? census.known : null
  const complete = total !== null && total > 0 && parts.every((part) => part.known.rate !== undefined)
  const policies = complete ? policiesOf(parts, target) : []
  const cheapest = complete ? cheapestOf(parts, target) : null
  const naive = complete
    ? { expected: naiveOf(parts, 'expected'), low: naiveOf(parts, 'low'), high: naiveOf(parts, 'high') }
    : null
  const blank = names.map(know).filter(({ rate }) => rate === undefined)
  const count = (worker: string): number =>
    census.groups.reduce((sum, group) => sum + (group.worker === worker ? group.subtasks : 0), 0)
  const facing = { plan, target, census, total, parts, policies, cheapest, naive, budget, blank }
  return {
    kilostep: 1,
    type: 'prediction',
    plan: { name: plan.name },
    target,
    message: messageOf(facing),
    subtasks: {
      total,
      known: census.known,
      checks: census.checks,
      unknownMaps: census.unknownMaps.map(({ id }) => id),
    },
    kinds: names.map((worker) => {
      const part = parts.find((one) => one.known.worker === worker)
      return kindOf(
        part?.known ?? know(worker),
        open.has(worker) ? null : count(worker),
        part?.checked ?? false,
        part?.policy.hedge ?? null,
      )
    }),
    rateNeeded: total === null || total === 0 ? null : rateNeeded(total, target),
    naive,
    policies,
    cheapest,
    limits: limitsOf(facing),
    unknown: unknownOf(facing),
    assumes: assumesOf(facing),
    pilot: pilotOf(blank, count),
  }
}

function naiveOf(parts: readonly Part[], which: Case): number {
  const groups = parts.map(({ known, subtasks }) => ({ rate: known.rate?.[which] ?? 1, subtasks }))
  return Math.exp(logCompoundSuccess(groups))
}

/** @internal */
export function cheapestOf(parts: readonly Part[], target: number): Prediction['cheapest'] {
  const groups = parts.map(({ known, subtasks }) => ({
    worker: known.worker,
    subtasks,
    mix: known.mixes.expected,
    judge: known.verified ? judgeOf(known) : undefined,
    attemptsPerAnswer: known.attemptsPerAnswer,
    usualWrong: known.usualWrong ?? 0,
  }))
  const { kinds, success, attempts, reached } = cheapestMargins(groups, target)
  const total = parts.reduce((sum, { subtasks }) => sum + subtasks, 0)
  return {
    kinds: kinds.map(({ worker, margins }) => ({ worker, margins: [...margins] })),
    success,
    attempts,
    attemptsEach: attempts / total,
    cost: costOf(kinds.map((kind, i) => ({ attempts: kind.attempts, known: parts[i]?.known }))),
    reached,
  }
}

const shownShare = 0.0005

function kindOf(
  known: Known,
  subtasks: number | null,
  checked: boolean,
  hedge: Hedge | null,
): Prediction['kinds'][number] {
  const { worker, basis, evidence, rate, mixes, usualWrong, verified, acceptsWrong, cost } = known
  const all = mixes.expected.reduce((sum, { weight }) => sum + weight, 0)
  return {
    worker,
    subtasks,
    basis,
    rate: rate ?? null,
    evidence,
    mix: mixes.expected
      .map(({ rate, weight }) => ({ rate, share: weight / all }))
      .filter(({ share }) => share >= shownShare),
    usualWrong: usualWrong ?? null,
    verified: verified || checked,
    acceptsWrong: acceptsWrong ?? null,
    cost: cost ?? null,
    latency: latencyOf(known.latencies),
    hedged: hedge === null ? null : hedgedLatencyOf(known.latencies, hedge),
  }
}

function pilotOf(blank: readonly Known[], count: (worker: string) => number): Prediction['pilot'] {
  if (blank.length === 0) return null
  const each = blank.map((known) => ({ known, subtasks: Math.min(pilotSubtasks, count(known.worker)) }))
  const subtasks = each.reduce((sum, one) => sum + one.subtasks, 0)
  if (subtasks === 0) return null
  const spends = each.map((one) => ({ known: one.known, attempts: one.subtasks * pilotVotes }))
  return { subtasks, votes: pilotVotes, attempts: subtasks * pilotVotes, cost: costOf(spends) }
}
