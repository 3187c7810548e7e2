import { createRandom } from '../random.ts'
import {
  chargeError,
  countAbandoned,
  countAccepted,
  countVote,
  decideVote,
  mayGoOn,
  refit,
  startAutoMargin,
  tallyHistory,
} from '../reliability/auto-margin.ts'
import { natsPerVote, type TallyCount } from '../reliability/mix.ts'
import type { KnownMix } from '../reliability/stopping.ts'
import type { Outcome } from './outcome.ts'

export interface Rehearsal {
  readonly mix: KnownMix
  readonly subtasks: number
  /** What these subtasks have to reach together, in (0, 1). */
  readonly target: number
  readonly history: readonly TallyCount[]
  /** The next rung, with its cost in votes of this worker. */
  readonly stronger?: { readonly rate: number; readonly cost: number } | undefined
}

interface Open {
  readonly rate: number
  right: number
  wrong: number
}

const MOST_SUBTASKS = 1_000
const LEAST_SUBTASKS = 2_000
const IN_FLIGHT = 32
const MOST_VOTES = 60_000

/**
 * What `margin: 'auto'` will come to: the rule itself, played through with votes drawn from the mix and a fixed seed.
 * Small plans are played several times. Large ones are played in part, with the same allowance of error a subtask:
 * their beginning, and a part from the middle, when the rule has learned from half of them. What was accepted is
 * charged with the probability that it is wrong under the mix, not with what the dice said.
 */
export function rehearse(rehearsal: Rehearsal): Outcome {
  const { subtasks: all, history } = rehearsal
  const subtasks = Math.min(all, MOST_SUBTASKS)
  const target = rehearsal.target ** (subtasks / all)
  const sum = { error: 0, votes: 0, stronger: 0, played: 0 }
  const add = (one: Played, weight: number): void => {
    sum.error += one.error * weight
    sum.votes += one.votes * weight
    sum.stronger += one.stronger * weight
    sum.played += subtasks * weight
  }
  for (let turn = 0; sum.played < LEAST_SUBTASKS && sum.votes < MOST_VOTES; turn++) {
    const first = playOnce({ ...rehearsal, subtasks, target }, `rehearsal/${turn}`)
    if (all <= MOST_SUBTASKS) {
      add(first, 1)
      continue
    }
    const times = Math.max(1, all / 2 / subtasks)
    const learned = first.tallies.map((line) => ({ ...line, subtasks: Math.round(line.subtasks * times) }))
    const later = playOnce(
      // A run stays as careful as it started, however much it learns.
      { ...rehearsal, subtasks, target, history: [...history, ...learned], safety: first.safety },
      `rehearsal/${turn}/later`,
    )
    add(first, subtasks / all)
    add(later, 1 - subtasks / all)
  }
  return {
    logSuccess: Math.log1p(-Math.min(1 - 1e-15, sum.error / sum.played)),
    attempts: (sum.votes + sum.stronger) / sum.played,
    stronger: sum.stronger / sum.played,
  }
}

interface Played {
  readonly error: number
  readonly votes: number
  readonly stronger: number
  readonly tallies: readonly TallyCount[]
  readonly safety: number
}

function playOnce(rehearsal: Rehearsal & { readonly safety?: number }, seed: string): Played {
  const { mix, subtasks, target, history, stronger, safety } = rehearsal
  const random = createRandom(seed)
  const state = startAutoMargin({
    subtasks,
    target,
    history,
    ...(safety === undefined ? undefined : { safety }),
  })
  const strongerNatsPerVote = stronger === undefined ? undefined : natsPerVote(stronger.rate) / stronger.cost
  const rates = shares(mix, subtasks)
  const active: Open[] = []
  let waiting: Open[] = []
  let error = 0
  let escalated = 0
  const decide = (open: Open, mayWait: boolean): boolean => {
    const tally = { leader: Math.max(open.right, open.wrong), runnerUp: Math.min(open.right, open.wrong) }
    const decision = decideVote(state, {
      tally,
      mayWait,
      ...(strongerNatsPerVote === undefined ? undefined : { strongerNatsPerVote }),
    })
    if (decision === 'vote') active.push(open)
    else if (decision === 'wait') waiting.push(open)
    else if (decision === 'accept') {
      countAccepted(state, tally)
      error += errorOf(mix, tally.leader, tally.runnerUp)
    } else {
      countAbandoned(state, tally)
      if (decision === 'escalate' && stronger !== undefined) {
        chargeError(state, 1 - stronger.rate)
        error += 1 - stronger.rate
        escalated++
      } else error += 1
    }
    return decision === 'accept'
  }
  for (;;) {
    if (waiting.length > 0 && (active.length === 0 || mayGoOn(state))) {
      if (active.length === 0) refit(state)
      const released = waiting
      waiting = []
      for (const open of released) decide(open, false)
    }
    while (active.length < IN_FLIGHT && rates.length > 0) {
      const [rate = 0.5] = rates.splice(random.integer(rates.length), 1)
      active.push({ rate, right: 0, wrong: 0 })
    }
    if (active.length === 0) {
      if (waiting.length > 0) continue
      break
    }
    const at = random.integer(active.length)
    const open = active[at] as Open
    active[at] = active[active.length - 1] as Open
    active.pop()
    const before = { leader: Math.max(open.right, open.wrong), runnerUp: Math.min(open.right, open.wrong) }
    if (random.uniform() < open.rate) open.right++
    else open.wrong++
    const after = { leader: Math.max(open.right, open.wrong), runnerUp: Math.min(open.right, open.wrong) }
    countVote(state, before, after)
    decide(open, true)
  }
  return {
    error,
    votes: state.votes,
    stronger: escalated,
    tallies: tallyHistory(state),
    safety: state.safety,
  }
}

/** As many subtasks of each rate as its share says, so that no luck is in the draw. */
function shares(mix: KnownMix, subtasks: number): number[] {
  const total = mix.reduce((sum, { weight }) => sum + weight, 0)
  const rates: number[] = []
  let due = 0
  for (const { rate, weight } of mix) {
    due += (weight / total) * subtasks
    while (rates.length < Math.round(due)) rates.push(rate)
  }
  return rates
}

/** Probability that the leader is wrong when the mix is known. */
function errorOf(mix: KnownMix, a: number, b: number): number {
  let right = 0
  let wrong = 0
  for (const { rate, weight } of mix) {
    const lead = (a - b) * (Math.log(rate) - Math.log1p(-rate))
    // p^b q^b is common to both sides; what is left is told by the lead.
    const common = weight * Math.exp(b * Math.log(rate * (1 - rate)) + (a - b) * Math.log(rate))
    right += common
    wrong += common * Math.exp(-lead)
  }
  return right + wrong === 0 ? 0.5 : wrong / (right + wrong)
}
