import type { Policy } from '../policy/policy.ts'
import { horizonOfPlan } from '../reliability/horizon.ts'
import { type Case, cases, type Known } from './known.ts'
import { hedgedLatencyOf } from './latency.ts'
import { attemptsNeeded, type Judge, type Outcome, once, verified, voted } from './outcome.ts'
import type { PolicyPrediction, PredictedCost } from './prediction.ts'
import { rehearse } from './rehearse.ts'

/** Subtasks under one policy, with what is known of their worker. */
export interface Part {
  readonly known: Known
  readonly policy: Policy
  /** Whole, 1 or more. */
  readonly subtasks: number
  /** Whether a check of the plan covers them. */
  readonly checked: boolean
  /** What is known of the worker that they escalate to. */
  readonly stronger: Known | undefined
}

type Name = PolicyPrediction['policy']

const margins = { 'margin-2': 2, 'margin-3': 3, 'margin-5': 5 } as const
/** Share of the allowed loss that retries with a verifier may use up by ending too soon. */
const MISS_SHARE = 0.01

/** What each policy would reach over the whole plan; that of the plan itself first. */
export function policiesOf(parts: readonly Part[], target: number): PolicyPrediction[] {
  const names: Name[] = ['plan', 'one-attempt', 'verify', 'margin-2', 'margin-3', 'margin-5', 'auto']
  if (parts.some(({ policy }) => policy.escalate !== null)) names.push('ladder')
  const total = parts.reduce((sum, { subtasks }) => sum + subtasks, 0)
  // The plan's own policy is often one of the others: what was played once is not played again.
  const played = new Map<string, Outcome>()
  return names.map((name) => {
    const outcomes = Object.fromEntries(
      cases.map((which) => [
        which,
        parts.map((part, i) => {
          const doing = doingOf(part, name)
          const key = `${which}/${i}/${doing.what}/${doing.margin}`
          const outcome = played.get(key) ?? outcomeOf(part, doing, which, target, total)
          played.set(key, outcome)
          return outcome
        }),
      ]),
    ) as Record<Case, Outcome[]>
    return summed(name, parts, outcomes, target, total)
  })
}

/** What the plan's own policies come to, expected only: the worst and the best of it take as long again, each. */
export function planOutcome(parts: readonly Part[], target: number): PolicyPrediction {
  const total = parts.reduce((sum, { subtasks }) => sum + subtasks, 0)
  const expected = parts.map((part) => outcomeOf(part, doingOf(part, 'plan'), 'expected', target, total))
  return summed('plan', parts, { expected, low: expected, high: expected }, target, total)
}

/** Plain: as the plan has it. */
interface Doing {
  readonly what: 'once' | 'verify' | 'retry' | 'margin' | 'auto' | 'ladder'
  readonly margin: number
}

function doingOf({ policy, known, checked }: Part, name: Name): Doing {
  if (name === 'one-attempt') return { what: 'once', margin: 1 }
  if (name === 'verify') return { what: 'verify', margin: 1 }
  if (name === 'auto') return { what: 'auto', margin: 0 }
  if (name === 'ladder') return { what: policy.escalate === null ? 'auto' : 'ladder', margin: 0 }
  if (name !== 'plan') return { what: 'margin', margin: margins[name] }
  const { vote, escalate } = policy
  if (vote === null) return { what: known.verified || checked ? 'retry' : 'once', margin: 1 }
  if (vote.margin !== 'auto') return { what: 'margin', margin: vote.margin }
  return { what: escalate === null ? 'auto' : 'ladder', margin: 0 }
}

function outcomeOf(part: Part, { what, margin }: Doing, which: Case, target: number, total: number): Outcome {
  const { known, policy, subtasks } = part
  const mix = known.mixes[which]
  const own = known.verified ? judgeOf(known) : undefined
  const blind = Math.log1p(-(known.usualWrong ?? 0))
  const under = (outcome: Outcome): Outcome => ({ ...outcome, logSuccess: outcome.logSuccess + blind })
  switch (what) {
    case 'once':
      return once(known.rate?.[which] ?? 1)
    case 'retry':
      return verified(pointOf(known, which), judgeOf(known), policy.retry.wrong)
    case 'verify': {
      const rates = pointOf(known, which)
      const miss = (-Math.log(target) * MISS_SHARE * subtasks) / total
      return verified(rates, judgeOf(known), attemptsNeeded(rates, judgeOf(known), subtasks, miss))
    }
    case 'margin':
      return under(voted(mix, margin, own))
    case 'auto':
    case 'ladder': {
      // A verifier comes before the vote; where it never errs there is nothing left to vote on.
      const seen = throughJudge(mix, own)
      const { escalate } = policy
      const stronger =
        what === 'ladder' && escalate !== null
          ? { rate: part.stronger?.rate?.[which] ?? escalate.rate, cost: escalate.cost }
          : undefined
      const share = target ** (subtasks / total)
      const history = known.history
      const outcome = rehearse({ mix: seen.mix, subtasks, target: share, history, stronger })
      const votes = (outcome.attempts - outcome.stronger) * seen.attempts
      return under({ ...outcome, attempts: votes + outcome.stronger })
    }
  }
}

/** How hard the subtasks are, as a truth sees it: where only the rate is known, all alike. */
function pointOf(known: Known, which: Case) {
  return known.usualWrong === undefined || known.usualWrong === 0
    ? known.mixes[which]
    : [{ rate: known.rate?.[which] ?? 1, weight: 1 }]
}

export function judgeOf({ acceptsWrong = 0 }: Known): Judge {
  return { acceptRight: 1, acceptWrong: acceptsWrong }
}

function throughJudge(mix: Known['mixes'][Case], judge: Judge | undefined) {
  if (judge === undefined) return { mix, attempts: 1 }
  let all = 0
  let attempts = 0
  const seen = mix.map(({ rate, weight }) => {
    const accepted = rate * judge.acceptRight + (1 - rate) * judge.acceptWrong
    all += weight
    attempts += weight / accepted
    return { rate: Math.min(1 - 1e-12, (rate * judge.acceptRight) / accepted), weight }
  })
  return { mix: seen, attempts: attempts / all }
}

function summed(
  policy: Name,
  parts: readonly Part[],
  outcomes: Readonly<Record<Case, readonly Outcome[]>>,
  target: number,
  total: number,
): PolicyPrediction {
  const logOf = (which: Case): number =>
    parts.reduce((sum, { subtasks }, i) => sum + subtasks * (outcomes[which][i]?.logSuccess ?? 0), 0)
  const logs = cases.map(logOf)
  const [expected = 0] = logs
  let attempts = 0
  const spends = parts.map((part, i) => {
    const { known, stronger, subtasks } = part
    const { attempts: all = 0, stronger: above = 0 } = outcomes.expected[i] ?? {}
    // Late duplicates of what is slow: they cost, and change nothing in what is right.
    const twice = policy === 'one-attempt' ? 1 : 1 + duplicatesOf(part)
    const own = (all - above) * subtasks * known.attemptsPerAnswer * twice
    const other = above * subtasks * (stronger?.attemptsPerAnswer ?? 1)
    attempts += own + other
    return [
      { attempts: own, known },
      { attempts: other, known: stronger },
    ]
  })
  const success = Math.exp(expected)
  const needs = policy === 'verify' ? parts.filter(({ known, checked }) => !known.verified && !checked) : []
  const horizon = horizonOfPlan({ logSuccess: Math.min(0, expected), subtasks: total })
  return {
    policy,
    success: { expected: success, low: Math.exp(Math.min(...logs)), high: Math.exp(Math.max(...logs)) },
    attempts,
    attemptsEach: attempts / total,
    cost: costOf(spends.flat()),
    horizon90: Number.isSafeInteger(horizon) ? horizon : null,
    // A hair of slack: what was bought to the last digit is reached.
    reaches: success >= target * (1 - 1e-9),
    needsVerifier: [...new Set(needs.map(({ known }) => known.worker))],
  }
}

/** How many late duplicates there are for an attempt: as the record of its times says, or as few as the policy means. */
function duplicatesOf({ known, policy: { hedge } }: Part): number {
  if (hedge === null) return 0
  const seen = hedgedLatencyOf(known.latencies, hedge)?.duplicates
  return seen ?? (hedge.quantile === null ? 0 : Math.min(hedge.share, 1 - hedge.quantile))
}

/** What attempts cost, as far as workers have said so. */
export function costOf(
  spends: readonly { readonly attempts: number; readonly known: Pick<Known, 'cost'> | undefined }[],
): PredictedCost {
  const cost = { usd: 0, tokens: 0, complete: true }
  for (const { attempts, known } of spends) {
    if (attempts === 0) continue
    if (known?.cost === undefined) cost.complete = false
    cost.usd += attempts * (known?.cost?.usd ?? 0)
    cost.tokens += attempts * (known?.cost?.tokens ?? 0)
  }
  return cost
}
