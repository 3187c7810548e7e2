/** One way to choose a candidate at every place. */
export interface Combination {
  /** Of each place, which of its candidates. */
  readonly choice: readonly number[]
  /** The product of the chosen candidates' probabilities. */
  readonly probability: number
}

/** A step away from the likeliest combination: so many places are changed, the last of them is `place`. */
interface Step {
  readonly cost: number
  readonly place: number
  readonly rank: number
  readonly before: Step | undefined
}

/**
 * Every combination of one candidate a place, likeliest first, places taken as independent. Takes O(log k) for the
 * k-th one, whatever the number of places, and is lazy: there may be more than can be counted.
 *
 * @param places of each place the probabilities of its candidates, 0 to 1, at least one. Those of 0 are left out.
 * @throws RangeError for a place without a candidate, or a probability outside 0 to 1.
 *
 * Source: the k smallest sums of one element a list, by a heap over places sorted by their first gap (Lawler 1972,
 * in the form with at most three successors a state, each reached by one way only).
 */
export function* likeliestCombinations(
  places: readonly (readonly number[])[],
): Generator<Combination, void, undefined> {
  const ranked = places.map((probabilities, place) => rank(probabilities, place))
  const best = ranked.map(({ order }) => order[0] as number)
  const probability = places.reduce(
    (all, candidates, at) => all * (candidates[best[at] as number] as number),
    1,
  )
  yield { choice: best, probability }
  // Only places that leave a choice, the cheapest change first.
  const open = ranked
    .filter(({ costs }) => costs.length > 1)
    .sort((a, b) => (a.costs[1] as number) - (b.costs[1] as number) || a.place - b.place)
  if (open.length === 0) return
  const costOf = (at: number, r: number): number => open[at]?.costs[r] ?? Number.POSITIVE_INFINITY
  const heap: Step[] = []
  const push = (step: Step): void => {
    if (step.cost < Number.POSITIVE_INFINITY) siftUp(heap, step)
  }
  push({ cost: costOf(0, 1), place: 0, rank: 1, before: undefined })
  for (let step = pop(heap); step !== undefined; step = pop(heap)) {
    const choice = best.slice()
    for (let at: Step | undefined = step; at !== undefined; at = at.before) {
      const { place, order } = open[at.place] as Ranked
      choice[place] = order[at.rank] as number
    }
    yield { choice, probability: probability * Math.exp(-step.cost) }
    const { cost, place, rank: r, before } = step
    const without = cost - costOf(place, r)
    push({ cost: without + costOf(place, r + 1), place, rank: r + 1, before })
    push({ cost: cost + costOf(place + 1, 1), place: place + 1, rank: 1, before: step })
    if (r === 1) push({ cost: without + costOf(place + 1, 1), place: place + 1, rank: 1, before })
  }
}

interface Ranked {
  readonly place: number
  /** The candidates, likeliest first … */
  readonly order: readonly number[]
  /** … and what taking each costs against the first: −ln of the ratio of their probabilities. */
  readonly costs: readonly number[]
}

function rank(probabilities: readonly number[], place: number): Ranked {
  if (probabilities.length === 0)
    throw new RangeError(`places[${place}] has no candidate; leave the place out, or give it one.`)
  for (const probability of probabilities) {
    if (!(probability >= 0 && probability <= 1))
      throw new RangeError(`places[${place}] has the probability ${probability}; give one from 0 to 1.`)
  }
  const at = (candidate: number): number => probabilities[candidate] as number
  const order = probabilities.map((_, candidate) => candidate).sort((a, b) => at(b) - at(a) || a - b)
  const first = order[0] as number
  const possible = order.filter((candidate) => candidate === first || at(candidate) > 0)
  return {
    place,
    order: possible,
    costs: possible.map((candidate) => Math.log(at(first) / at(candidate)) || 0),
  }
}

function siftUp(heap: Step[], step: Step): void {
  let at = heap.length
  while (at > 0) {
    const up = (at - 1) >> 1
    const other = heap[up] as Step
    if (!isBefore(step, other)) break
    heap[at] = other
    at = up
  }
  heap[at] = step
}

function pop(heap: Step[]): Step | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return first
  let at = 0
  for (;;) {
    let down = 2 * at + 1
    if (down >= heap.length) break
    if (down + 1 < heap.length && isBefore(heap[down + 1] as Step, heap[down] as Step)) down++
    if (!isBefore(heap[down] as Step, last)) break
    heap[at] = heap[down] as Step
    at = down
  }
  heap[at] = last
  return first
}

/** Cheaper first; among equals the earlier place, and the likelier candidate. */
function isBefore(a: Step, b: Step): boolean {
  return (
    a.cost < b.cost || (a.cost === b.cost && (a.place < b.place || (a.place === b.place && a.rank < b.rank)))
  )
}
