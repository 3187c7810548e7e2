import { count, counted, percent } from '../report/numbers.ts'
import type { GateReport } from './report.ts'

/** What the gate was to tell apart. */
export function designText({ design }: Pick<GateReport, 'design'>): string {
  const { good, bad, alpha, beta, maxTrials, test } = design
  const errors =
    alpha === beta
      ? percent(alpha)
      : `${percent(alpha)} to pass a bad one, ${percent(beta)} to fail a good one`
  return `${percent(good)} is good, ${percent(bad)} is bad; error rate ${errors}; ${test} test, at most ${counted(maxTrials, 'trial')}`
}

export function trialsText({ trials }: Pick<GateReport, 'trials'>): string {
  const { started, passed, failed, repeated, cutOff, beyond } = trials
  const more = [
    [repeated, 'out of a cache'],
    [cutOff, 'stopped'],
    [beyond, 'beyond the verdict'],
  ] as const
  const list = more.filter(([many]) => many > 0).map(([many, what]) => `${count(many)} ${what}`)
  return [`${count(started)} started: ${count(passed)} passed`, `${count(failed)} failed`, ...list].join(', ')
}

/** Three numbers, since a flaky pipeline and a wrong one are mended in different places. */
export function flakinessText({ flakiness }: Pick<GateReport, 'flakiness'>): string {
  const { firstAttempt, afterRecovery, disagreement, pairs } = flakiness
  const attempts =
    firstAttempt.rate === null || afterRecovery.rate === null
      ? 'first attempts not told'
      : `${percent(firstAttempt.rate)} with the first attempt, ${percent(afterRecovery.rate)} after recovery`
  const differ =
    disagreement === null
      ? 'no input was tried twice'
      : `equal trials differ in ${percent(disagreement)} of ${counted(pairs, 'pair')}`
  return `${attempts}; ${differ}`
}
