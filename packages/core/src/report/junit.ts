import { junitFile, type TestCase } from './junit-file.ts'
import { percent } from './numbers.ts'
import type { RunReport, TrialsReport } from './report.ts'

/**
 * The report as JUnit XML, as CI systems read it: one test case for the target, one for each kind of worker, and one
 * for each subtask that failed for good (the first of them, as in the report). Times are in seconds.
 */
export function reportJunit(report: RunReport | TrialsReport): string {
  const cases = [
    targetCase(report),
    ...kindCases(report),
    ...(report.type === 'run' ? failureCases(report) : []),
  ]
  return junitFile(report.plan.name, report.durationMs, cases)
}

function targetCase(report: RunReport | TrialsReport): TestCase {
  const { success } = report
  const { target, targetMet } = success
  const shown = percent(success.measured ?? success.predicted)
  const ended = report.type === 'trials' || report.status === 'succeeded'
  const short =
    targetMet === false ? `Compound success is ${shown} and the target ${percent(target ?? 0)}.` : ''
  const fine = ended && short === ''
  return {
    group: 'run',
    name: target === null ? 'ends well' : `compound success of ${percent(target)}`,
    timeMs: report.durationMs,
    failure: fine
      ? undefined
      : {
          type: ended ? 'target' : report.type === 'run' ? report.status : 'failed',
          message: short === '' ? report.message : `${report.message} ${short}`,
        },
  }
}

/** A kind passes where none of its subtasks failed for good. */
function kindCases(report: RunReport | TrialsReport): TestCase[] {
  return report.kinds.map((kind) => {
    const { worker, afterRecovery } = kind
    const { rate, n } = afterRecovery
    const lost = rate === null ? 0 : Math.round((1 - rate) * n)
    const timeMs = 'meanMs' in kind ? (kind as RunReport['kinds'][number]).meanMs : 0
    return {
      group: 'workers',
      name: worker,
      timeMs,
      ...(rate === null ? { skipped: true } : undefined),
      failure:
        lost === 0 ? undefined : { type: 'failed', message: `${lost} of ${n} subtasks failed for good.` },
    }
  })
}

function failureCases({ failures }: RunReport): TestCase[] {
  return failures.map(({ subtask, code, message, fallback }) => ({
    group: 'subtasks',
    name: subtask,
    timeMs: 0,
    failure: fallback ? undefined : { type: code, message },
  }))
}
