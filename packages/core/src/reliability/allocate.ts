import { checkOpenProbability, checkPositive, checkWhole } from './check.ts'
import { logVoteSuccess, voteOutcome } from './vote.ts'

/** Subtasks of one kind, to be voted on. */
export interface AllocationGroup {
  readonly name: string
  /** How many, whole, 1 or more. */
  readonly subtasks: number
  /** Probability that one vote is right, in (0, 1). */
  readonly rate: number
  /** Cost of one vote in any unit, the same for all groups; above 0. Default 1. */
  readonly cost?: number
  /** Largest margin that may be used, whole, 1 or more. Default 64. */
  readonly maxMargin?: number
}

/** What one group gets. */
export interface GroupAllocation {
  readonly name: string
  /** Margins with how many subtasks get each; the smaller margin first, at most two. Counts sum to the group's. */
  readonly margins: readonly { readonly margin: number; readonly subtasks: number }[]
  /** Expected votes of the whole group. */
  readonly votes: number
  /** Expected cost of the whole group. */
  readonly cost: number
  /** Probability that all of the group is right. */
  readonly success: number
}

export interface Allocation {
  readonly groups: readonly GroupAllocation[]
  /** Compound success reached. */
  readonly success: number
  readonly votes: number
  readonly cost: number
  /** False where no margin reaches the target; `success` is then the most that can be had. */
  readonly reached: boolean
}

const MAX_MARGIN = 64

/** One more unit of margin for some subtasks of a group. */
interface Step {
  readonly group: number
  /** Loss of ln success that one subtask is spared. */
  readonly spared: number
  /** What that costs for one subtask. */
  readonly price: number
}

/**
 * The cheapest margins that reach `target`, in (0, 1), for groups whose rates are known. Every unit of margin
 * spares a subtask some of −ln success at a price; the cheapest per nat are bought first (the Lagrangian
 * solution, exact but for the last unit, which is rounded up to a whole subtask). Groups at rate ½ or less
 * stay at margin 1, since voting does not help them. Assumes independent votes and agreeing wrong answers.
 * Throws RangeError for values outside their range, and where there are no groups.
 */
export function allocateMargins(options: {
  readonly groups: readonly AllocationGroup[]
  readonly target: number
}): Allocation {
  const { groups, target } = options
  checkOpenProbability('target', target)
  if (groups.length === 0) throw new RangeError('groups is empty; give one group or more.')
  for (const { subtasks, cost = 1, maxMargin = MAX_MARGIN } of groups) {
    checkWhole('subtasks', subtasks, 1)
    checkPositive('cost', cost)
    checkWhole('maxMargin', maxMargin, 1)
  }
  const allowed = -Math.log(target)
  const atOne = groups.reduce((sum, { subtasks, rate }) => sum - subtasks * logVoteSuccess(rate, 1), 0)
  const bought = groups.map(() => ({ margin: 1, more: 0 }))
  let loss = atOne
  for (const { group, spared } of steps(groups)) {
    // A hair of slack, so that a target met to the last digit is met.
    const excess = loss - allowed * (1 + 1e-12)
    if (excess <= 0) break
    const subtasks = groups[group]?.subtasks ?? 0
    const count = Math.min(subtasks, Math.ceil(excess / spared))
    const mine = bought[group]
    if (mine === undefined) continue
    if (mine.more === subtasks) mine.margin++
    mine.more = count
    loss -= count * spared
  }
  const result = groups.map((group, i) => describe(group, bought[i]?.margin ?? 1, bought[i]?.more ?? 0))
  const logSuccess = result.reduce((sum, { logSuccess }) => sum + logSuccess, 0)
  return {
    groups: result.map(({ logSuccess, ...group }) => ({ ...group, success: Math.exp(logSuccess) })),
    success: Math.exp(logSuccess),
    votes: result.reduce((sum, { votes }) => sum + votes, 0),
    cost: result.reduce((sum, { cost }) => sum + cost, 0),
    reached: loss <= allowed * (1 + 1e-9),
  }
}

/** All units of margin on offer, cheapest per nat first; the units of one group in their order. */
function steps(groups: readonly AllocationGroup[]): readonly Step[] {
  const offers: Step[] = []
  groups.forEach(({ rate, cost = 1, maxMargin = MAX_MARGIN }, group) => {
    if (rate <= 0.5) return
    for (let margin = 1; margin < maxMargin; margin++) {
      const spared = logVoteSuccess(rate, margin + 1) - logVoteSuccess(rate, margin)
      // Below this the loss of a whole plan of any size is nil, and the differences are noise.
      if (spared < 1e-25) break
      const price = cost * (voteOutcome(rate, margin + 1).votes - voteOutcome(rate, margin).votes)
      offers.push({ group, spared, price })
    }
  })
  // Prices per nat rise within a group, so a stable sort keeps its order.
  return offers.sort((x, y) => x.price / x.spared - y.price / y.spared)
}

/** `more` of the subtasks have one unit above `margin`. */
function describe(group: AllocationGroup, margin: number, more: number) {
  const { name, subtasks, rate, cost = 1 } = group
  const margins = [
    { margin, subtasks: subtasks - more },
    { margin: margin + 1, subtasks: more },
  ].filter((part) => part.subtasks > 0)
  let votes = 0
  let logSuccess = 0
  for (const part of margins) {
    votes += part.subtasks * voteOutcome(rate, part.margin).votes
    logSuccess += part.subtasks * logVoteSuccess(rate, part.margin)
  }
  return { name, margins, votes, cost: votes * cost, logSuccess }
}
