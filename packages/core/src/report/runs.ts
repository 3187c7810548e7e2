import type { RunReport, TrialsReport } from './report.ts'
import { addAll, addAttempts, addSubtasks, addUp, pooledRate } from './trials.ts'

/**
 * The report over several runs of one plan of which no truth is known: amounts are added up, rates are pooled, and
 * what each run says of its compound success is averaged. `measured` is null.
 *
 * @throws RangeError where there are none, or where they are of different plans.
 */
export function runsReport(reports: readonly RunReport[]): TrialsReport {
  const [one] = reports
  if (one === undefined) throw new RangeError('reports is empty; give one or more.')
  const other = reports.find(({ plan }) => plan.name !== one.plan.name)
  if (other !== undefined) {
    throw new RangeError(
      `reports are of different plans, ${JSON.stringify(one.plan.name)} and ${JSON.stringify(other.plan.name)}; give those of one plan.`,
    )
  }
  const mean = (of: (report: RunReport) => number): number => addUp(reports, of) / reports.length
  const predicted = mean(({ success }) => success.predicted)
  const targets = new Set(reports.map(({ success }) => success.target))
  const target = targets.size === 1 ? one.success.target : null
  const succeeded = reports.filter(({ status }) => status === 'succeeded').length
  const workers = [...new Set(reports.flatMap(({ kinds }) => kinds.map(({ worker }) => worker)))]
  const widest = reports.reduce((most, report) =>
    report.subtasks.planned > most.subtasks.planned ? report : most,
  )
  return {
    kilostep: 1,
    type: 'trials',
    plan: { name: one.plan.name },
    trials: reports.length,
    message: `${succeeded} of ${reports.length} runs succeeded.`,
    success: {
      predicted,
      low: mean(({ success }) => success.low),
      high: mean(({ success }) => success.high),
      naive: mean(({ success }) => success.naive),
      measured: null,
      basis: null,
      n: 0,
      again: {
        rate: mean(({ success }) => success.again.rate),
        low: mean(({ success }) => success.again.low),
        high: mean(({ success }) => success.again.high),
      },
      target,
      targetMet: target === null ? null : predicted >= target,
      horizon90: widest.success.horizon90,
      weakest: widest.success.weakest,
      weakestSubtasks: [],
      unjudged: [...new Set(reports.flatMap(({ success }) => success.unjudged))],
      trusted: [...new Set(reports.flatMap(({ success }) => success.trusted))],
      voted: [...new Set(reports.flatMap(({ success }) => success.voted))],
    },
    subtasks: addSubtasks(reports),
    attempts: addAttempts(reports),
    kinds: workers.map((worker) => ({
      worker,
      firstAttempt: pooledRate(reports, worker, 'firstAttempt'),
      afterRecovery: pooledRate(reports, worker, 'afterRecovery'),
    })),
    durationMs: addUp(reports, (report) => report.durationMs),
    spend: addAll(reports, (report) => report.spend),
  }
}
