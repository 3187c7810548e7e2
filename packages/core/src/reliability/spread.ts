import { checkOpenProbability, checkWhole } from './check.ts'
import type { StoppingCost } from './stopping.ts'

/*
 * Votes where wrong answers do not agree but fall at random on one of several values. What is seen is how often
 * each answer was given, most first; with the rate known, an answer with c votes is right in proportion to
 * (p·M/q)^c, M being the number of wrong values.
 */
const MOST_VOTES = 14

interface Node {
  /** Probability that the leader is wrong. */
  readonly error: number
  readonly next: readonly { readonly key: string; readonly share: number }[]
}

type Level = ReadonlyMap<string, Node>

function levelsOf(rate: number, wrongAnswers: number): readonly Level[] {
  const ratio = (rate * wrongAnswers) / (1 - rate)
  const each = (1 - rate) / wrongAnswers
  const levels: Level[] = []
  let open = new Map<string, readonly number[]>([['', []]])
  for (let n = 0; n <= MOST_VOTES; n++) {
    const level = new Map<string, Node>()
    const after = new Map<string, readonly number[]>()
    for (const [key, counts] of open) {
      const unseen = wrongAnswers + 1 - counts.length
      const weights = counts.map((count) => ratio ** count)
      const total = weights.reduce((sum, weight) => sum + weight, unseen)
      const shares = new Map<string, number>()
      const step = (next: readonly number[], share: number) => {
        const nextKey = next.join()
        after.set(nextKey, next)
        shares.set(nextKey, (shares.get(nextKey) ?? 0) + share)
      }
      weights.forEach((weight, i) => {
        const right = weight / total
        const next = counts.with(i, (counts[i] ?? 0) + 1).sort((a, b) => b - a)
        step(next, right * rate + (1 - right) * each)
      })
      if (unseen > 0) step([...counts, 1], (unseen / total) * rate + (unseen - unseen / total) * each)
      const error = (total - (weights[0] ?? 1)) / total
      level.set(key, { error, next: [...shares].map(([to, share]) => ({ key: to, share })) })
    }
    levels.push(level)
    open = after
  }
  return levels
}

/** The best test at a price per error, by backward induction; what it costs and yields follows with it. */
function testAt(levels: readonly Level[], price: number): StoppingCost {
  type Value = StoppingCost & { readonly total: number }
  let later = new Map<string, Value>()
  for (let n = levels.length - 1; n >= 0; n--) {
    const now = new Map<string, Value>()
    for (const [key, { error, next }] of levels[n] ?? []) {
      const stop: Value = { votes: 0, error, total: price * error }
      let go = { votes: 1, error: 0, total: 1 }
      for (const { key: to, share } of next) {
        const value = later.get(to)
        if (value === undefined) continue
        go = {
          votes: go.votes + share * value.votes,
          error: go.error + share * value.error,
          total: go.total + share * value.total,
        }
      }
      now.set(key, n > 0 && (later.size === 0 || stop.total <= go.total) ? stop : go)
    }
    later = now
  }
  return later.get('') ?? { votes: 0, error: 1 }
}

/**
 * The fewest expected votes per subtask that reach `target` (in (0, 1)) over `subtasks` (whole, ≥ 1) when one vote
 * is right with probability `rate`, in (½, 1), and a wrong one falls on any of `wrongAnswers` values (whole, 1 to
 * 1,000) alike: 2.06 for 1,000 subtasks at 0.97793 and ten values, where agreeing wrong answers take 2.94. The
 * optimal sequential test with up to 14 votes, mixed between the two next to the error allowed. null where 14
 * votes are not enough. Throws RangeError.
 */
export function spreadVoteBound(options: {
  readonly subtasks: number
  readonly target: number
  readonly rate: number
  readonly wrongAnswers: number
}): number | null {
  const { subtasks, target, rate, wrongAnswers } = options
  checkWhole('subtasks', subtasks, 1)
  checkOpenProbability('target', target)
  checkOpenProbability('rate', rate)
  if (rate <= 0.5) throw new RangeError(`rate is ${rate}; give a rate above 0.5.`)
  checkWhole('wrongAnswers', wrongAnswers, 1)
  if (wrongAnswers > 1000) throw new RangeError(`wrongAnswers is ${wrongAnswers}; give 1,000 or fewer.`)
  const error = -Math.expm1(Math.log(target) / subtasks)
  const levels = levelsOf(rate, wrongAnswers)
  let [low, high] = [1e-3, 1e14]
  let cheap = testAt(levels, low)
  let dear = testAt(levels, high)
  if (cheap.error <= error) return cheap.votes
  if (dear.error > error) return null
  while (high / low > 1 + 1e-9) {
    const price = Math.sqrt(low * high)
    const test = testAt(levels, price)
    if (test.error > error) [low, cheap] = [price, test]
    else [high, dear] = [price, test]
  }
  const share = cheap.error > dear.error ? (error - dear.error) / (cheap.error - dear.error) : 0
  return share * cheap.votes + (1 - share) * dear.votes
}
