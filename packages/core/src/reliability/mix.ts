import { checkWhole } from './check.ts'

/** Votes counted for one subtask. Whole numbers, leader ≥ runnerUp ≥ 0, total ≥ leader + runnerUp. */
export interface Tally {
  /** Votes for the answer in front. */
  readonly leader: number
  /** Votes for the next answer, 0 where there is none. */
  readonly runnerUp: number
}

/** A line of a histogram: how many subtasks ended with this tally. What a record keeps of past votes. */
export interface TallyCount extends Tally {
  readonly subtasks: number
}

/**
 * How hard subtasks may be: the rates that a mix gives weights to. Dense near 1, where a step of .004 changes
 * the number of votes needed, and no lower than .55, since below ½ no vote can help.
 */
export const DIFFICULTY_GRID: readonly number[] = [
  0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999,
]

/** Weights of DIFFICULTY_GRID, in its order, summing to 1. */
export type Mix = readonly number[]

const LOG_RIGHT = DIFFICULTY_GRID.map((p) => Math.log(p))
const LOG_WRONG = DIFFICULTY_GRID.map((p) => Math.log1p(-p))
const INFORMATION = DIFFICULTY_GRID.map((p) => natsPerVote(p))

/** Believed before any vote: w ∝ (1 − p)^−¼, so that the easy is likelier than the hard, but not by much. */
export const PRIOR_MIX: Mix = normalise(DIFFICULTY_GRID.map((p) => (1 - p) ** -0.25))

function normalise(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => weight / sum)
}

/**
 * What one vote of a worker that is right with probability `rate` tells about which of two answers is right, in
 * nats: (2p − 1)·ln(p/q), the drift of the log-odds (Wald). 0 at ½, 6.89 at .999, Infinity at 0 and 1.
 */
export function natsPerVote(rate: number): number {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`rate is ${rate}; give a probability from 0 to 1.`)
  return rate === 0.5 ? 0 : (2 * rate - 1) * (Math.log(rate) - Math.log1p(-rate))
}

/** What a mix says of a subtask with a tally. */
export interface Doubt {
  /** Probability that the leader is wrong: Σ w p^b q^a / Σ w (p^a q^b + p^b q^a). */
  readonly error: number
  /** Expected information in one more vote, nats: the posterior mean of (2p − 1)·ln(p/q). */
  readonly information: number
}

// Keyed by the mix itself: a refit makes a new array, and with it an empty cache.
const doubts = new WeakMap<Mix, Map<number, Doubt>>()

/** How doubtful the leader of `tally` is under `mix`. Worst case: all wrong answers agree. */
export function doubtOf(mix: Mix, { leader, runnerUp }: Tally): Doubt {
  const known = doubts.get(mix) ?? new Map<number, Doubt>()
  if (known.size === 0) doubts.set(mix, known)
  const key = tallyKey({ leader, runnerUp })
  const doubt = known.get(key) ?? computeDoubt(mix, leader, runnerUp)
  known.set(key, doubt)
  return doubt
}

function computeDoubt(mix: Mix, a: number, b: number): Doubt {
  const logs = DIFFICULTY_GRID.map((_, i) => a * at(LOG_RIGHT, i) + b * at(LOG_WRONG, i))
  const top = Math.max(...logs)
  let all = 0
  let wrong = 0
  let information = 0
  mix.forEach((weight, i) => {
    const forLeader = weight * Math.exp(at(logs, i) - top)
    const against = weight * Math.exp(b * at(LOG_RIGHT, i) + a * at(LOG_WRONG, i) - top)
    all += forLeader + against
    wrong += against
    information += (forLeader + against) * at(INFORMATION, i)
  })
  return { error: wrong / all, information: information / all }
}

/** Weight of a tally in a fit: `times` is how often its votes count, `subtasks` how many subtasks have it. */
export interface Evidence extends TallyCount {
  readonly times: number
}

const PRIOR_SUBTASKS = 1.5
const EM_STEPS = 15
/** Subtasks of this rate or less are hard. */
const HARD_RATE = 0.7

/**
 * The mix that explains the tallies, from `start`, by 15 steps of expectation–maximisation with
 * PRIOR_MIX counted as 1.5 subtasks. Stopped or not, a tally has the
 * same likelihood Σ w (p^a q^b + p^b q^a), so open subtasks count too. Source: Dempster, Laird, Rubin (1977).
 */
export function fitMix(evidence: readonly Evidence[], start: Mix = PRIOR_MIX): Mix {
  const likelihoods = evidence.map(({ leader, runnerUp, times }) => {
    const [a, b] = [leader * times, runnerUp * times]
    const logs = DIFFICULTY_GRID.map((_, i) => a * at(LOG_RIGHT, i) + b * at(LOG_WRONG, i))
    const top = Math.max(...logs)
    return logs.map(
      (log, i) => Math.exp(log - top) + Math.exp(b * at(LOG_RIGHT, i) + a * at(LOG_WRONG, i) - top),
    )
  })
  let mix: readonly number[] = start
  for (let step = 0; step < EM_STEPS; step++) {
    const next = PRIOR_MIX.map((weight) => PRIOR_SUBTASKS * weight)
    likelihoods.forEach((likelihood, j) => {
      let sum = 0
      for (let i = 0; i < mix.length; i++) sum += at(mix, i) * at(likelihood, i)
      const share = (evidence[j]?.subtasks ?? 0) / sum
      for (let i = 0; i < mix.length; i++) next[i] = at(next, i) + share * at(mix, i) * at(likelihood, i)
    })
    mix = normalise(next)
  }
  return mix
}

/** How many of `subtasks` a mix that was fitted to them takes for hard, beyond those that it supposed beforehand. */
export function hardSubtasks(mix: Mix, subtasks: number): number {
  const hard = (of: Mix): number =>
    of.reduce((sum, weight, i) => (at(DIFFICULTY_GRID, i) <= HARD_RATE ? sum + weight : sum), 0)
  return Math.max(0, hard(mix) * (subtasks + PRIOR_SUBTASKS) - hard(PRIOR_MIX) * PRIOR_SUBTASKS)
}

function at(values: readonly number[], i: number): number {
  return values[i] ?? 0
}

/** Most votes that one answer of a subtask can have. */
const MAX_LEADER = 32_767

/** A tally as one whole number; sorted keys are sorted tallies. */
export function tallyKey({ leader, runnerUp }: Tally): number {
  return leader * (MAX_LEADER + 1) + runnerUp
}

export function tallyOfKey(key: number): Tally {
  return { leader: Math.floor(key / (MAX_LEADER + 1)), runnerUp: key % (MAX_LEADER + 1) }
}

/** Throws RangeError for a tally that cannot be. */
export function checkTally({ leader, runnerUp }: Tally): void {
  checkWhole('leader', leader, 0)
  checkWhole('runnerUp', runnerUp, 0)
  if (runnerUp > leader || leader > MAX_LEADER)
    throw new RangeError(
      `A tally has ${leader} votes for the leader and ${runnerUp} for the runner-up. Give the larger first, at most ${MAX_LEADER}.`,
    )
}
