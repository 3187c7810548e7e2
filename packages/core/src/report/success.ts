import type { Check } from '../plan/plan.ts'
import { horizonOfPlan } from '../reliability/horizon.ts'
import { type KindCounts, kindsPosterior } from '../reliability/kinds.ts'
import { weakestLinks } from '../reliability/weakest.ts'
import { type RunState, status } from '../run/state.ts'
import type { SuccessReport } from './report.ts'

/** What a kind of subtask showed: how many of it there are, and how they did on first try and in the end. */
interface Kind {
  readonly name: string
  readonly units: number
  readonly tried: number
  readonly firstRight: number
  readonly right: number
  readonly wrong: number
  /** Answers that were wrong and yet accepted, as far as the record of the check tells. */
  readonly silent: number
  readonly judged: boolean
}

/**
 * The compound success that this run's evidence speaks for. A unit is a subtask, or a check with all that it covers,
 * because only together are those ever judged. What nothing judges is taken as the record has it, and where there is
 * no record, an accepted answer is taken as right and the report says so.
 */
export function successOf(state: RunState): SuccessReport {
  const kinds = kindsOf(state)
  const target = state.options.target ?? null
  if (kinds.length === 0) return nothingKnown(target)
  const counts: KindCounts[] = kinds.map((kind) => {
    const known = state.options.record?.[kind.name]
    if (!kind.judged && known?.of !== undefined && known.right !== undefined) {
      return { subtasks: kind.units, successes: known.right, failures: known.of - known.right }
    }
    return { subtasks: kind.units, successes: kind.right, failures: kind.wrong }
  })
  const silent = kinds.reduce((sum, kind) => sum + kind.silent, 0)
  const { mean, low, high } = kindsPosterior(counts)
  const unheard = Math.exp(-silent)
  const rates = kinds.map((kind, i) => ({ ...kind, ...firstRate(kind, counts[i] as KindCounts, state) }))
  const naive = rates.reduce((product, { first, units }) => product * first ** units, 1)
  const after = rates.map(({ name, units }, i) => {
    const { successes, failures } = counts[i] as KindCounts
    return {
      name,
      subtasks: units,
      rate: (successes + units) / (successes + failures + units + units / total(kinds)),
    }
  })
  const logSuccess = after.reduce((sum, { rate, subtasks }) => sum + subtasks * Math.log(rate), 0) - silent
  const predicted = mean * unheard
  const unjudged = kinds.filter((kind) => !kind.judged && state.options.record?.[kind.name]?.of === undefined)
  return {
    predicted,
    low: low * unheard,
    high: high * unheard,
    naive,
    measured: null,
    basis: null,
    n: 0,
    target,
    targetMet: target === null ? null : predicted >= target,
    horizon90: finiteOrNull(horizonOfPlan({ logSuccess: Math.min(0, logSuccess), subtasks: total(kinds) })),
    weakest: weakestLinks(after).map(({ name, gain, share }) => ({ kind: name, gain, share })),
    unjudged: unjudged.map((kind) => kind.name),
  }
}

function total(kinds: readonly Kind[]): number {
  return kinds.reduce((sum, kind) => sum + kind.units, 0)
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

function firstRate(kind: Kind, counts: KindCounts, state: RunState): { first: number } {
  if (!kind.judged && state.options.record?.[kind.name]?.of !== undefined) {
    return { first: counts.successes / (counts.successes + counts.failures) }
  }
  return { first: kind.tried === 0 ? 1 : kind.firstRight / kind.tried }
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
    add(units, worker, 1)
    const fallback = at === status.succeeded && state.failures.has(node)
    if (at === status.succeeded && !fallback) {
      add(right, worker, 1)
      add(tried, worker, 1)
      const first = isCheck ? firstRound(state, node) : state.attempts[node] === 1
      if (first) add(firstRight, worker, 1)
    } else if (at === status.failed || fallback) {
      add(wrong, worker, 1)
      add(tried, worker, 1)
    }
    if (isCheck) add(rejections, worker, state.wrong[node] as number)
  }
  const kinds: Kind[] = []
  for (let worker = 0; worker < workers; worker++) {
    if (units[worker] === 0) continue
    const name = graph.workers[worker] as string
    const accepts = state.options.record?.[name]?.acceptsWrong ?? 0
    kinds.push({
      name,
      units: units[worker] as number,
      tried: tried[worker] as number,
      firstRight: firstRight[worker] as number,
      right: right[worker] as number,
      wrong: wrong[worker] as number,
      // For every wrong answer that a check rejects with probability 1 − b it accepts b/(1 − b) others.
      silent: ((rejections[worker] as number) * accepts) / (1 - accepts),
      judged: isJudge(state, worker) || (state.facts[worker]?.verified ?? false),
    })
  }
  return kinds
}

function isMap(state: RunState, node: number): boolean {
  const spec = state.graph.specs[node] as { map?: unknown } | undefined
  return spec?.map !== undefined && !state.items.has(node)
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
  const prefix = scope === -1 ? '' : `${state.graph.ids[scope]}/`
  return (state.graph.specs[check] as Check).covers.every(
    (id) => state.attempts[state.graph.indexOf.get(prefix + id) as number] === 1,
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
    weakest: [],
    unjudged: [],
  }
}
