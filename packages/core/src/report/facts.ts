import { count, counted, percent } from './numbers.ts'
import type { RunReport } from './report.ts'

/** What a run's report says beyond its figures, each with a label: the same on every page. */
export function factsOf(report: RunReport): readonly (readonly [label: string, text: string])[] {
  const { forecast, handled, bound, audits, checks } = report
  const facts: [string, string][] = []
  if (forecast !== null) facts.push(['Beforehand', forecast.message])
  const ways = [
    [handled.verified, 'verified'],
    [handled.checked, 'checked together'],
    [handled.voted, 'voted on'],
    [handled.escalated, 'settled by a stronger worker'],
    [handled.audited, 'audited'],
  ] as const
  const used = ways.filter(([many]) => many > 0).map(([many, what]) => `${count(many)} ${what}`)
  if (used.length > 0) facts.push(['Judged', used.join(', ')])
  if (checks.tried > 0) {
    facts.push([
      'Combinations',
      `${count(checks.tried)} tried, ${count(checks.combined)} of the checks accepted one`,
    ])
  }
  if (bound !== null) {
    facts.push([
      'Votes',
      `${count(bound.votes)}, ${bound.ratio.toFixed(2)} times the ${count(bound.least)} with which anything could do it that knew how hard the subtasks are`,
    ])
  }
  if (audits !== null) facts.push(['Audits', auditsText(report)])
  return facts
}

function auditsText({ audits, success }: RunReport): string {
  if (audits === null) return ''
  const parts = [`${count(audits.audited)} made: ${count(audits.right)} right, ${count(audits.wrong)} wrong`]
  if (audits.failed > 0) parts.push(`${count(audits.failed)} could not be made`)
  for (const { worker, share } of audits.kinds) {
    if (share.known > 0)
      parts.push(
        `at most ${percent(share.high)} of the answers of ${worker} are wrong (95 %, ${counted(share.known, 'audit')})`,
      )
  }
  if (audits.z !== null) {
    const verdict = audits.z < -3 ? 'the prediction was too bold' : 'no sign that the prediction was too bold'
    parts.push(`z ${audits.z.toFixed(1)}: ${verdict}`)
  }
  if (success.measured !== null)
    parts.push(`by them alone all would be right ${percent(success.measured)} of the time`)
  return parts.join('; ')
}

/** What one of the weakest subtasks is in doubt for, and what mending it would bring. */
export function weakSubtaskText({
  why,
  error,
  gain,
}: RunReport['success']['weakestSubtasks'][number]): string {
  if (error === 1) return gain > 0 ? `${why}; mended, all would be right ${percent(gain)} of the time` : why
  return `${why}; wrong with a probability of ${percent(error)}, were it perfect ${(gain * 100).toFixed(2)} points more`
}
