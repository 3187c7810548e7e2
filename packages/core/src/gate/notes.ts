import { count, counted, percent } from '../report/numbers.ts'
import type { GateReport } from './report.ts'
import type { TrialResult } from './trial-result.ts'

const fewTrials = 3

/** What a reader must know to trust the verdict, in sentences. */
export function notesOf(
  report: Omit<GateReport, 'message' | 'notes'>,
  ended: readonly TrialResult[],
  unawaited: number,
): string[] {
  const { trials, failures, design, faults } = report
  const notes: string[] = []
  if (trials.repeated > 0) {
    const why = ended.find(({ repeated }) => repeated !== undefined)?.repeated ?? ''
    notes.push(
      `${counted(trials.repeated, 'answer')} came out of a cache and ${trials.repeated === 1 ? 'is' : 'are'} no trial: ${why} Switch the cache off while trials run, or make the trial's seed a part of its key.`,
    )
  }
  const [only] = failures
  if (failures.length === 1 && only !== undefined && trials.passed === 0 && only.trials >= fewTrials)
    notes.push(
      `Every trial failed with the same message: that looks like a fault, not like chance. ${only.message}`,
    )
  if (unawaited > 0)
    notes.push(
      `${counted(unawaited, 'trial')} had not ended when the verdict was known; it is the same however they would have ended.`,
    )
  if (faults !== null) notes.push(`Faults were switched on: ${faults}.`)
  if (report.verdict === 'inconclusive' && report.stopped === 'max-trials')
    notes.push(
      `Give more than ${count(design.maxTrials)} trials, or part ${percent(design.bad)} and ${percent(design.good)}.`,
    )
  return notes
}
