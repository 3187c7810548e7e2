import { cell, tableOf } from '../report/markdown-table.ts'
import { count, percent, percentRange } from '../report/numbers.ts'
import { plainText } from '../report/plain.ts'
import { table } from '../report/table.ts'
import type { TextOptions } from '../report/text.ts'
import type { GateReport } from './report.ts'

/** One release, oldest first in a list. */
export interface Release {
  /** What it is called, e.g. `v1.4.0`. */
  readonly label: string
  readonly report: GateReport
}

const heads = ['Release', 'verdict', 'success', '95 % interval', 'trials', 'first try', ''] as const

/** How a gate did over releases, for people. Ends with a line break. */
export function trendText(releases: readonly Release[], { width }: TextOptions): string {
  const rows = releases.map((release, index) => cellsOf(release, releases[index - 1]))
  const columns = heads.map((head, column) => ({
    head,
    left: column < 2 || column === heads.length - 1,
    cells: rows.map((cells) => plainText(cells[column] ?? '')),
  }))
  return `${table(columns, Math.max(40, width)).join('\n')}\n`
}

/** The same as Markdown, for a job's summary. */
export function trendMarkdown(releases: readonly Release[]): string {
  const rows = releases.map((release, index) => cellsOf(release, releases[index - 1]).map(cell))
  return `${tableOf(heads, rows, ['---', '---', '--:', '--:', '--:', '--:', '---'])}\n`
}

function cellsOf({ label, report }: Release, before: Release | undefined): string[] {
  const { verdict, success, trials, flakiness } = report
  const rate = (of: number | null): string => (of === null ? '–' : percent(of))
  return [
    label,
    verdict,
    rate(success.rate),
    percentRange(success.low, success.high),
    count(trials.counted),
    rate(flakiness.firstAttempt.rate),
    changesOf(report, before?.report).join(', '),
  ]
}

/** What makes a release no like of the one before: another plan, other inputs, another gate. */
export function changesOf(report: GateReport, before: GateReport | undefined): string[] {
  if (before === undefined) return []
  const { good, bad } = report.design
  return [
    ...(report.plan?.digest === before.plan?.digest ? [] : ['another plan']),
    ...(report.inputs === before.inputs ? [] : ['other inputs']),
    ...(report.faults === before.faults ? [] : ['other faults']),
    ...(good === before.design.good && bad === before.design.bad ? [] : ['another gate']),
  ]
}
