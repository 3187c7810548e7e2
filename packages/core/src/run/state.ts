import { emptyGraph, type PlanGraph } from '../plan/graph.ts'
import type { Plan } from '../plan/plan.ts'
import type { Policy } from '../policy/policy.ts'
import type { Forecast } from '../prediction/forecast.ts'
import type { AutoMargin } from '../reliability/auto-margin.ts'
import type { AuditTally } from './audit.ts'
import type { CandidateTable, Search } from './candidates.ts'
import type { Awaited } from './decision.ts'
import type { Doubtful } from './doubtful.ts'
import type { Failure, LearnedFrom, Spend, StopReason, WorkerFacts } from './events.ts'
import type { Abreast } from './flying.ts'
import { InFlight } from './in-flight.ts'
import type { RunOptions } from './options.ts'
import { type Heap, push } from './ready.ts'
import { noReplans, type Replans } from './replans.ts'
import type { WorkerTally } from './tally.ts'

/** Where a subtask or check stands. From `succeeded` on it is final. */
export const status = {
  blocked: 0,
  ready: 1,
  waiting: 2,
  running: 3,
  candidate: 4,
  expanded: 5,
  succeeded: 6,
  failed: 7,
  skipped: 8,
  cancelled: 9,
  /** A planner has put something else in its place. */
  superseded: 10,
} as const
export const statusNames = Object.keys(status) as readonly (keyof typeof status)[]

/** How often an answer was given, first by which attempt, and how sure the worker was, all its votes together. */
export interface BallotAnswer {
  count: number
  readonly attempt: number
  readonly answer: unknown
  confidence: number
}

/** The votes of one subtask that is not decided yet. */
export interface Ballot {
  votes: number
  /** Key of the first attempt's answer, where that attempt gave one. */
  firstKey: string | undefined
  /** Key of the answer in front. */
  leaderKey: string
  readonly answers: Map<string, BallotAnswer>
  /** Whether the verifier accepted each answer, where its verdicts are weighed with the votes. */
  verdicts: Map<string, boolean> | undefined
  /** It has waited for others to be decided first, and does so no more. */
  waited: boolean
  /** No more votes can be had. */
  last: boolean
}

/** A subtask that a stronger worker has taken over. */
export interface Escalation {
  /** Place of the worker that had it first, and of the one whose votes had not decided. */
  readonly origin: number
  readonly from: number
  /** Number of the stronger worker's first attempt, and how many samples there were before. */
  readonly first: number
  readonly samples: number
  /** Probability that its answer is wrong. */
  readonly error: number
}

/** The nodes that one node has added: those of a plan that it returned, or one for each item of its list. */
export interface Children {
  readonly first: number
  readonly count: number
  readonly plan: Plan | undefined
  readonly items: readonly unknown[] | undefined
}

/**
 * Everything that is known of a run, folded from its events by `evolve`, which owns it and changes it in place:
 * a column an attribute, a cell a node, so that a million subtasks cost no million objects.
 */
export interface RunState {
  graph: PlanGraph
  run: string
  plan: Plan
  digest: string
  seed: string | number
  options: RunOptions
  workers: readonly WorkerFacts[]
  learned: readonly LearnedFrom[]
  forecast: Forecast | undefined
  startedAt: number
  endedAt: number
  phase: 'new' | 'running' | 'paused' | 'stopping' | 'finished'
  outcome: { readonly status: 'succeeded' | 'failed' | 'cancelled'; readonly message: string } | undefined
  stop: { readonly reason: StopReason; readonly message: string } | undefined

  status: Uint8Array
  /** Edges that are still to be satisfied, or added subtasks that are still to end. */
  pending: Int32Array
  attempts: Uint16Array
  samples: Uint16Array
  transport: Uint16Array
  flagged: Uint16Array
  wrong: Uint16Array
  road: Int32Array
  /** The ready heap's order: less starts first. */
  rank: Float64Array
  /** When a waiting node may start, and the waiting heap's order. */
  due: Float64Array
  firstStart: Float64Array
  ended: Float64Array
  /** The node whose end doomed this one, or -1. */
  cause: Int32Array
  /** 1 where the next attempt repeats the last sample, because that one failed in transport. */
  again: Uint8Array
  /** The node whose end let this one start, or -1: the critical path leads back along these. */
  lastNeed: Int32Array
  depth: Uint8Array
  answers: unknown[]
  readonly failures: Map<number, Failure>
  readonly ownPolicy: Map<number, Policy>
  /** What each expanded node has added. */
  readonly children: Map<number, Children>

  /** Votes that are not decided yet, and of those the ones that wait for others. */
  readonly ballots: Map<number, Ballot>
  aside: number[]
  /** Subtasks under a check whose first answer won their vote: whether it counts, the check says. */
  readonly firstLed: Set<number>
  /** Of each worker: how many subtasks are voted on, and the rule that watches those votes. */
  readonly voters: (number | undefined)[]
  readonly margins: (AutoMargin | undefined)[]

  readonly escalated: Map<number, Escalation>

  /** The accepted answers that are most in doubt, most first. */
  readonly doubtful: Doubtful[]
  /** What audits found, by the place of the audited worker; which nodes they looked at, and why some were wrong. */
  readonly audits: Map<number, AuditTally>
  readonly audited: Set<number>
  readonly foundWrong: Map<number, string>
  /** Subtasks of which several attempts are in flight, or were a moment ago. */
  readonly abreast: Map<number, Abreast>
  /** Attempts in flight, by {@link flightKey}, that may get a late duplicate. */
  readonly hedgeable: Set<number>

  /** Of subtasks whose check combines candidates: these, and of the checks what they have rejected. */
  readonly candidates: Map<number, CandidateTable>
  readonly searches: Map<number, Search>
  /** What has an answer, or a candidate, that no attempt of this run has given. */
  readonly given: Set<number>
  /** What waits for somebody outside, and for what; and what has leave to start. */
  readonly held: Map<number, Awaited>
  readonly approved: Set<number>

  readonly ready: Heap[]
  readonly waiting: Heap[]
  /** Subtasks that could start, and whose condition is not met. */
  readonly unmet: Set<number>
  /** Nodes whose end follows from another's. */
  todo: number[]
  todoHead: number
  /** Where cancelling what is open has got to. */
  cancelled: number

  /** Attempts in flight: when each started, by {@link flightKey}. */
  readonly inFlight: InFlight
  /** Attempts that did not stop when they were told to, by {@link flightKey}. */
  readonly stuck: Set<number>
  readonly reserved: { usd: number; tokens: number }
  readonly spent: { usd: number; tokens: number }
  /** Subtasks, and apart from them checks, by status. */
  readonly subtaskCounts: Int32Array
  readonly checkCounts: Int32Array
  readonly tallies: WorkerTally[]
  /** Checks by what their first round said, and rounds that rejected. */
  readonly checks: {
    firstAccepted: number
    judged: number
    rejections: number
    /** Combinations of candidates that were tried, and accepted; and the errors of all that was accepted where any are. */
    tried: number
    combined: number
    error: number
  }
  fallbacks: number
  readonly replans: Replans
  /** Subtasks in the order in which they succeeded, where an undo may need it. */
  readonly undoable: number[]
  readonly undone: { done: number; failed: number }
  /** Policy and facts of each of the graph's workers, by its place there. */
  readonly policies: Policy[]
  readonly facts: (WorkerFacts | undefined)[]
}

export function emptyState(): RunState {
  return {
    graph: emptyGraph(),
    run: '',
    plan: { kilostep: 1, name: '', subtasks: [] },
    digest: '',
    seed: 0,
    options: {},
    workers: [],
    learned: [],
    forecast: undefined,
    startedAt: 0,
    endedAt: 0,
    phase: 'new',
    outcome: undefined,
    stop: undefined,
    status: new Uint8Array(0),
    pending: new Int32Array(0),
    attempts: new Uint16Array(0),
    samples: new Uint16Array(0),
    transport: new Uint16Array(0),
    flagged: new Uint16Array(0),
    wrong: new Uint16Array(0),
    road: new Int32Array(0),
    rank: new Float64Array(0),
    due: new Float64Array(0),
    firstStart: new Float64Array(0),
    ended: new Float64Array(0),
    cause: new Int32Array(0),
    again: new Uint8Array(0),
    lastNeed: new Int32Array(0),
    depth: new Uint8Array(0),
    answers: [],
    failures: new Map(),
    ownPolicy: new Map(),
    children: new Map(),
    firstLed: new Set(),
    ballots: new Map(),
    aside: [],
    voters: [],
    margins: [],
    escalated: new Map(),
    doubtful: [],
    audits: new Map(),
    audited: new Set(),
    foundWrong: new Map(),
    candidates: new Map(),
    searches: new Map(),
    abreast: new Map(),
    hedgeable: new Set(),
    given: new Set(),
    held: new Map(),
    approved: new Set(),
    ready: [],
    waiting: [],
    unmet: new Set(),
    todo: [],
    todoHead: 0,
    cancelled: 0,
    inFlight: new InFlight(),
    stuck: new Set(),
    reserved: { usd: 0, tokens: 0 },
    spent: { usd: 0, tokens: 0 },
    subtaskCounts: new Int32Array(statusNames.length),
    checkCounts: new Int32Array(statusNames.length),
    tallies: [],
    checks: { firstAccepted: 0, judged: 0, rejections: 0, tried: 0, combined: 0, error: 0 },
    fallbacks: 0,
    replans: noReplans(),
    undoable: [],
    undone: { done: 0, failed: 0 },
    policies: [],
    facts: [],
  }
}

/** What is known of the node's worker. */
export function factsOf(state: RunState, node: number): WorkerFacts | undefined {
  return state.facts[state.graph.worker[node] as number]
}

export function policyOf(state: RunState, node: number): Policy {
  if (state.ownPolicy.size > 0) {
    const own = state.ownPolicy.get(node)
    if (own !== undefined) return own
  }
  return state.policies[state.graph.worker[node] as number] as Policy
}

export function countsOf(state: RunState, node: number): Int32Array {
  return state.graph.isCheck[node] === 1 ? state.checkCounts : state.subtaskCounts
}

export function setStatus(state: RunState, node: number, next: number): void {
  const counts = countsOf(state, node)
  const before = state.status[node] as number
  counts[before] = (counts[before] as number) - 1
  counts[next] = (counts[next] as number) + 1
  state.status[node] = next
}

export function makeReady(state: RunState, node: number): void {
  setStatus(state, node, status.ready)
  push(state.ready[state.graph.worker[node] as number] as Heap, node, state.rank)
}

export function isFinal(state: RunState, node: number): boolean {
  return (state.status[node] as number) >= status.succeeded
}

/** The number of the first attempt that the node's present worker made, or will make. */
export function firstAttempt(state: RunState, node: number): number {
  return state.escalated.size === 0 ? 1 : (state.escalated.get(node)?.first ?? 1)
}

const nodesAtMost = 2 ** 31

/**
 * Names one attempt with one number: room for 2^31 nodes of 2^22 attempts. That of a first attempt is a small integer,
 * which maps find several times as fast as others.
 */
export function flightKey(node: number, attempt: number): number {
  return node + (attempt - 1) * nodesAtMost
}

export function nodeOfFlight(key: number): number {
  return key % nodesAtMost
}

export function attemptOfFlight(key: number): number {
  return Math.floor(key / nodesAtMost) + 1
}

/** How many subtasks and checks have not ended yet. */
export function openCount(state: RunState): number {
  let open = 0
  for (let code = 0; code < status.succeeded; code++) {
    open += (state.subtaskCounts[code] as number) + (state.checkCounts[code] as number)
  }
  return open
}

export const noSpend: Spend = { usd: 0, tokens: 0 }
