import { cell, cellLong, tableOf } from '../report/markdown-table.ts'
import { count, counted, dollars, duration, percent, percentRange } from '../report/numbers.ts'
import type { Comparison } from './comparison.ts'
import { changeText, measures, shareOf } from './comparison-text.ts'
import type { GateReport } from './report.ts'
import { designText, flakinessText, trialsText } from './wording.ts'

const marks = { pass: '✅', fail: '❌', inconclusive: '❔' } as const

/** What a gate came to as Markdown, for a job's summary. Nothing that was tried is markup in it. */
export function gateMarkdown(report: GateReport): string {
  const { name, verdict, message, success, durationMs, spend, seed, failures, subtasks, notes, comparison } =
    report
  const rate = success.rate === null ? 'unknown' : `**${percent(success.rate)}**`
  const rows: (readonly [string, string])[] = [
    ['Success', `${rate} (95 % interval ${percentRange(success.low, success.high)}, whenever one stops)`],
    ['Gate', cell(designText(report))],
    ['Trials', cell(trialsText(report))],
    ['Flakiness', cell(flakinessText(report))],
    ['Time', duration(durationMs)],
    ...(spend.usd > 0 || spend.tokens > 0
      ? [['Spend', `${cell(dollars(spend.usd))}, ${counted(spend.tokens, 'token')}`] as const]
      : []),
    ['Seed', cell(String(seed))],
  ]
  const of = (some: number, all: number): string => (all === 0 ? '–' : percent(some / all))
  const sections = [
    `## ${marks[verdict]} ${cell(name)}: ${verdict}\n\n${cellLong(message)}`,
    tableOf(['', ''], rows, ['---', '---']),
    failures.length === 0
      ? ''
      : `### Why trials failed\n\n${tableOf(
          ['Trials', 'Why'],
          failures.map((one) => [count(one.trials), cell(one.message)]),
          ['--:', '---'],
        )}`,
    subtasks.length === 0
      ? ''
      : tableOf(
          ['Subtask', 'tried', 'first try', 'in the end'],
          subtasks
            .slice(0, 50)
            .map((one) => [
              cell(one.subtask),
              count(one.of),
              of(one.first, one.of),
              of(one.succeeded, one.of),
            ]),
          ['---', '--:', '--:', '--:'],
        ),
    comparison === null ? '' : compared(comparison),
    notes.map((note) => `- ${cellLong(note)}`).join('\n'),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function compared(comparison: Comparison): string {
  const { message, acrossPlans, subtasks } = comparison
  const words = [
    cellLong(message),
    cell(changeText(comparison)),
    ...(acrossPlans ? ['These are two different plans.'] : []),
  ]
  const rows = subtasks.map(({ subtask, measure, before, after, fell }) => [
    cell(subtask),
    measures[measure],
    shareOf(before),
    shareOf(after),
    fell ? '**fell**' : 'may be chance',
  ])
  const list =
    rows.length === 0
      ? ''
      : `\n\n${tableOf(['Subtask', '', 'before', 'now', ''], rows, ['---', '---', '--:', '--:', '---'])}`
  return `### Beside the last release\n\n${words.join(' ')}${list}`
}
