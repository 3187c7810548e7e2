import { checkOpenProbability, checkPositive, checkProbability, checkWhole } from './check.ts'

/** How hard subtasks are, known exactly: rates with their weights, which need not sum to 1. */
export type KnownMix = readonly { readonly rate: number; readonly weight: number }[]

/** What a way of voting costs and yields for one subtask drawn from a mix. */
export interface StoppingCost {
  /** Expected votes. */
  readonly votes: number
  /** Probability that the accepted answer is wrong. */
  readonly error: number
}

/*
 * Tallies are kept as n votes with a lead of d: leader (n + d)/2, runner-up (n − d)/2. Two answers, right and
 * wrong, so which of them leads is the only unknown besides the rate.
 */
const MOST_LEAD = 80

interface Tables {
  readonly cap: number
  /** Probability of a step up from (n, d), else down. */
  readonly up: Float64Array
  /** Probability that the leader is wrong at (n, d). */
  readonly error: Float64Array
}

const WIDTH = MOST_LEAD + 2

function tabulate(mix: KnownMix, cap: number): Tables {
  const total = mix.reduce((sum, { weight }) => sum + weight, 0)
  const size = (cap + 2) * WIDTH
  const seen = new Float64Array(size)
  const wrong = new Float64Array(size)
  for (const { rate, weight } of mix) {
    // Rates and their complements tell the same tallies; times 2 a vote, so that 1,000 votes stay in range.
    const powers = (base: number) => {
      const values = new Float64Array(cap + 2).fill(1)
      for (let i = 1; i < values.length; i++) values[i] = (values[i - 1] ?? 0) * base
      return values
    }
    const right = powers(2 * rate)
    const against = powers(2 * (1 - rate))
    for (let n = 0; n <= cap + 1; n++)
      for (let d = n & 1; d <= Math.min(n, MOST_LEAD + 1); d += 2) {
        const [a, b] = [(n + d) / 2, (n - d) / 2]
        const forLeader = (weight / total) * (right[a] ?? 0) * (against[b] ?? 0)
        const forOther = (weight / total) * (right[b] ?? 0) * (against[a] ?? 0)
        const at = n * WIDTH + d
        seen[at] = (seen[at] ?? 0) + forLeader + forOther
        wrong[at] = (wrong[at] ?? 0) + forOther
      }
  }
  const up = new Float64Array(size)
  const error = new Float64Array(size)
  for (let n = 0; n <= cap; n++)
    for (let d = n & 1; d <= Math.min(n, MOST_LEAD); d += 2) {
      const at = n * WIDTH + d
      const here = seen[at] ?? 0
      // A tally that underflows is never reached; any number will do.
      error[at] = here > 0 ? (wrong[at] ?? 0) / here : 0.5
      up[at] = d === 0 || here === 0 ? 1 : Math.min(1, (seen[at + WIDTH + 1] ?? 0) / here / 2)
    }
  return { cap, up, error }
}

/** Which tallies to stop at so that votes + price × error is least, by backward induction (Bellman). */
function bestStops({ cap, up, error }: Tables, price: number): Uint8Array {
  const stops = new Uint8Array((cap + 1) * WIDTH)
  let later = new Float64Array(WIDTH)
  for (let n = cap; n >= 0; n--) {
    const now = new Float64Array(WIDTH)
    for (let d = n & 1; d <= Math.min(n, MOST_LEAD); d += 2) {
      const at = n * WIDTH + d
      const stop = price * (error[at] ?? 0)
      const rise = up[at] ?? 0
      const go = 1 + rise * (later[d + 1] ?? 0) + (1 - rise) * (later[Math.max(0, d - 1)] ?? 0)
      const end = n === cap || d === MOST_LEAD || (n > 0 && d > 0 && stop <= go)
      if (end) stops[at] = 1
      now[d] = end ? stop : go
    }
    later = now
  }
  return stops
}

function costOf({ cap, up, error }: Tables, stops: Uint8Array): StoppingCost {
  let now = new Float64Array(WIDTH)
  now[0] = 1
  let votes = 0
  let wrong = 0
  for (let n = 0; n <= cap; n++) {
    const next = new Float64Array(WIDTH)
    for (let d = n & 1; d <= Math.min(n, MOST_LEAD); d += 2) {
      const at = n * WIDTH + d
      const mass = now[d] ?? 0
      if (mass === 0) continue
      if (stops[at] === 1) {
        wrong += mass * (error[at] ?? 0)
        continue
      }
      votes += mass
      const rise = mass * (up[at] ?? 0)
      next[d + 1] = (next[d + 1] ?? 0) + rise
      if (d > 0) next[d - 1] = (next[d - 1] ?? 0) + mass - rise
    }
    now = next
  }
  return { votes, error: wrong }
}

/**
 * The fewest expected votes per subtask with which any rule can hold the error at `error`, in (0, 1), when it
 * knows the mix: the optimal sequential test, by backward induction over tallies with a price on an error,
 * mixed at random between the two tests next to `error`. null where not even `maxVotes` (whole, 1 to 1,000,
 * default 600) reach it. Worst case: wrong answers agree. Source: Wald & Wolfowitz (1948); Bellman (1957).
 */
export function optimalStopping(options: {
  readonly mix: KnownMix
  readonly error: number
  readonly maxVotes?: number
}): StoppingCost | null {
  const { mix, error, maxVotes = 600 } = options
  checkOpenProbability('error', error)
  checkWhole('maxVotes', maxVotes, 1)
  if (maxVotes > 1000) throw new RangeError(`maxVotes is ${maxVotes}; give 1,000 or fewer.`)
  if (mix.length === 0) throw new RangeError('mix is empty; give one rate or more.')
  for (const { rate, weight } of mix) {
    checkProbability('rate', rate)
    checkPositive('weight', weight)
  }
  const tables = tabulate(mix, maxVotes)
  const at = (price: number) => costOf(tables, bestStops(tables, price))
  let cheap = at(1e-3)
  if (cheap.error <= error) return cheap
  let [low, high] = [1e-3, 1e15]
  let dear = at(high)
  if (dear.error > error) return null
  while (high / low > 1 + 1e-9) {
    const price = Math.sqrt(low * high)
    const cost = at(price)
    if (cost.error > error) {
      low = price
      cheap = cost
    } else {
      high = price
      dear = cost
    }
  }
  const share = cheap.error > dear.error ? (error - dear.error) / (cheap.error - dear.error) : 0
  return { votes: share * cheap.votes + (1 - share) * dear.votes, error }
}

/**
 * The bound for a plan: the fewest votes per subtask with which `subtasks` subtasks of a known mix, in unknown
 * order, reach `target`. What a rule that must learn the mix is compared with. null where nothing reaches it.
 */
export function voteBound(options: {
  readonly subtasks: number
  readonly target: number
  readonly mix: KnownMix
  readonly maxVotes?: number
}): number | null {
  const { subtasks, target, mix, maxVotes = 600 } = options
  checkWhole('subtasks', subtasks, 1)
  checkOpenProbability('target', target)
  const error = -Math.expm1(Math.log(target) / subtasks)
  return optimalStopping({ mix, error, maxVotes })?.votes ?? null
}
