import { horizonOfPlan } from '../reliability/horizon.ts'
import { clopperPearson } from '../reliability/interval.ts'
import type { RunReport, TrialsReport } from './report.ts'
import { rateOf } from './run-report.ts'

/** One run made in order to measure. */
export interface Trial {
  readonly report: RunReport
  /** Whether every subtask was right, held against the truth. */
  readonly allRight: boolean
  /** How many first attempts were right, of how many, held against the truth. */
  readonly first: { readonly right: number; readonly of: number }
  /** Subtasks that one attempt each would have had to get right. */
  readonly subtasks: number
}

/**
 * What many runs say together. `measured` is the share of runs with every subtask right, with Clopper and Pearson's
 * interval; `naive` is the rate of right first attempts to the power of the number of subtasks; `predicted` is the
 * mean of what the runs said of themselves, none of which saw the truth. The horizon follows from `measured`, or from
 * `predicted` where no run got everything right.
 *
 * @param basis what the truth was, e.g. `labels`.
 */
export function trialsReport(
  trials: readonly Trial[],
  basis: string,
  target: number | null = null,
): TrialsReport {
  const [one] = trials
  if (one === undefined) throw new RangeError('trials is empty; give one or more.')
  const right = trials.filter((trial) => trial.allRight).length
  const measured = right / trials.length
  const { low, high } = clopperPearson({ successes: right, trials: trials.length })
  const first = rateOf(
    addUp(trials, (t) => t.first.right),
    addUp(trials, (t) => t.first.of),
  )
  const predicted = addUp(trials, (t) => t.report.success.predicted) / trials.length
  const reports = trials.map((trial) => trial.report)
  const { unjudged, trusted, voted, weakest } = one.report.success
  return {
    kilostep: 1,
    type: 'trials',
    plan: { name: one.report.plan.name },
    trials: trials.length,
    message: `${right} of ${trials.length} runs got everything right.`,
    success: {
      predicted,
      low,
      high,
      naive: first.rate === null ? 1 : first.rate ** one.subtasks,
      measured,
      basis,
      n: trials.length,
      target,
      targetMet: target === null ? null : measured >= target,
      horizon90: horizonOf(measured > 0 ? measured : predicted, one.subtasks),
      weakest,
      weakestSubtasks: [],
      unjudged,
      trusted,
      voted,
      // What so many runs came to is the best that can be said of another.
      again: { rate: measured, low, high },
    },
    subtasks: addSubtasks(reports),
    attempts: addAttempts(reports),
    kinds: one.report.kinds.map(({ worker }) => ({
      worker,
      firstAttempt: pooledRate(reports, worker, 'firstAttempt'),
      afterRecovery: pooledRate(reports, worker, 'afterRecovery'),
    })),
    durationMs: addUp(reports, (report) => report.durationMs),
    spend: addAll(reports, (report) => report.spend),
  }
}

/** N@90 of such subtasks, where so many of them are all right that often. */
function horizonOf(success: number, subtasks: number): number | null {
  if (success === 0) return 0
  return success === 1 ? null : horizonOfPlan({ logSuccess: Math.log(success), subtasks })
}

/** A rate of a worker over several runs. */
export function pooledRate(
  reports: readonly RunReport[],
  worker: string,
  which: 'firstAttempt' | 'afterRecovery',
) {
  let successes = 0
  let n = 0
  for (const report of reports) {
    const kind = report.kinds.find((other) => other.worker === worker)?.[which]
    successes += Math.round((kind?.rate ?? 0) * (kind?.n ?? 0))
    n += kind?.n ?? 0
  }
  return rateOf(successes, n)
}

/** What a list adds up to. */
export function addUp<T>(list: readonly T[], of: (item: T) => number): number {
  return list.reduce((sum, item) => sum + of(item), 0)
}

/** What became of the subtasks of all runs; of those superseded only where there are any. */
export function addSubtasks(reports: readonly RunReport[]): RunReport['subtasks'] {
  const { superseded, ...rest } = addAll(reports, ({ subtasks }) => ({
    ...subtasks,
    superseded: subtasks.superseded ?? 0,
  }))
  return superseded === 0 ? rest : { ...rest, superseded }
}

/** What became of the attempts of all runs; of duplicates only where there are any. */
export function addAttempts(reports: readonly RunReport[]): RunReport['attempts'] {
  const { hedged, ...rest } = addAll(reports, ({ attempts }) => ({
    ...attempts,
    hedged: attempts.hedged ?? 0,
  }))
  return hedged === 0 ? rest : { ...rest, hedged }
}

/** The amounts of several runs added up, one by one. */
export function addAll<K extends string>(
  reports: readonly RunReport[],
  of: (report: RunReport) => Record<K, number>,
): Record<K, number> {
  const [one] = reports
  const keys = Object.keys(one === undefined ? {} : of(one)) as K[]
  return Object.fromEntries(keys.map((key) => [key, addUp(reports, (report) => of(report)[key])])) as Record<
    K,
    number
  >
}
