import { painter, row } from '../report/lines.ts'
import { percent } from '../report/numbers.ts'
import { plainText } from '../report/plain.ts'
import { table, wrapped } from '../report/table.ts'
import type { TextOptions } from '../report/text.ts'
import type { Comparison } from './comparison.ts'

const styles = { better: 'good', worse: 'bad', 'no-difference': 'bold' } as const

/** How a measure is called on screens. */
export const measures = { 'first-attempt': 'first try', 'in-the-end': 'in the end' } as const

/** A change of a rate in points: `−12.3 points (95 % interval −24.0 to −0.6)`. */
export function changeText({ change }: Pick<Comparison, 'change'>): string {
  const points = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value * 100).toFixed(1)}`
  return `${points(change.rate)} points (95 % interval ${points(change.low)} to ${points(change.high)})`
}

/** How a gate did beside an earlier one, for people. Ends with a line break. */
export function comparisonText(comparison: Comparison, options: TextOptions): string {
  const width = Math.max(40, options.width)
  const paint = painter(options.color)
  const { verdict, message, acrossPlans, subtasks, test } = comparison
  const [first = '', ...rest] = wrapped(message, width)
  const lines = [
    paint(styles[verdict], first),
    ...rest,
    '',
    ...row('Change', changeText(comparison), width),
    ...row(
      'Test',
      test === 'mcnemar' ? "McNemar's, of pairs fixed beforehand" : 'always-valid, pair by pair',
      width,
    ),
  ]
  if (acrossPlans) lines.push(...row('Plans', 'these are two different plans', width))
  if (subtasks.length > 0) {
    const [head = '', ...rows] = table(
      [
        { head: 'Subtask', left: true, cells: subtasks.map(({ subtask }) => plainText(subtask)) },
        { head: '', left: true, cells: subtasks.map(({ measure }) => measures[measure]) },
        { head: 'before', cells: subtasks.map(({ before }) => shareOf(before)) },
        { head: 'now', cells: subtasks.map(({ after }) => shareOf(after)) },
        { head: '', left: true, cells: subtasks.map(({ fell }) => (fell ? 'fell' : 'may be chance')) },
      ],
      width,
    )
    lines.push('', paint('dim', head), ...rows)
  }
  return `${lines.join('\n')}\n`
}

export function shareOf({ succeeded, of }: { readonly succeeded: number; readonly of: number }): string {
  return of === 0 ? '–' : percent(succeeded / of)
}
