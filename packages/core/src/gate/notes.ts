import { count, counted, duration, percent } from '../report/numbers.ts'
import type { GateReport } from './report.ts'
import type { TrialResult } from './trial-result.ts'

const fewTrials = 3
/** A trial that takes so many times as long as most after it, and this long at least, looks like one that filled a cache. */
const suspicious = { times: 20, ms: 100, trials: 10 }

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
  const suspicion = suspectCache(ended)
  if (suspicion !== undefined) notes.push(suspicion)
  if (faults !== null) notes.push(`Faults were switched on: ${faults}.`)
  if (report.verdict === 'inconclusive' && report.stopped === 'max-trials')
    notes.push(
      `Give more than ${count(design.maxTrials)} trials, or part ${percent(design.bad)} and ${percent(design.good)}.`,
    )
  return notes
}

/** What a cache behind a function looks like from outside: the first trial is slow, and those at the end take no time. */
function suspectCache(ended: readonly TrialResult[]): string | undefined {
  if (ended.length < suspicious.trials) return undefined
  const first = ended[0]?.tookMs ?? 0
  const later = ended
    .slice(Math.ceil(ended.length / 2))
    .map(({ tookMs = first }) => tookMs)
    .sort((a, b) => a - b)
  const usual = later[Math.floor(later.length / 2)] ?? first
  if (first < suspicious.ms || usual * suspicious.times > first) return undefined
  return `The first trial took ${duration(first)} and most of the later ones ${duration(usual)}: if their answers came out of a cache, they are no trials and the verdict stands on nothing.`
}
