import type { SuccessCurves } from './picture/success-picture.ts'
import type { RunReport, TrialsReport } from './report.ts'

/** What one subtask was like, on average, with one attempt and as it was done; undefined where nothing was tried. */
export function curvesOf(report: RunReport | TrialsReport): SuccessCurves | undefined {
  const { success, subtasks } = report
  const runs = report.type === 'trials' ? report.trials : 1
  const n = Math.round(subtasks.planned / runs)
  if (n < 1 || report.kinds.every(({ firstAttempt }) => firstAttempt.n === 0)) return undefined
  const { naive, predicted, measured, horizon90, target } = success
  const shown = measured ?? predicted
  // A chance that is no number any more is still one for each worker.
  const logNaive = naive > 0 ? Math.log(naive) / n : firstLog(report)
  const logOfHorizon = horizon90 === null || horizon90 === 0 ? undefined : Math.log(0.9) / horizon90
  const logReached = shown > 0 ? Math.log(shown) / n : (logOfHorizon ?? logNaive)
  return { subtasks: n, logNaive: Math.min(0, logNaive), logReached: Math.min(0, logReached), target }
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
