import type { TrialResult } from '@kilostep/core'
import type { RunReport } from 'kilostep'

/** What the report of a run says of it as a trial. */
export function resultOfReport(report: RunReport): TrialResult {
  const { status, attempts, subtasks, spend, success } = report
  const wrong = attempts.transport + attempts.flagged + attempts.wrong
  const passed = status === 'succeeded' && (success.measured === null || success.measured === 1)
  return {
    passed,
    ...(passed ? undefined : { message: whyNot(report) }),
    ...(attempts.started === 0 && subtasks.succeeded > 0
      ? { repeated: 'the run attempted nothing and had all its answers from before.' }
      : undefined),
    firstAttempt: wrong === 0,
    subtasks: report.kinds.map(({ worker, firstAttempt, afterRecovery }) => ({
      subtask: worker,
      succeeded: Math.round((afterRecovery.rate ?? 0) * afterRecovery.n),
      first: Math.round((firstAttempt.rate ?? 0) * firstAttempt.n),
      of: afterRecovery.n,
    })),
    usd: spend.usd,
    tokens: spend.tokens,
    attempts: attempts.started,
  }
}

function whyNot({ message, failures: [first] }: RunReport): string {
  return first === undefined ? message : `${first.subtask}: ${first.message}`
}

/** Not `instanceof`, since reports are data. */
export function isRunReport(value: unknown): value is RunReport {
  const { kilostep, type } = (value ?? {}) as { readonly kilostep?: unknown; readonly type?: unknown }
  return kilostep === 1 && type === 'run'
}
