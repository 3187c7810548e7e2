import { adviceOf } from './advice.ts'
import { factsOf, weakSubtaskText } from './facts.ts'
import { cell, cellLong, tableOf } from './markdown-table.ts'
import { count, counted, dollars, duration, percent, percentRange } from './numbers.ts'
import type { RunReport, TrialsReport } from './report.ts'

/** The report as Markdown, for a job's summary or a comment. Nothing of a plan or a worker is markup in it. */
export function reportMarkdown(report: RunReport | TrialsReport): string {
  const { success, subtasks, attempts, spend } = report
  const { measured, predicted, target, horizon90, naive } = success
  const tried = report.type === 'trials' ? measured : null
  const shown = tried ?? predicted
  const bad =
    (report.type === 'run' && ['failed', 'cancelled'].includes(report.status)) || success.targetMet === false
  const state = report.type === 'run' ? report.status : counted(report.trials, 'run')
  const rows: (readonly [string, string])[] = [
    [
      'Compound success',
      `**${percent(shown)}** (95 % interval ${percentRange(success.low, success.high)}), ${tried === null ? 'predicted' : `measured over ${counted(success.n, 'run')} against ${cell(success.basis ?? 'a truth')}, ${percent(predicted)} predicted`}`,
    ],
    ['With one attempt each', percent(naive)],
    ...(target === null
      ? []
      : [['Target', `${percent(target)}, ${success.targetMet ? 'reached' : '**not reached**'}`] as const]),
    ...(horizon90 === null || horizon90 === 0
      ? []
      : [['Horizon', `${counted(horizon90, 'such subtask')} would all be right nine times in ten`] as const]),
    [
      'Subtasks',
      `${count(subtasks.planned)} planned: ${count(subtasks.succeeded)} succeeded, ${count(subtasks.failed)} failed, ${count(subtasks.skipped)} skipped, ${count(subtasks.cancelled)} cancelled${subtasks.superseded === undefined ? '' : `, ${count(subtasks.superseded)} superseded`}`,
    ],
    [
      'Attempts',
      `${count(attempts.started)} started: ${count(attempts.transport)} threw or timed out, ${count(attempts.flagged)} flagged, ${count(attempts.wrong)} wrong${attempts.hedged === undefined ? '' : `, ${counted(attempts.hedged, 'late duplicate')}`}`,
    ],
    ...(report.type === 'run'
      ? factsOf(report).map(([label, text]) => [label, cellLong(text)] as const)
      : []),
    ['Time', duration(report.durationMs)],
    ...(spend.usd > 0 || spend.tokens > 0
      ? [['Spend', `${dollars(spend.usd)}, ${counted(spend.tokens, 'token')}`] as const]
      : []),
  ]
  const sections = [
    `## ${bad ? '❌' : '✅'} ${cell(report.plan.name)}: ${state}\n\n${report.type === 'run' ? cellLong(report.summary) : cell(report.message)}`,
    tableOf(['', ''], rows, ['---', '---']),
    workers(report),
    report.type === 'run' ? failures(report) : '',
    report.type === 'run' ? weakest(report) : '',
    advice(report),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function workers(report: RunReport | TrialsReport): string {
  if (report.kinds.length === 0) return ''
  const rate = ({ rate: of }: { readonly rate: number | null }): string => (of === null ? '–' : percent(of))
  const head = ['Worker', 'tried', 'first attempt right', 'in the end']
  const align = ['---', '--:', '--:', '--:']
  const rows = report.kinds.map((kind) => [
    cell(kind.worker),
    count(kind.firstAttempt.n),
    rate(kind.firstAttempt),
    rate(kind.afterRecovery),
  ])
  if (report.type === 'trials') return tableOf(head, rows, align)
  const more = report.kinds.map(({ attempts, p50Ms }) => [count(attempts.started), duration(p50Ms)])
  return tableOf(
    [...head, 'attempts', 'median'],
    rows.map((cells, i) => [...cells, ...(more[i] ?? [])]),
    [...align, '--:', '--:'],
  )
}

function failures({ failures: list, subtasks }: RunReport): string {
  if (list.length === 0) return ''
  const all = subtasks.failed + subtasks.fallbacks
  const some = all > list.length ? `, the first ${list.length} of ${count(all)}` : ''
  const rows = list.map(({ subtask, code, message, fallback }) => [
    cell(subtask),
    `${cell(code)}${fallback ? ' (fallback)' : ''}`,
    cell(message),
  ])
  return `### Failed for good${some}\n\n${tableOf(['Subtask', 'Why', 'Message'], rows, ['---', '---', '---'])}`
}

function weakest({ success }: RunReport): string {
  if (success.weakestSubtasks.length === 0) return ''
  const rows = success.weakestSubtasks.map((one) => [cell(one.subtask), cell(weakSubtaskText(one))])
  return `### Weakest subtasks\n\n${tableOf(['Subtask', 'Why'], rows, ['---', '---'])}`
}

function advice(report: RunReport | TrialsReport): string {
  const list = adviceOf(report)
  return list.length === 0
    ? ''
    : `### What to do next\n\n${list.map((text) => `- ${cellLong(text)}`).join('\n')}`
}
