import { type Combination, likeliestCombinations } from '../reliability/likeliest.ts'
import { errorOfCombination, pooledOpinion } from '../reliability/opinion.ts'
import { type CandidateTable, combinedBy, type Search, signatureOf, type Told } from './candidates.ts'
import type { JournalEvent } from './events.ts'
import { policyOf, type RunState } from './state.ts'
import type { WorkerTally } from './tally.ts'

/** The candidates of all that a check covers, and how likely each combination of them is. */
interface Ranking {
  readonly nodes: readonly number[]
  /** Of each node, by candidate. */
  readonly places: readonly (readonly number[])[]
  readonly source: Generator<Combination, void, undefined>
  /** Those that were looked at, likeliest first; all before `next` are rejected. */
  readonly seen: Combination[]
  next: number
  /** Probability of each rejected combination. */
  readonly mass: Map<string, number>
}

// No candidate comes in while a check goes through combinations, so that their order stays what it was. What is kept
// here saves only time: without it the same comes out.
const rankings = new WeakMap<Search, Ranking>()

/**
 * The likeliest combination that the check has not rejected, as an event; or why none is taken. The check has just
 * rejected the one that it was asked about.
 */
export function nextCombination(
  state: RunState,
  check: number,
  at: number,
): Extract<JournalEvent, { type: 'combination-chosen' }> | { readonly why: string } {
  const { checks, error: most } = policyOf(state, check).combine as { checks: number; error: number }
  const search = state.searches.get(check)
  const tried = search?.tried ?? 0
  if (tried >= checks)
    return { why: `none of the ${tried} likeliest other combinations of candidates passed` }
  const ranking = rankingOf(state, check, search)
  const now = signatureOf(state, ranking.nodes)
  const isRejected = (combination: Combination): boolean => {
    const signature = combination.choice.join()
    return signature === now || search?.rejected.has(signature) === true
  }
  const combination = firstThat(ranking, (one) => !isRejected(one))
  if (combination === undefined) {
    return {
      why:
        tried === 0
          ? 'there is no other combination of candidates'
          : `none of the ${tried} other combinations of candidates passed`,
    }
  }
  const rejected = massOf(ranking, [...(search?.rejected ?? []), now])
  const error = errorOf(state, check, combination.probability, rejected, 1)
  if (error > most) {
    return {
      why: `the likeliest combination of candidates that is left would be wrong with a probability of ${error.toFixed(2)}, which is over combine.error`,
    }
  }
  const choice: [number, number][] = []
  ranking.nodes.forEach((node, place) => {
    if ((ranking.places[place] as readonly number[]).length > 1)
      choice.push([node, combination.choice[place] as number])
  })
  return { type: 'combination-chosen', at, node: check, choice, probability: combination.probability, error }
}

/** The probability that what the check accepts now is wrong; undefined where it combines no candidates. */
export function errorAccepted(state: RunState, check: number): number | undefined {
  if (policyOf(state, check).combine === null) return undefined
  const search = state.searches.get(check)
  const ranking = rankingOf(state, check, search)
  const now = signatureOf(state, ranking.nodes)
  const rejected = [...(search?.rejected ?? [])].filter((signature) => signature !== now)
  return errorOf(state, check, probabilityOf(ranking, now), massOf(ranking, rejected), 0)
}

/** `more`: rejections that are not counted yet. */
function errorOf(
  state: RunState,
  check: number,
  probability: number,
  rejected: number,
  more: number,
): number {
  const place = state.graph.worker[check] as number
  const record = state.options.record?.[state.graph.workers[place] as string]?.acceptsWrong
  // Nobody knows how many wrong ones it accepts: it has rejected so many, and the next may be one (Laplace).
  const seen = (state.tallies[place] as WorkerTally).rejections + more
  return errorOfCombination(probability, 1 - probability - rejected, record ?? 1 / (seen + 2))
}

function rankingOf(state: RunState, check: number, search: Search | undefined): Ranking {
  const known = search === undefined || search.tried === 0 ? undefined : rankings.get(search)
  if (known !== undefined) return known
  const nodes = combinedBy(state, check)
  const places = nodes.map((node) => probabilitiesOf(state, state.candidates.get(node) as CandidateTable))
  const source = likeliestCombinations(places)
  const ranking: Ranking = { nodes, places, source, seen: [], next: 0, mass: new Map() }
  if (search !== undefined && search.tried > 0) rankings.set(search, ranking)
  return ranking
}

function firstThat(ranking: Ranking, holds: (combination: Combination) => boolean): Combination | undefined {
  for (let at = ranking.next; ; at++) {
    if (at === ranking.seen.length) {
      const more = ranking.source.next()
      if (more.done === true) return undefined
      ranking.seen.push(more.value)
    }
    const combination = ranking.seen[at] as Combination
    if (holds(combination)) {
      ranking.next = at
      return combination
    }
  }
}

function massOf(ranking: Ranking, signatures: readonly string[]): number {
  let all = 0
  for (const signature of new Set(signatures)) {
    const mass = ranking.mass.get(signature) ?? probabilityOf(ranking, signature)
    ranking.mass.set(signature, mass)
    all += mass
  }
  return all
}

function probabilityOf({ places }: Ranking, signature: string): number {
  const choice = signature.split(',')
  return places.reduce((product, place, at) => product * (place[Number(choice[at])] ?? 0), 1)
}

/** Of each candidate; what is missing to 1 is that nobody has named the right one. */
function probabilitiesOf(state: RunState, table: CandidateTable): readonly number[] {
  const opinions = [...table.told].map(([place, told]) => ({
    rate: rateOf(state, place),
    samples: told.samples,
    votes: told.votes,
    stated: statedBy(told),
  }))
  return pooledOpinion(table.answers.length, opinions).slice(0, -1)
}

function statedBy({ samples, stated, confidence }: Told): readonly (number | undefined)[] | null {
  return stated === samples ? confidence : null
}

/** Answers of a worker that are taken as known of beforehand: nine of ten right, unless its policy says better. */
const priorAnswers = 10
const priorRate = 0.9

/** How often the worker's answers are right, as its record, the policy that leads to it and this run say. */
function rateOf(state: RunState, place: number): number {
  const name = state.graph.workers[place] as string
  const record = state.options.record?.[name]
  const said = state.policies.find(({ escalate }) => escalate?.to === name)?.escalate?.rate ?? priorRate
  const { succeeded, wrong } = state.tallies[place] as WorkerTally
  const right = (record?.right ?? succeeded) + said * priorAnswers
  const of = (record?.of ?? succeeded + wrong) + priorAnswers
  return Math.min(0.9999, Math.max(0.55, right / of))
}
