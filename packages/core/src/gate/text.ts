import { bullets, type Paint, painter, row } from '../report/lines.ts'
import { count, counted, dollars, duration, percent, percentRange } from '../report/numbers.ts'
import { fitted, plainText } from '../report/plain.ts'
import { table, wrapped } from '../report/table.ts'
import type { TextOptions } from '../report/text.ts'
import type { GateReport } from './report.ts'
import { designText, flakinessText, trialsText } from './wording.ts'

const verdicts = { pass: 'passes', fail: 'fails', inconclusive: 'is undecided' } as const
const styles = { pass: 'good', fail: 'bad', inconclusive: 'bold' } as const
const shown = 8

/** What a gate came to, for people: the verdict, then what it stands on. Ends with a line break. */
export function gateText(report: GateReport, options: TextOptions): string {
  const width = Math.max(40, options.width)
  const paint = painter(options.color)
  const { name, verdict, message, success, durationMs, spend, seed, notes } = report
  const [first = '', ...rest] = wrapped(
    `${plainText(name)} ${verdicts[verdict]}. ${plainText(message)}`,
    width,
  )
  const rate = success.rate === null ? 'unknown' : percent(success.rate)
  const paid = [
    ...(spend.usd > 0 ? [dollars(spend.usd)] : []),
    ...(spend.tokens > 0 ? [counted(spend.tokens, 'token')] : []),
  ]
  const sections = [
    [paint(styles[verdict], first), ...rest],
    [
      ...row(
        'Success',
        `${rate} (95 % interval ${percentRange(success.low, success.high)}, whenever one stops)`,
        width,
      ),
      ...row('Gate', designText(report), width),
      ...row('Trials', trialsText(report), width),
      ...row('Flakiness', flakinessText(report), width),
      ...row('Time', [duration(durationMs), ...paid].join(', '), width),
      ...row('Seed', `${plainText(String(seed))} repeats the same inputs and draws`, width),
    ],
    failureLines(report, width, paint),
    subtaskLines(report, width, paint),
    notes.length === 0 ? [] : [paint('bold', 'To know'), ...bullets(notes, width)],
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function failureLines({ failures }: GateReport, width: number, paint: Paint): string[] {
  if (failures.length === 0) return []
  const some = failures.length > shown ? `, the ${shown} most frequent of ${failures.length}` : ''
  const lines = failures
    .slice(0, shown)
    .map(
      ({ message, trials, first }) =>
        `  ${count(trials)}× ${plainText(message)} (first in trial ${first + 1})`,
    )
  return [paint('bold', `Why trials failed${some}`), ...lines.map((line) => fitted(line, width))]
}

/** Those that failed most, since a thousand that never did say nothing. */
function subtaskLines({ subtasks }: GateReport, width: number, paint: Paint): string[] {
  if (subtasks.length === 0) return []
  const worst = [...subtasks]
    .sort((a, b) => b.of - b.succeeded - (a.of - a.succeeded) || b.of - b.first - (a.of - a.first))
    .slice(0, shown)
  const of = (some: number, all: number): string => (all === 0 ? '–' : percent(some / all))
  const [head = '', ...rows] = table(
    [
      { head: 'Subtask', left: true, cells: worst.map(({ subtask }) => plainText(subtask)) },
      { head: 'tried', cells: worst.map((one) => count(one.of)) },
      { head: 'first try', cells: worst.map((one) => of(one.first, one.of)) },
      { head: 'in the end', cells: worst.map((one) => of(one.succeeded, one.of)) },
    ],
    width,
  )
  const more = subtasks.length - worst.length
  return [
    paint('dim', head),
    ...rows,
    ...(more > 0 ? [`… and ${counted(more, 'subtask')} that failed no more often`] : []),
  ]
}
