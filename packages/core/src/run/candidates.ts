import { canonicalJson } from '../json.ts'
import type { Appraisal, JournalEvent } from './events.ts'
import { coveredBy } from './fail.ts'
import { makeReady, policyOf, type RunState } from './state.ts'
import type { WorkerTally } from './tally.ts'

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>

/** Every answer that a subtask had or might have had, kept while its check may still combine them. */
export interface CandidateTable {
  readonly places: Map<string, number>
  readonly answers: unknown[]
  /** Which attempt gave each first, and the place of its worker; 0 where it was only named as an alternative. */
  readonly attempts: number[]
  readonly by: number[]
  /** What each worker said, by its place. */
  readonly told: Map<number, Told>
  /** The candidate that its last attempts gave, and the one that its check is asked about. */
  given: number
  current: number
}

/** What one worker said of a subtask. */
export interface Told {
  samples: number
  /** How many of these said how sure they were. */
  stated: number
  readonly votes: number[]
  readonly confidence: (number | undefined)[]
}

/** What a check that combines candidates has seen so far. */
export interface Search {
  /** The combinations that it has rejected, by {@link signatureOf}. */
  readonly rejected: Set<string>
  /** How many it was asked about beyond those that attempts gave. */
  tried: number
}

/** Whether the answers of a subtask are kept as candidates of its check. */
export function isCombined(state: RunState, node: number): boolean {
  const check = state.graph.check[node] as number
  return check !== -1 && policyOf(state, check).combine !== null
}

/** What of an answer is asked for beside itself. */
export interface Wanted {
  /** Its key, and those of its alternatives. */
  readonly key: boolean
  readonly confidence: boolean
}

const votedOn: Wanted = { key: true, confidence: false }
const combined: Wanted = { key: true, confidence: true }
const weighed: Wanted = { key: false, confidence: true }

/** What a host is to find out of the node's answer beside itself; undefined where that is nothing. */
export function wantedOf(state: RunState, node: number): Wanted | undefined {
  const { vote, escalate } = policyOf(state, node)
  if (state.graph.check[node] !== -1 && isCombined(state, node)) return combined
  if (escalate?.below != null) return vote === null ? weighed : combined
  return vote === null ? undefined : votedOn
}

/** An answer, and what else it may be, are candidates from now on. */
export function addCandidates(
  state: RunState,
  node: number,
  attempt: number,
  answer: unknown,
  { key, confidence, alternatives = [] }: Appraisal,
): void {
  const place = state.graph.worker[node] as number
  let table = state.candidates.get(node)
  if (table === undefined) {
    table = { places: new Map(), answers: [], attempts: [], by: [], told: new Map(), given: -1, current: -1 }
    state.candidates.set(node, table)
  }
  let told = table.told.get(place)
  if (told === undefined) {
    told = { samples: 0, stated: 0, votes: [], confidence: [] }
    table.told.set(place, told)
  }
  const candidate = placeOf(table, key ?? canonicalJson(answer), answer)
  if (table.attempts[candidate] === 0) {
    table.attempts[candidate] = attempt
    table.by[candidate] = place
  }
  told.samples++
  told.votes[candidate] = (told.votes[candidate] ?? 0) + 1
  if (confidence === undefined) return
  told.stated++
  told.confidence[candidate] = (told.confidence[candidate] ?? 0) + confidence
  for (const other of alternatives) {
    const at = placeOf(table, other.key, other.answer)
    told.confidence[at] = (told.confidence[at] ?? 0) + other.confidence
  }
}

function placeOf(table: CandidateTable, key: string, answer: unknown): number {
  const known = table.places.get(key)
  if (known !== undefined) return known
  const place = table.answers.push(answer) - 1
  table.places.set(key, place)
  table.attempts.push(0)
  table.by.push(-1)
  return place
}

/** The answer with this key is what the subtask's attempts came to. */
export function giveCandidate(state: RunState, node: number, key: string): void {
  const table = state.candidates.get(node)
  if (table === undefined) return
  table.given = table.places.get(key) ?? -1
  table.current = table.given
}

/** The subtasks under a check that have candidates now, in the order of the plan. */
export function combinedBy(state: RunState, check: number): number[] {
  return coveredBy(state, check).filter((node) => state.candidates.has(node))
}

/** Names the combination that a check is asked about. */
export function signatureOf(state: RunState, nodes: readonly number[]): string {
  return nodes.map((node) => state.candidates.get(node)?.current).join()
}

/** A check has rejected the combination that it was asked about. */
export function rejectCombination(state: RunState, check: number): void {
  if (policyOf(state, check).combine === null) return
  let search = state.searches.get(check)
  if (search === undefined) {
    search = { rejected: new Set(), tried: 0 }
    state.searches.set(check, search)
  }
  search.rejected.add(signatureOf(state, combinedBy(state, check)))
}

/** A check is to be asked about another combination: its candidates are the answers that it sees. */
export function chooseCombination(state: RunState, event: EventOf<'combination-chosen'>): void {
  const search = state.searches.get(event.node)
  if (search === undefined) throw new Error(`Corrupt journal: check ${event.node} has rejected nothing.`)
  search.tried++
  state.checks.tried++
  for (const [node, candidate] of event.choice) {
    const table = state.candidates.get(node)
    if (table === undefined || candidate >= table.answers.length)
      throw new Error(`Corrupt journal: node ${node} has no candidate ${candidate}.`)
    table.current = candidate
    state.answers[node] = table.answers[candidate]
  }
  // Failures are limited from one combination to the next, or a long search could never have them.
  state.transport[event.node] = 0
  state.flagged[event.node] = 0
  makeReady(state, event.node)
}

/**
 * The check has accepted: where it took another candidate than the one that attempts came to, that one was wrong, and
 * the one that it took, which counts as wrong, was right. Whether the node's answer is the one that attempts came to.
 */
export function settleCandidate(state: RunState, node: number): boolean {
  const table = state.candidates.get(node)
  if (table === undefined || table.current === table.given) return true
  const worker = state.tallies[state.graph.worker[node] as number] as WorkerTally
  worker.succeeded--
  worker.wrong++
  const by = state.tallies[table.by[table.current] as number]
  if (by !== undefined) {
    by.succeeded++
    by.wrong--
  }
  return false
}
