import { junitFile, type TestCase } from '../report/junit-file.ts'
import { percent } from '../report/numbers.ts'
import type { GateReport } from './report.ts'

/**
 * What a gate came to as JUnit XML: one test case for the verdict, which is *skipped* where it is inconclusive and that
 * is not to fail, and one for each subtask that failed in a trial of a gate that did not pass.
 */
export function gateJunit(report: GateReport, inconclusive: 'fail' | 'skip' = 'fail'): string {
  const { name, design, verdict, message, durationMs, subtasks } = report
  const undecided = verdict === 'inconclusive'
  const gate: TestCase = {
    group: 'gate',
    name: `succeeds in ${percent(design.good)} of trials, not in ${percent(design.bad)}`,
    timeMs: durationMs,
    skipped: undecided && inconclusive === 'skip',
    failure:
      verdict === 'pass' || (undecided && inconclusive === 'skip') ? undefined : { type: verdict, message },
  }
  const parts = subtasks.map(
    ({ subtask, succeeded, of }): TestCase => ({
      group: 'subtasks',
      name: subtask,
      timeMs: 0,
      failure:
        verdict === 'pass' || succeeded === of
          ? undefined
          : { type: 'failed', message: `It failed in ${of - succeeded} of ${of} trials that reached it.` },
    }),
  )
  return junitFile(name, durationMs, [gate, ...parts])
}
