import type { SuccessCurves } from './picture/success-picture.ts'
import type { RunReport, TrialsReport } from './report.ts'

/** What one subtask was like, on average, with one attempt and as it was done; undefined where nothing was tried. */
export function curvesOf(
  report: RunReport | TrialsReport,
): (SuccessCurves & { readonly again: boolean }) | undefined {
  const { success, subtasks } = report
  const runs = report.type === 'trials' ? report.trials : 1
  const n = Math.round(subtasks.planned / runs)
  if (n < 1 || report.kinds.every(({ firstAttempt }) => firstAttempt.n === 0)) return undefined
  const { naive, predicted, target } = success
  const measured = report.type === 'trials' ? success.measured : null
  // A run that failed says nothing of its own chance any more, but of another run's.
  const again = measured === null && predicted === 0
  const shown = measured ?? (again ? success.again.rate : predicted)
  const first = firstLog(report)
  // A chance that is no number any more is still one for each worker.
  const logNaive = naive > 0 ? Math.log(naive) / n : first
  const logReached = shown > 0 ? Math.log(shown) / n : first
  return { subtasks: n, logNaive: Math.min(0, logNaive), logReached: Math.min(0, logReached), target, again }
}

function firstLog({ kinds }: RunReport | TrialsReport): number {
  let all = 0
  let log = 0
  for (const { firstAttempt } of kinds) {
    all += firstAttempt.n
    log += firstAttempt.n * Math.log(Math.max(1e-9, firstAttempt.rate ?? 1))
  }
  return log / all
}
