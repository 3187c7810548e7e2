import { idOf, nodeOf } from '../plan/graph.ts'
import type { Check } from '../plan/plan.ts'
import { gammaQuantile } from '../reliability/gamma.ts'
import { horizonOfPlan } from '../reliability/horizon.ts'
import { type KindCounts, kindsPosterior } from '../reliability/kinds.ts'
import { tallyOfKey } from '../reliability/mix.ts'
import { weakestLinks } from '../reliability/weakest.ts'
import { policyOf, type RunState, status } from '../run/state.ts'
import { auditsReport, measuredByAudits } from './audits.ts'
import { weakestSubtasks } from './doubtful.ts'
import type { AuditsReport, SuccessReport } from './report.ts'

/** What a kind of subtask showed: how many of it there are, and how they did on first try and in the end. */
interface Kind {
  readonly name: string
  readonly units: number
  /** How many it was the first to try: those that it escalated too, those escalated to it not. */
  readonly firstUnits: number
  readonly firstTried: number
  readonly tried: number
  readonly firstRight: number
  readonly right: number
  readonly wrong: number
  /** Answers that were wrong and yet accepted, as far as the record of the check tells. */
  readonly silent: number
  readonly judged: boolean
  /** Judged by a check or verifier of which no record is known: its verdicts are taken as right. */
  readonly trusted: boolean
  /** Skipped for want of what it needed, or cancelled. */
  readonly missing: number
  /** Where its answers were voted on. */
  readonly voted: VotedKind | undefined
}

/** Expected number of wrong answers among the accepted ones of a kind that is voted on. */
interface VotedKind {
  readonly error: number
  readonly errorLow: number
  readonly errorHigh: number
}

/**
 * The compound success that this run's evidence speaks for. A unit is a subtask, or a check with all that it covers,
 * because only together are those ever judged.
 *
 * `predicted` is about this run: what is voted on is as right as its votes say, what a verifier or check accepted is
 * right but for what its record says it lets pass, what nothing judges is as right as the worker's record says, and
 * without a record nobody knows: uniform beforehand, one clean run seen. `again` is about the next run of the plan. With
 * what audits found, from which `measured` comes.
 */
export function successAndAudits(state: RunState): {
  readonly success: SuccessReport
  readonly audits: AuditsReport | null
} {
  const kinds = kindsOf(state)
  const target = state.options.target ?? null
  if (kinds.length === 0) return { success: nothingKnown(target), audits: null }
  const accepted = acceptedBy(state)
  const audited = new Map(
    [...state.audits].map(([place, tally]) => [state.graph.workers[place] as string, tally]),
  )
  const counted = kinds.map((kind) => ({ kind, counts: countsOf(kind, state) }))
  const blind = counted.filter(({ kind }) => !kind.judged && kind.units > 0)
  const unseen = blind.length === 0 ? certain : kindsPosterior(blind.map(({ counts }) => counts))
  const silent = kinds.reduce((sum, kind) => sum + kind.silent, 0) + state.checks.error
  const votes = kinds.map((kind) => kind.voted ?? noVotes)
  const trust = (of: (voted: VotedKind) => number): number =>
    Math.exp(-silent - votes.reduce((sum, voted) => sum + of(voted), 0))
  // A subtask that did not succeed is not right, whatever the others are.
  // … and one that an audit found wrong is not, though it was accepted.
  const clean = kinds.every((kind) => kind.wrong + kind.missing === 0) && state.foundWrong.size === 0
  const whole = clean ? 1 : 0
  const said = unseen.mean * trust((voted) => voted.error)
  const predicted = whole * said
  const truth = measuredByAudits(audited, accepted)
  // A kind whose subtasks have all gone up the ladder has none left to speak of.
  const left = counted.filter(({ kind }) => kind.units > 0)
  const next = kindsPosterior(left.map(({ counts }) => counts))
  const after = left.map(({ kind, counts }) => ({
    name: kind.name,
    subtasks: kind.units,
    rate: afterRate(kind, counts, total(kinds)),
  }))
  const logSuccess = after.reduce((sum, { rate, subtasks }) => sum + subtasks * Math.log(rate), 0) - silent
  const noRecord = (kind: Kind): boolean => state.options.record?.[kind.name]?.of === undefined
  const doubtful = state.margins.reduce((sum, margin) => sum + (margin?.doubtful ?? 0), 0)
  const success: SuccessReport = {
    predicted,
    low: whole * unseen.low * trust((voted) => voted.errorHigh),
    high: whole * unseen.high * trust((voted) => voted.errorLow),
    naive: counted.reduce(
      (product, one) => product * firstRate(one.kind, one.counts, state) ** one.kind.firstUnits,
      1,
    ),
    measured: truth?.measured ?? null,
    basis: truth?.basis ?? null,
    n: truth?.n ?? 0,
    again: { rate: next.mean * trust((voted) => voted.error), low: next.low, high: next.high },
    target,
    targetMet: target === null ? null : Math.min(predicted, truth?.measured ?? 1) >= target,
    horizon90: finiteOrNull(horizonOfPlan({ logSuccess: Math.min(0, logSuccess), subtasks: total(kinds) })),
    weakest: weakestLinks(after).map(({ name, gain, share }) => ({ kind: name, gain, share })),
    weakestSubtasks: weakestSubtasks(state, said),
    unjudged: left
      .flatMap(({ kind }) => (!kind.judged && noRecord(kind) ? [kind] : []))
      .map((kind) => kind.name),
    trusted: kinds.filter((kind) => kind.trusted).map((kind) => kind.name),
    voted: kinds.filter((kind) => (kind.voted ?? noVotes) !== noVotes).map((kind) => kind.name),
    ...(doubtful > 0 && { doubtful }),
  }
  const all = [...accepted.values()].reduce((sum, count) => sum + count, 0)
  return { success, audits: auditsReport(state, accepted, said ** (1 / Math.max(1, all))) }
}

/** How many answers of each worker were accepted. */
function acceptedBy(state: RunState): Map<string, number> {
  const accepted = new Map<string, number>()
  if (state.audits.size === 0) return accepted
  for (let node = 0; node < state.graph.size; node++) {
    const real = state.status[node] === status.succeeded && (state.attempts[node] as number) > 0
    if (!real || state.graph.isCheck[node] === 1 || state.failures.has(node)) continue
    const worker = state.graph.workers[state.graph.worker[node] as number] as string
    accepted.set(worker, (accepted.get(worker) ?? 0) + 1)
  }
  return accepted
}

const certain = { mean: 1, low: 1, high: 1 }
const noVotes: VotedKind = { error: 0, errorLow: 0, errorHigh: 0 }

function countsOf(kind: Kind, state: RunState): KindCounts {
  const known = state.options.record?.[kind.name]
  if (!kind.judged && known?.of !== undefined && known.right !== undefined) {
    return { subtasks: kind.units, successes: known.right, failures: known.of - known.right }
  }
  return { subtasks: kind.units, successes: kind.right, failures: kind.wrong }
}

function afterRate(kind: Kind, { successes, failures }: KindCounts, all: number): number {
  if (kind.voted !== undefined) {
    const given = kind.tried === 0 ? 1 : kind.right / kind.tried
    return given * Math.exp(-kind.voted.error / Math.max(1, kind.units))
  }
  return (successes + kind.units) / (successes + failures + kind.units + kind.units / all)
}

function total(kinds: readonly Kind[]): number {
  return kinds.reduce((sum, kind) => sum + kind.units, 0)
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function firstRate(kind: Kind, counts: KindCounts, state: RunState): number {
  if (!kind.judged && state.options.record?.[kind.name]?.of !== undefined) {
    return counts.successes / (counts.successes + counts.failures)
  }
  return kind.firstTried === 0 ? 1 : kind.firstRight / kind.firstTried
}

/** What the votes of a worker say of the errors among its accepted answers: how many are expected, 95 % interval. */
function votedKind(state: RunState, place: number): VotedKind | undefined {
  const margin = state.margins[place]
  if (margin === undefined) return undefined
  let dissent = 0
  for (const [key, subtasks] of Object.entries(margin.accepted)) {
    dissent += tallyOfKey(Number(key)).runnerUp * subtasks
  }
  // The estimate rests on the votes that dissented: as many as that, plus the one that may come next.
  const shape = dissent + 1
  const at = (probability: number): number => (margin.spent * gammaQuantile(shape, probability)) / shape
  // What no vote tells has no interval of its own: whole wherever it is counted at all.
  const { spent, doubt } = margin
  return { error: spent + doubt, errorLow: at(0.025) + doubt, errorHigh: at(0.975) + doubt }
}

function kindsOf(state: RunState): Kind[] {
  const { graph } = state
  const workers = graph.workers.length
  const units = new Float64Array(workers)
  const right = new Float64Array(workers)
  const wrong = new Float64Array(workers)
  const firstRight = new Float64Array(workers)
  const rejections = new Float64Array(workers)
  const tried = new Float64Array(workers)
  const firstUnits = new Float64Array(workers)
  const firstTried = new Float64Array(workers)
  const missing = new Float64Array(workers)
  const add = (column: Float64Array, worker: number, count: number): void => {
    column[worker] = (column[worker] as number) + count
  }
  for (let node = 0; node < graph.size; node++) {
    const worker = graph.worker[node] as number
    const isCheck = graph.isCheck[node] === 1
    // A subtask under a check is judged, and so counted, with its check; a map does no work of its own.
    if (!isCheck && (graph.check[node] !== -1 || isMap(state, node))) continue
    const at = state.status[node]
    if (at === status.skipped && state.cause[node] === -1) continue
    if (at === status.superseded || (state.replans.within.has(node) && at === status.succeeded)) {
      // It need not be right any more; but one attempt each, as planned first, would have ended with it.
      if ((state.attempts[node] as number) > 0) {
        add(firstUnits, worker, 1)
        add(firstTried, worker, 1)
      }
      continue
    }
    add(units, worker, 1)
    const origin = state.escalated.get(node)?.origin ?? worker
    add(firstUnits, origin, 1)
    if ((state.attempts[node] as number) > 0) add(firstTried, origin, 1)
    const fallback = at === status.succeeded && state.failures.has(node)
    if (at === status.succeeded && !fallback) {
      add(right, worker, 1)
      add(tried, worker, 1)
      const first = isCheck ? firstRound(state, node) : origin === worker && state.attempts[node] === 1
      if (first) add(firstRight, worker, 1)
    } else if (at === status.failed || fallback) {
      add(wrong, worker, 1)
      add(tried, worker, 1)
    } else add(missing, worker, 1)
    // What combines candidates has the error of each in its verdict.
    if (isCheck && policyOf(state, node).combine === null)
      add(rejections, worker, state.wrong[node] as number)
  }
  const kinds: Kind[] = []
  for (let worker = 0; worker < workers; worker++) {
    if (units[worker] === 0 && firstUnits[worker] === 0) continue
    const name = graph.workers[worker] as string
    // What only takes over from others is charged to their votes, at the rate that their policy gives it.
    const voted = firstUnits[worker] === 0 ? noVotes : votedKind(state, worker)
    const verify = state.policies[worker]?.verify
    const { record } = state.options
    const accepts = verify?.rates?.acceptsWrong ?? record?.[verify?.by ?? name]?.acceptsWrong
    const verifies = verify?.by != null || (state.facts[worker]?.verified ?? false)
    const verified = isJudge(state, worker) || verifies
    // What its verifier rejected; where that is weighed with votes it is in their error.
    if (verifies && voted === undefined) add(rejections, worker, state.tallies[worker]?.wrong ?? 0)
    kinds.push({
      name,
      units: units[worker] as number,
      firstUnits: firstUnits[worker] as number,
      firstTried: firstTried[worker] as number,
      tried: tried[worker] as number,
      firstRight:
        voted === undefined || firstUnits[worker] === 0
          ? (firstRight[worker] as number)
          : (state.tallies[worker]?.firstSucceeded ?? 0),
      right: right[worker] as number,
      wrong: wrong[worker] as number,
      // For every wrong answer that a check rejects with probability 1 − b it accepts b/(1 − b) others.
      silent: ((rejections[worker] as number) * (accepts ?? 0)) / (1 - (accepts ?? 0)),
      judged: voted !== undefined || verified,
      trusted: voted === undefined && verified && accepts === undefined,
      missing: missing[worker] as number,
      voted,
    })
  }
  return kinds
}

function isMap(state: RunState, node: number): boolean {
  const spec = state.graph.specs[node] as { map?: unknown } | undefined
  return spec?.map !== undefined
}

function isJudge(state: RunState, worker: number): boolean {
  const { graph } = state
  for (let node = 0; node < graph.size; node++) {
    if (graph.worker[node] === worker && graph.isCheck[node] === 1) return true
  }
  return false
}

/** Whether a check accepted what it saw first, and nothing under it had to be tried twice. */
function firstRound(state: RunState, check: number): boolean {
  if ((state.wrong[check] as number) > 0) return false
  const scope = state.graph.scope[check] as number
  const prefix = scope === -1 ? '' : `${idOf(state.graph, scope)}/`
  return (state.graph.specs[check] as Check).covers.every(
    (id) => state.attempts[nodeOf(state.graph, prefix + id) as number] === 1,
  )
}

function nothingKnown(target: number | null): SuccessReport {
  return {
    predicted: 1,
    low: 0,
    high: 1,
    naive: 1,
    measured: null,
    basis: null,
    n: 0,
    target,
    targetMet: null,
    horizon90: null,
    again: { rate: 1, low: 0, high: 1 },
    weakest: [],
    weakestSubtasks: [],
    unjudged: [],
    trusted: [],
    voted: [],
  }
}
