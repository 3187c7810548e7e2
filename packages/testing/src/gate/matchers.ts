import { type GateReport, gateText, percent, percentRange } from '@kilostep/core'
import type { RunReport, TrialsReport } from 'kilostep'

/** What a matcher takes: a report, or the result of a run that holds one. */
type Reported = RunReport | TrialsReport | GateReport | { readonly report: RunReport }

interface Matched {
  readonly pass: boolean
  readonly message: () => string
}

export interface ReachOptions {
  /**
   * `likely`: the compound success itself, as measured or else as predicted. `surely`: the low end of its 95 %
   * interval. Default `likely`.
   */
  readonly how?: 'likely' | 'surely'
}

/** Whether the compound success of a report reaches a target, in (0, 1]. A run must have succeeded, too. */
export function toReach(received: unknown, target: number, { how = 'likely' }: ReachOptions = {}): Matched {
  if (!(target > 0 && target <= 1))
    return { pass: false, message: () => `toReach takes a probability over 0, such as 0.9, not ${target}.` }
  const report = reportOf(received)
  if (report === undefined)
    return { pass: false, message: () => 'toReach takes the report of a run, of trials or of a gate.' }
  const { rate, low, high, basis } = successOf(report)
  if (rate === null) return { pass: false, message: () => 'Nothing was tried, so nothing is known.' }
  const ended = report.type !== 'run' || report.status === 'succeeded'
  const reached = (how === 'surely' ? low : rate) >= target
  const shown = `${basis} ${percent(rate)} (95 % interval ${percentRange(low, high)})`
  return {
    pass: ended && reached,
    message: () => {
      if (!ended) return `The run ${report.type === 'run' ? report.status : 'failed'}: ${report.message}`
      const wanted =
        how === 'surely' ? `to be ${percent(target)} at the low end` : `to reach ${percent(target)}`
      return `Compound success was ${reached ? 'not ' : ''}expected ${wanted}; it is ${shown}.`
    },
  }
}

/** Whether the verdict of a gate is `pass`. */
export function toPassGate(received: unknown): Matched {
  const { type } = (received ?? {}) as { readonly type?: unknown }
  if (type !== 'gate')
    return { pass: false, message: () => 'toPassGate takes what runTrials gives: the report of a gate.' }
  const report = received as GateReport
  return { pass: report.verdict === 'pass', message: () => gateText(report, { color: false, width: 100 }) }
}

function reportOf(received: unknown): RunReport | TrialsReport | GateReport | undefined {
  const { type, report } = (received ?? {}) as { readonly type?: unknown; readonly report?: unknown }
  if (type === 'run' || type === 'trials' || type === 'gate')
    return received as Exclude<Reported, { report: unknown }>
  return report === undefined ? undefined : reportOf(report)
}

function successOf(report: RunReport | TrialsReport | GateReport): {
  readonly rate: number | null
  readonly low: number
  readonly high: number
  readonly basis: string
} {
  const { success } = report
  if ('rate' in success) return { ...success, basis: 'measured' }
  const { measured, predicted, low, high } = success
  return { rate: measured ?? predicted, low, high, basis: measured === null ? 'predicted' : 'measured' }
}
