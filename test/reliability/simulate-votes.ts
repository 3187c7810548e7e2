import { createRandom, type Random } from '@kilostep/core'
import {
  countAbandoned,
  countAccepted,
  countVote,
  decideVote,
  type KnownMix,
  mayGoOn,
  predictedSuccess,
  refit,
  startAutoMargin,
  type TallyCount,
  tallyHistory,
} from '@kilostep/core/reliability'

/** Draws the rate of one subtask; the rule never sees it. */
export type DrawRate = (random: Random) => number

export interface SimulatedPlan {
  readonly subtasks: number
  readonly target: number
  readonly inFlight: number
  readonly draw: DrawRate
  readonly seed: string
  readonly history?: readonly TallyCount[]
  /** In which order votes come back: the oldest first, or any. */
  readonly order?: 'oldest' | 'any'
  /** Whether the scheduler heeds `wait`. Default true. */
  readonly mayWait?: boolean
}

export interface SimulatedResult {
  readonly right: boolean
  /** Subtasks given up at the limit: failures that are seen. */
  readonly givenUp: number
  readonly attempts: number
  readonly predicted: number
  readonly history: readonly TallyCount[]
}

interface Open {
  readonly rate: number
  right: number
  wrong: number
}

const tallyOf = ({ right, wrong }: Open) => ({
  leader: Math.max(right, wrong),
  runnerUp: Math.min(right, wrong),
})

/** One plan of independent subtasks voted on by the rule, wrong answers agreeing: the loop of a scheduler, bare. */
function simulatePlan(plan: SimulatedPlan): SimulatedResult {
  const { subtasks, target, inFlight, draw, history, order = 'any', mayWait = true } = plan
  const random = createRandom(plan.seed)
  const state = startAutoMargin({ subtasks, target, ...(history && { history }) })
  const active: Open[] = []
  let waiting: Open[] = []
  let started = 0
  let right = true
  let givenUp = 0
  let next = 0
  const decide = (open: Open, wait: boolean) => {
    const tally = tallyOf(open)
    const decision = decideVote(state, { tally, mayWait: wait })
    if (decision === 'accept') {
      countAccepted(state, tally)
      if (open.wrong >= open.right) right = false
    } else if (decision === 'give-up') {
      countAbandoned(state, tally)
      right = false
      givenUp++
    }
    return decision
  }
  for (;;) {
    while (active.length < inFlight && started < subtasks) {
      active.push({ rate: draw(random), right: 0, wrong: 0 })
      started++
    }
    if (waiting.length > 0 && (active.length === 0 || mayGoOn(state))) {
      if (active.length === 0) refit(state)
      const released = waiting
      waiting = []
      for (const open of released) if (decide(open, false) === 'vote') active.push(open)
    }
    if (active.length === 0) {
      if (waiting.length === 0) break
      continue
    }
    if (next >= active.length) next = 0
    const at = order === 'oldest' ? next : random.integer(active.length)
    const open = active[at] as Open
    const before = tallyOf(open)
    if (random.uniform() < open.rate) open.right++
    else open.wrong++
    countVote(state, before, tallyOf(open))
    const decision = decide(open, mayWait)
    if (decision === 'vote') next++
    else {
      active[at] = active[active.length - 1] as Open
      active.pop()
      if (decision === 'wait') waiting.push(open)
    }
  }
  refit(state)
  return {
    right,
    givenUp,
    attempts: state.votes,
    predicted: predictedSuccess(state),
    history: tallyHistory(state),
  }
}

/** Many plans, each with its own seed; warm ones learn from a run of 1,000 subtasks of the same mix first. */
export function simulatePlans(
  options: Omit<SimulatedPlan, 'history'> & { readonly plans: number; readonly warm?: boolean },
): {
  readonly success: number
  readonly attempts: number
  readonly predicted: number
  readonly givenUp: number
} {
  const { plans, warm = false, seed, ...plan } = options
  let success = 0
  let attempts = 0
  let predicted = 0
  let givenUp = 0
  for (let i = 0; i < plans; i++) {
    const first = warm && simulatePlan({ ...plan, subtasks: 1000, seed: `${seed}/${i}/before` })
    const result = simulatePlan({ ...plan, seed: `${seed}/${i}`, ...(first && { history: first.history }) })
    if (result.right) success++
    attempts += result.attempts / plan.subtasks
    predicted += result.predicted
    givenUp += result.givenUp
  }
  return {
    success: success / plans,
    attempts: attempts / plans,
    predicted: predicted / plans,
    givenUp: givenUp / plans,
  }
}

/** A mix that the rule is judged on: how a rate is drawn, and the same as rates with weights for the bound. */
export interface JudgedMix {
  readonly draw: DrawRate
  readonly known: KnownMix
}

const always = (rate: number): JudgedMix => ({ draw: () => rate, known: [{ rate, weight: 1 }] })

const two = (easy: number, hard: number, share: number): JudgedMix => ({
  draw: (random) => (random.uniform() < share ? hard : easy),
  known: [
    { rate: easy, weight: 1 - share },
    { rate: hard, weight: share },
  ],
})

/** A continuous mix by its quantiles: the function that turns a uniform number into a rate. */
const spread = (quantile: (u: number) => number): JudgedMix => ({
  draw: (random) => quantile(random.uniform()),
  known: Array.from({ length: 300 }, (_, i) => ({ rate: quantile((i + 0.5) / 300), weight: 1 })),
})

/** The three mixes of the design, and some of our own. */
export const MIXES: Readonly<Record<string, JudgedMix>> = {
  'all .97793': always(0.8 ** 0.1),
  'Beta(44, 1)': spread((u) => u ** (1 / 44)),
  '95 % .995, 5 % .6': two(0.995, 0.6, 0.05),
  'uniform .6–1': spread((u) => 0.6 + 0.4 * u),
  'all .8': always(0.8),
  'all .999': always(0.999),
  'half .99, half .75': two(0.99, 0.75, 0.5),
  '99 % .999, 1 % .58': two(0.999, 0.58, 0.01),
  '99.8 % .999, 0.2 % .6': two(0.999, 0.6, 0.002),
  '99.7 % .97, 0.3 % .7': two(0.97, 0.7, 0.003),
  '98 % .98, 2 % .55': two(0.98, 0.55, 0.02),
  '1 − .4·u⁶': spread((u) => 1 - 0.4 * u ** 6),
  '.55 + .45·u^(1/9)': spread((u) => 0.55 + 0.45 * u ** (1 / 9)),
  'all .65': always(0.65),
  'all .55': always(0.55),
}
