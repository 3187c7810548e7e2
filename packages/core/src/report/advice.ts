import { count, counted, percent } from './numbers.ts'
import type { RunReport, SuccessReport, TrialsReport } from './report.ts'

const shownNames = 5
const worthSaying = 0.0005

/** What to do next, in sentences: what holds the compound success back, and what the figures do not tell. */
export function adviceOf(report: RunReport | TrialsReport): string[] {
  const { success, subtasks } = report
  const advice = report.type === 'run' ? failureAdvice(report) : []
  const [weakest] = success.weakest
  if (weakest !== undefined && weakest.gain >= worthSaying && success.weakest.length > 1) {
    advice.push(
      `Weakest link: ${weakest.kind}. Were it perfect, the compound success would rise by ${points(weakest.gain)}; ${percent(weakest.share)} of all that is lost is lost there.`,
    )
  }
  if (success.unjudged.length > 0) advice.push(unjudged(success))
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

function points(gain: number): string {
  return `${(gain * 100).toFixed(1)} points`
}

function unjudged({ unjudged }: SuccessReport): string {
  const names = unjudged.slice(0, shownNames).join(', ')
  const more = unjudged.length > shownNames ? ` and ${count(unjudged.length - shownNames)} more` : ''
  return `Nothing judged the answers of ${names}${more}, so every accepted answer was counted as right. Add verify, a check or a vote, or give a record.`
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
