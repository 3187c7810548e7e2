import { checkOpenProbability, checkWhole } from './check.ts'

/*
 * First to ahead by a margin: ask until one answer leads the next by `margin` votes. The formulas are those of
 * the gambler's ruin (Feller, "An Introduction to Probability Theory" I, XIV.2–3), used for voting by MAKER
 * (arXiv 2511.09030). They take the worst case: all wrong answers agree. Votes must be independent.
 */

/** What a margin does for one subtask. */
export interface VoteOutcome {
  /** How far the leader must lead, a whole number, 1 or more. 1 is a single attempt. */
  readonly margin: number
  /** Probability that the answer voted for is right. */
  readonly success: number
  /** Probability that it is wrong; not 1 − success, which would lose its digits. */
  readonly error: number
  /** Expected votes until the margin is reached. */
  readonly votes: number
}

/**
 * What voting with `margin` (whole, ≥ 1) gives when one vote is right with probability `rate`, in (0, 1):
 * success 1 / (1 + (q/p)^margin) after margin·(2·success − 1)/(2p − 1) votes. Throws RangeError.
 */
export function voteOutcome(rate: number, margin: number): VoteOutcome {
  checkOpenProbability('rate', rate)
  checkWhole('margin', margin, 1)
  const logOdds = margin * (Math.log(rate) - Math.log1p(-rate))
  const success = 1 / (1 + Math.exp(-logOdds))
  const error = 1 / (1 + Math.exp(logOdds))
  // At p = ½ the general formula is 0/0; its limit is margin². tanh(x/2) is success − error.
  const drift = 2 * rate - 1
  const votes = Math.abs(drift) < 1e-9 ? margin * margin : (margin * Math.tanh(logOdds / 2)) / drift
  return { margin, success, error, votes: Math.max(margin, votes) }
}

/** ln of the success of `voteOutcome`: finite where the success rounds to 1. */
export function logVoteSuccess(rate: number, margin: number): number {
  checkOpenProbability('rate', rate)
  checkWhole('margin', margin, 1)
  const ratio = -margin * (Math.log(rate) - Math.log1p(-rate))
  return ratio > 700 ? -ratio : -Math.log1p(Math.exp(ratio))
}

/** A plan of equal subtasks and what is asked of it. */
export interface PlanTarget {
  /** N: how many subtasks, a whole number, 1 or more. */
  readonly subtasks: number
  /** Compound success asked for, in (0, 1). */
  readonly target: number
  /** Probability that one attempt is right, in (0, 1). */
  readonly rate: number
}

function checkPlan(plan: PlanTarget): void {
  checkWhole('subtasks', plan.subtasks, 1)
  checkOpenProbability('target', plan.target)
  checkOpenProbability('rate', plan.rate)
}

/**
 * The smallest margin with which every one of `subtasks` is right with probability `target`:
 * ⌈ln(T^(−1/N) − 1) / ln(q/p)⌉, at least 1. null where no margin helps, i.e. rate ≤ ½ and one attempt each is
 * not enough.
 */
export function smallestMargin(plan: PlanTarget): number | null {
  checkPlan(plan)
  const { subtasks, target, rate } = plan
  if (subtasks * Math.log(rate) >= Math.log(target)) return 1
  if (rate <= 0.5) return null
  const allowedOdds = Math.expm1(-Math.log(target) / subtasks)
  const margin = Math.ceil((Math.log(allowedOdds) / (Math.log1p(-rate) - Math.log(rate))) * (1 - 1e-12))
  return Math.max(1, margin)
}

/**
 * N@T with this margin: the largest number of subtasks whose compound success is at least `target`; 0 where
 * even one falls short. Each further unit of margin multiplies it by about p/q.
 */
export function voteHorizon(options: {
  readonly rate: number
  readonly margin: number
  readonly target: number
}): number {
  checkOpenProbability('target', options.target)
  return Math.floor((Math.log(options.target) / logVoteSuccess(options.rate, options.margin)) * (1 + 1e-12))
}

/** How many of the subtasks get each margin. */
export interface MarginMix {
  /** Share of the subtasks at each margin; at most two margins, next to each other, and shares sum to 1. */
  readonly shares: readonly { readonly margin: number; readonly share: number }[]
  /** Expected votes per subtask. */
  readonly votes: number
}

/**
 * The cheapest mix of fixed margins that reaches the target: a share of the subtasks at one margin and the rest
 * at the next. Success falls on the log scale linearly in the share, so the best mix lies on the lower convex
 * hull of (−ln success, votes), whose corners are all the margins in turn. null where `smallestMargin` is.
 * A share is not rounded to whole subtasks: round the lower margin's down.
 */
export function bestMarginMix(plan: PlanTarget): MarginMix | null {
  const margin = smallestMargin(plan)
  if (margin === null) return null
  const upper = voteOutcome(plan.rate, margin)
  if (margin === 1) return { shares: [{ margin, share: 1 }], votes: 1 }
  const lower = voteOutcome(plan.rate, margin - 1)
  const allowed = Math.log(plan.target) / plan.subtasks
  const lossUpper = logVoteSuccess(plan.rate, margin)
  const lossLower = logVoteSuccess(plan.rate, margin - 1)
  const share = Math.min(1, Math.max(0, (allowed - lossUpper) / (lossLower - lossUpper)))
  return {
    shares: [
      { margin: margin - 1, share },
      { margin, share: 1 - share },
    ],
    votes: share * lower.votes + (1 - share) * upper.votes,
  }
}
