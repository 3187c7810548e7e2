import { confidenceSequence } from '../reliability/always-valid.ts'
import { counted, percent } from '../report/numbers.ts'
import { addUp } from '../report/trials.ts'
import { disagreementOf } from './disagreement.ts'
import { notesOf } from './notes.ts'
import type { GateReport } from './report.ts'
import type { GateTally } from './tally.ts'
import type { TrialResult } from './trial-result.ts'

/** What is known of a gate beside its trials. */
export interface GateFacts
  extends Pick<GateReport, 'name' | 'plan' | 'seed' | 'inputs' | 'faults' | 'minTrials' | 'durationMs'> {
  /** Why it stopped, where it is not that the verdict was known. */
  readonly stopped: GateReport['stopped']
  readonly started: number
}

const shownFailures = 20
const longestMessage = 500

/**
 * What a gate came to: the verdict of its tally, and what its trials were like.
 *
 * @param results by the number that each trial was started with; those that have not ended are missing.
 */
export function gateReport(
  tally: GateTally,
  results: readonly (TrialResult | undefined)[],
  facts: GateFacts,
): GateReport {
  const { name, plan, seed, inputs, faults, durationMs, started } = facts
  const verdict = tally.verdict === 'undecided' ? 'inconclusive' : tally.verdict
  const decided = verdict !== 'inconclusive'
  const ended = results.filter((result) => result !== undefined)
  const real = ended.filter((result) => result.repeated === undefined)
  const counts = countsOf(tally)
  const spoken = real.filter(({ firstAttempt }) => firstAttempt !== undefined)
  const report: Omit<GateReport, 'message' | 'notes'> = {
    kilostep: 1,
    type: 'gate',
    name,
    plan,
    seed,
    inputs,
    faults,
    design: { ...tally.design },
    minTrials: facts.minTrials,
    verdict,
    stopped: decided ? 'verdict' : facts.stopped,
    trials: {
      started,
      counted: counts.passed + counts.failed,
      ...counts,
      repeated: ended.length - real.length,
      cutOff: started - ended.length,
      beyond: real.length - counts.passed - counts.failed,
    },
    success: rateOf(counts.passed, counts.passed + counts.failed),
    flakiness: {
      firstAttempt: rateOf(spoken.filter((one) => one.passed && one.firstAttempt).length, spoken.length),
      afterRecovery: rateOf(spoken.filter(({ passed }) => passed).length, spoken.length),
      ...disagreementOf(real),
    },
    outcomes: Array.from({ length: started }, (_, index) => letterOf(results[index])).join(''),
    inputsTried: inputsOf(real),
    subtasks: subtasksOf(real),
    failures: failuresOf(results),
    comparison: null,
    durationMs,
    spend: {
      usd: addUp(ended, ({ usd = 0 }) => usd),
      tokens: addUp(ended, ({ tokens = 0 }) => tokens),
      attempts: addUp(ended, ({ attempts = 0 }) => attempts),
    },
  }
  return { ...report, message: messageOf(report), notes: notesOf(report, ended, tally.cutOff) }
}

/** Of the trials that the verdict stands on; without a verdict, of all that have ended. */
function countsOf(tally: GateTally): { readonly passed: number; readonly failed: number } {
  if (tally.verdict !== 'undecided') return { passed: tally.passed, failed: tally.failed }
  const of = (wanted: string): number => tally.marks.filter((mark) => mark === wanted).length
  return { passed: of('passed'), failed: of('failed') }
}

function rateOf(successes: number, n: number): GateReport['success'] {
  return { rate: n === 0 ? null : successes / n, ...confidenceSequence({ successes, trials: n }), n }
}

function letterOf(result: TrialResult | undefined): string {
  if (result === undefined) return '-'
  return result.repeated === undefined ? (result.passed ? '1' : '0') : 'r'
}

function inputsOf(results: readonly TrialResult[]): GateReport['inputsTried'] {
  const tried = new Map<number, { input: number; passed: number; of: number }>()
  for (const { input, passed } of results) {
    if (input === undefined) continue
    const one = tried.get(input) ?? { input, passed: 0, of: 0 }
    tried.set(input, one)
    one.of++
    if (passed) one.passed++
  }
  return [...tried.values()].sort((a, b) => a.input - b.input)
}

function subtasksOf(results: readonly TrialResult[]): GateReport['subtasks'] {
  const tried = new Map<string, { subtask: string; succeeded: number; first: number; of: number }>()
  for (const { subtasks = [] } of results)
    for (const { subtask, succeeded, first, of } of subtasks) {
      const one = tried.get(subtask) ?? { subtask, succeeded: 0, first: 0, of: 0 }
      tried.set(subtask, one)
      one.succeeded += succeeded
      one.first += first
      one.of += of
    }
  return [...tried.values()]
}

function failuresOf(results: readonly (TrialResult | undefined)[]): GateReport['failures'] {
  const seen = new Map<string, { message: string; trials: number; first: number }>()
  results.forEach((result, index) => {
    if (result === undefined || result.passed || result.repeated !== undefined) return
    const message = (result.message ?? 'It did not pass.').slice(0, longestMessage)
    const one = seen.get(message) ?? { message, trials: 0, first: index }
    seen.set(message, one)
    one.trials++
  })
  return [...seen.values()].sort((a, b) => b.trials - a.trials || a.first - b.first).slice(0, shownFailures)
}

const stops: Readonly<Record<GateReport['stopped'], string>> = {
  verdict: '',
  'max-trials': 'the most that were allowed',
  budget: 'the budget is used up',
  time: 'the time is up',
  interrupted: 'it was interrupted',
  repeats: 'what comes back is the same cached answer again and again',
}

function messageOf(report: Omit<GateReport, 'message' | 'notes'>): string {
  const { verdict, stopped, design, trials } = report
  const { good, bad, alpha, beta } = design
  const seen = `${trials.passed} of ${counted(trials.counted, 'trial')} passed`
  if (verdict === 'pass')
    return `${seen}: better than ${percent(bad)}, with an error rate of ${percent(alpha)}.`
  if (verdict === 'fail')
    return `${seen}: worse than ${percent(good)}, with an error rate of ${percent(beta)}.`
  return `${seen}, and that tells ${percent(bad)} and ${percent(good)} not apart: ${stops[stopped]}.`
}
