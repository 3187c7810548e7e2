import {
  accountingFaults,
  KilostepError,
  openCount,
  type RunReport,
  type RunState,
  runOutput,
} from '@kilostep/core'

/** What a run came to. */
export interface RunResult<Output> {
  readonly status: 'succeeded' | 'failed' | 'cancelled'
  /** What the plan answers; undefined unless the run succeeded. */
  readonly output: Output
  readonly report: RunReport
}

/**
 * The result of a run that has ended.
 *
 * @throws KilostepError `accounting` where it does not add up.
 */
export function runResult(state: RunState, report: RunReport): RunResult<unknown> {
  const faults = accountingFaults(report)
  if (faults.length > 0 || openCount(state) > 0) {
    throw new KilostepError(
      'accounting',
      `Run ${state.run} does not add up, which is a bug in Kilostep: ${faults.join(' ')}`,
    )
  }
  const result = {
    status: state.outcome?.status ?? 'failed',
    // Made when it is asked for: the output of a million subtasks is large, and not everybody wants it.
    get output() {
      const output = state.outcome?.status === 'succeeded' ? runOutput(state) : undefined
      Object.defineProperty(result, 'output', { value: output, enumerable: true })
      return output
    },
    report,
  }
  return result
}
