import { count, counted, percent } from './numbers.ts'
import type { RunReport, SuccessReport, TrialsReport } from './report.ts'

const shownNames = 5
const worthSaying = 0.0005
const clearly = 1.1

/** What to do next, in sentences: what holds the compound success back, and what the figures do not tell. */
export function adviceOf(report: RunReport | TrialsReport): string[] {
  const { success, subtasks } = report
  const advice = report.type === 'run' ? failureAdvice(report) : []
  const [weakest, next] = success.weakest
  // Where all kinds did equally well the first of them is not the weakest.
  if (
    weakest !== undefined &&
    next !== undefined &&
    weakest.gain >= worthSaying &&
    weakest.share > next.share * clearly
  ) {
    advice.push(
      `Weakest link: ${weakest.kind}. Were it perfect, the compound success would rise by ${points(weakest.gain)}; ${percent(weakest.share)} of all that is lost is lost there.`,
    )
  }
  if (success.unjudged.length > 0) advice.push(unjudged(success))
  if (success.trusted.length > 0) {
    advice.push(
      `The verdicts of ${names(success.trusted)} were taken as right. A record of how many wrong answers they accept would show what they miss.`,
    )
  }
  if (success.voted.length > 0) {
    advice.push(
      `Votes on ${names(success.voted)} cannot see an answer that is usually wrong, nor voters that copy one another. Hold a sample of the accepted answers against the truth before you rely on the prediction.`,
    )
  }
  if (success.doubtful !== undefined) {
    advice.push(
      `In ${counted(success.doubtful, 'subtask')} no answer had half of the samples, and the usual answer may be wrong: more votes do not help there. Add a verifier, or a stronger worker to escalate to.`,
    )
  }
  if (subtasks.fallbacks > 0) {
    advice.push(
      `${counted(subtasks.fallbacks, 'subtask')} went on with a fallback answer. Each counts as wrong in the compound success.`,
    )
  }
  if (report.attempts.stuck > 0) {
    advice.push(
      `${counted(report.attempts.stuck, 'attempt')} did not stop when told to and may still be at work. Have the worker heed its signal, or isolate it in a process of its own.`,
    )
  }
  return advice
}

function names(list: readonly string[]): string {
  const more = list.length > shownNames ? ` and ${count(list.length - shownNames)} more` : ''
  return list.slice(0, shownNames).join(', ') + more
}

function points(gain: number): string {
  return `${(gain * 100).toFixed(1)} points`
}

function unjudged({ unjudged }: SuccessReport): string {
  return `Nothing judged the answers of ${names(unjudged)}, so nobody knows how many of them are right. Add verify, a check or a vote, or give a record.`
}

const waysOut = {
  transport: 'Raise retry.attempts or timeoutMs, or give the subtasks a fallback.',
  flagged: 'Their answers did not fit: look at what the worker returns and at its output schema.',
  wrong: 'Their answers were rejected each time: raise retry.wrong, vote, or use a stronger worker.',
} as const

function failureAdvice(report: RunReport): string[] {
  const advice: string[] = []
  for (const [kind, wayOut] of Object.entries(waysOut)) {
    const some = report.failures.filter((failure) => failure.kind === kind && !failure.fallback)
    if (some.length === 0) continue
    const codes = [...new Set(some.map(({ code }) => code))].slice(0, shownNames).join(', ')
    advice.push(`Failed for good with ${codes}: ${wayOut}`)
  }
  return advice
}
