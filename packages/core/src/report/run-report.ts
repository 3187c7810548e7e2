import { idOf } from '../plan/graph.ts'
import { wilson } from '../reliability/interval.ts'
import { openCount, type RunState, status } from '../run/state.ts'
import type { WorkerTally } from '../run/tally.ts'
import { quote } from '../suggest.ts'
import { attemptsEachOf, timelineOf } from './course.ts'
import { boundOf, handledOf } from './effort.ts'
import type { KindReport, RateReport, RunReport } from './report.ts'
import { successAndAudits } from './success.ts'
import { summaryOf } from './summary.ts'

const shownFailures = 20
const shownPath = 20

/** The report of a run as its journal stands, finished or not. */
export function runReport(state: RunState): RunReport {
  const superseded = at(state.subtaskCounts, status.superseded)
  const hedged = total(state, 'hedged')
  const goneChecks = at(state.checkCounts, status.superseded)
  const { success, audits } = successAndAudits(state)
  const report: Omit<RunReport, 'summary'> = {
    kilostep: 1,
    type: 'run',
    run: state.run,
    plan: { name: state.plan.name, digest: state.digest },
    seed: state.seed,
    status: state.outcome?.status ?? 'running',
    message: state.outcome?.message ?? stillToDo(state),
    success,
    subtasks: {
      planned: sum(state.subtaskCounts),
      succeeded: at(state.subtaskCounts, status.succeeded),
      failed: at(state.subtaskCounts, status.failed),
      skipped: at(state.subtaskCounts, status.skipped),
      cancelled: at(state.subtaskCounts, status.cancelled),
      fallbacks: state.fallbacks,
      ...(superseded === 0 ? undefined : { superseded }),
    },
    checks: {
      planned: sum(state.checkCounts),
      accepted: at(state.checkCounts, status.succeeded),
      failed: at(state.checkCounts, status.failed),
      cancelled: at(state.checkCounts, status.cancelled),
      rejections: state.checks.rejections,
      ...(goneChecks === 0 ? undefined : { superseded: goneChecks }),
      tried: state.checks.tried,
      combined: state.checks.combined,
    },
    attempts: {
      started: total(state, 'started'),
      succeeded: total(state, 'succeeded'),
      transport: total(state, 'transport'),
      flagged: total(state, 'flagged'),
      wrong: total(state, 'wrong'),
      cancelled: total(state, 'cancelled'),
      ...(hedged === 0 ? undefined : { hedged }),
      stuck: state.stuck.size,
    },
    handled: handledOf(state),
    bound: boundOf(state),
    audits,
    forecast: state.forecast ?? null,
    kinds: kinds(state),
    failures: failures(state),
    durationMs: state.endedAt === 0 ? 0 : state.endedAt - state.startedAt,
    criticalPath: criticalPath(state),
    attemptsEach: attemptsEachOf(state),
    timeline: timelineOf(state),
    spend: { usd: state.spent.usd, tokens: state.spent.tokens },
    undone: { done: state.undone.done, failed: state.undone.failed },
  }
  // Beside the message, where whoever reads the document looks first.
  const { kilostep, type, run, plan, seed, status: ended, message, ...rest } = report
  return { kilostep, type, run, plan, seed, status: ended, message, summary: summaryOf(report), ...rest }
}

function stillToDo(state: RunState): string {
  const todo = `${openCount(state)} subtasks and checks are still to do.`
  const held = [...state.held.keys()].map((node) => quote(idOf(state.graph, node)))
  if (held.length === 0) return todo
  const more = held.length > 3 ? ` and ${held.length - 3} more` : ''
  return `${todo} Waiting for a decision: ${held.slice(0, 3).join(', ')}${more}.`
}

/**
 * What does not add up in a report, in words; empty where everything does. Holds for every finished run:
 * planned = succeeded + failed + skipped + cancelled + superseded, and every attempt that started has ended one way.
 */
export function accountingFaults(report: RunReport): readonly string[] {
  const { subtasks: s, attempts: a, checks: c } = report
  const faults: string[] = []
  if (report.status === 'running') return faults
  const gone = s.superseded ?? 0
  if (s.planned !== s.succeeded + s.failed + s.skipped + s.cancelled + gone) {
    faults.push(
      `${s.planned} subtasks planned, but ${s.succeeded} + ${s.failed} + ${s.skipped} + ${s.cancelled}${gone === 0 ? '' : ` + ${gone}`} ended.`,
    )
  }
  if (c.planned !== c.accepted + c.failed + c.cancelled + (c.superseded ?? 0)) {
    faults.push(`${c.planned} checks planned, but ${c.accepted} + ${c.failed} + ${c.cancelled} ended.`)
  }
  const ended = a.succeeded + a.transport + a.flagged + a.wrong + a.cancelled
  if ((a.hedged ?? 0) > a.started) faults.push(`${a.hedged} duplicates, but ${a.started} attempts started.`)
  if (a.started !== ended) faults.push(`${a.started} attempts started, but ${ended} ended.`)
  return faults
}

function kinds(state: RunState): KindReport[] {
  const { graph } = state
  const succeeded = new Float64Array(graph.workers.length)
  for (let node = 0; node < graph.size; node++) {
    const real = (state.attempts[node] as number) > 0 && state.status[node] === status.succeeded
    const worker = graph.worker[node] as number
    if (real && !state.failures.has(node) && !state.replans.within.has(node))
      succeeded[worker] = (succeeded[worker] as number) + 1
  }
  return graph.workers.map((worker, place) => {
    const tally = state.tallies[place] as WorkerTally
    const ended = tally.succeeded + tally.transport + tally.flagged + tally.wrong + tally.cancelled
    const { started, transport, flagged, wrong, cancelled, hedged } = tally
    return {
      worker,
      firstAttempt: rateOf(tally.firstSucceeded, tally.attempted),
      afterRecovery: rateOf(succeeded[place] as number, tally.attempted),
      attempts: {
        started,
        succeeded: tally.succeeded,
        transport,
        flagged,
        wrong,
        cancelled,
        ...(hedged === 0 ? undefined : { hedged }),
      },
      meanMs: ended === 0 ? 0 : tally.totalMs / ended,
      p50Ms: quantile(tally, ended, 0.5),
      p95Ms: quantile(tally, ended, 0.95),
      longestMs: tally.longestMs,
      usd: tally.usd,
      tokens: tally.tokens,
    }
  })
}

/** A rate with Wilson's interval. */
export function rateOf(successes: number, trials: number): RateReport {
  const { low, high } = wilson({ successes, trials })
  return { rate: trials === 0 ? null : successes / trials, low, high, n: trials }
}

function quantile(tally: WorkerTally, ended: number, q: number): number {
  let left = Math.ceil(ended * q)
  for (let bucket = 0; bucket < tally.durations.length; bucket++) {
    left -= tally.durations[bucket] as number
    if (left <= 0) return bucket === 0 ? 0 : Math.min(tally.longestMs, Math.round(2 ** (bucket / 4)))
  }
  return tally.longestMs
}

function failures(state: RunState): RunReport['failures'] {
  const list: RunReport['failures'] = []
  for (const [node, failure] of state.failures) {
    const fallback = state.status[node] === status.succeeded
    if (state.status[node] !== status.failed && !fallback) continue
    const { kind, code, message } = failure
    list.push({
      subtask: idOf(state.graph, node),
      kind,
      code,
      message: message.slice(0, 500),
      fallback,
    })
    if (list.length === shownFailures) break
  }
  return list
}

function criticalPath(state: RunState): RunReport['criticalPath'] {
  let node = -1
  for (let other = 0; other < state.graph.size; other++) {
    const ran = state.status[other] === status.succeeded || state.status[other] === status.failed
    if (ran && (node === -1 || (state.ended[other] as number) > (state.ended[node] as number))) node = other
  }
  const end = node === -1 ? 0 : (state.ended[node] as number)
  let start = end
  let subtasks = 0
  const last: { subtask: string; durationMs: number }[] = []
  for (; node !== -1; node = state.lastNeed[node] as number) {
    const began = (state.firstStart[node] as number) || (state.ended[node] as number)
    if (last.length < shownPath) {
      last.push({
        subtask: idOf(state.graph, node),
        durationMs: (state.ended[node] as number) - began,
      })
    }
    start = began
    subtasks++
  }
  return { durationMs: end - start, subtasks, last: last.reverse() }
}

function total(
  state: RunState,
  what: 'hedged' | 'started' | 'succeeded' | 'transport' | 'flagged' | 'wrong' | 'cancelled',
): number {
  return state.tallies.reduce((all, tally) => all + tally[what], 0)
}

function at(counts: Int32Array, code: number): number {
  return counts[code] as number
}

function sum(counts: Int32Array): number {
  return counts.reduce((all, count) => all + count, 0)
}
