import { count, counted, percent, wrapped } from '@kilostep/core'
import type { ScreenOptions } from './story.ts'
import type { LedgerTrials } from './trials.ts'

/** What trials came to, as a bar and in words: how many ledgers are right, short of rows and say so, or wrong. */
export const trialsBar = (label: string, trials: LedgerTrials, { width, paint }: ScreenOptions): string[] => {
  const { right, reported, silentlyWrong } = trials.ledgers
  const all = right + reported + silentlyWrong
  const size = Math.min(64, width)
  const [rightSize, reportedSize] = parts([right, reported, silentlyWrong], size) as [number, number]
  const bar = [
    paint('good', '█'.repeat(rightSize)),
    paint('doubtful', '▒'.repeat(reportedSize)),
    paint('bad', '░'.repeat(size - rightSize - reportedSize)),
  ]
  const told = [
    `█ ${count(right)} of ${count(all)} complete and right`,
    ...(reported === 0 ? [] : [`▒ ${count(reported)} right but for rows reported as unreadable`]),
    `░ ${count(silentlyWrong)} wrong, and nothing says so`,
  ]
  const styles = reported === 0 ? (['good', 'bad'] as const) : (['good', 'doubtful', 'bad'] as const)
  return [
    ...wrapped(label, width).map((line) => paint('bold', line)),
    bar.join(''),
    ...told.flatMap((text, i) =>
      wrapped(text, width).map((line) => paint(styles[i] as (typeof styles)[number], line)),
    ),
  ]
}

/** Shares of a bar. What happened at all is seen at all. */
const parts = (counts: readonly number[], size: number): number[] => {
  const all = counts.reduce((sum, one) => sum + one, 0)
  const sizes = counts.map((one) => (one === 0 ? 0 : Math.max(1, Math.round((one / all) * size))))
  const largest = sizes.indexOf(Math.max(...sizes))
  return sizes.map((one, i) =>
    i === largest ? size - (sizes.reduce((sum, other) => sum + other, 0) - one) : one,
  )
}

/** The two ways beside each other, over the same ledgers, and what the runs said of themselves. */
export const comparison = (
  rows: number,
  plain: LedgerTrials,
  checked: LedgerTrials,
  screen: ScreenOptions,
): string[] => {
  const { width, paint } = screen
  const { trials } = checked.report
  const says = (one: LedgerTrials) => percent(one.report.success.predicted)
  return [
    ...wrapped(
      `${count(trials)} more ledgers of ${counted(rows, 'row')}, each read both ways and then held against the labels:`,
      width,
    ).map((line) => paint('bold', line)),
    '',
    ...trialsBar('One read each', plain, screen),
    '',
    ...trialsBar('With Kilostep: a check a row, and rejected rows read again', checked, screen),
    '',
    ...wrapped(
      `The runs had predicted ${says(plain)} and ${says(checked)} complete and right, without the labels.`,
      width,
    ),
  ]
}
