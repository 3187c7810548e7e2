import { bullets, painter, row } from '../report/lines.ts'
import { count, percent, percentRange } from '../report/numbers.ts'
import { plainText } from '../report/plain.ts'
import { table, wrapped } from '../report/table.ts'
import type { TextOptions } from '../report/text.ts'
import type { OutcomesReport } from './report.ts'

const shownWeakest = 10

/** What recorded outcomes come to, for people. Ends with a line break. */
export function outcomesText(report: OutcomesReport, options: TextOptions): string {
  const width = Math.max(40, options.width)
  const paint = painter(options.color)
  const { message, passes, consistency, disagreement, weakest, notes, cases } = report
  const { always, sometimes, never } = consistency
  const shown = shownPasses(passes)
  const even = shown.every((one) => one.cases === cases)
  const [head = '', ...rows] = table(
    [
      { head: 'k', cells: shown.map(({ k }) => count(k)) },
      { head: 'pass^k', cells: shown.map(({ passHatK }) => passHatK.rate.toFixed(4)) },
      { head: '95 % interval', cells: shown.map(({ passHatK: { low, high } }) => percentRange(low, high)) },
      { head: 'pass@k', cells: shown.map(({ passAtK }) => passAtK.rate.toFixed(4)) },
      { head: '95 % interval', cells: shown.map(({ passAtK: { low, high } }) => percentRange(low, high)) },
      ...(even ? [] : [{ head: 'cases', cells: shown.map((one) => count(one.cases)) }]),
    ],
    width,
  )
  const differ =
    disagreement === null
      ? []
      : row('Disagreement', `two trials of a case differ in ${percent(disagreement)}`, width)
  const sections = [
    wrapped(message, width).map((line, i) => (i === 0 ? paint('bold', line) : line)),
    [
      paint('dim', head),
      ...rows,
      ...wrapped('pass^k: all of k trials pass; pass@k: any of them does.', width).map((line) =>
        paint('dim', line),
      ),
    ],
    [
      ...row(
        'Cases',
        `${count(always)} always passed, ${count(sometimes)} sometimes, ${count(never)} never`,
        width,
      ),
      ...differ,
    ],
    weakestLines(weakest, width, (text) => paint('dim', text)),
    notes.length === 0 ? [] : bullets(notes, width),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

/** Each k up to 5, then rounder ones, and the last. */
function shownPasses(passes: OutcomesReport['passes']): OutcomesReport['passes'] {
  return passes.filter(
    ({ k }) =>
      k <= 5 || k === passes.length || /^(1|2|5)0*$/.test(String(k)) || (passes.length <= 10 && k <= 10),
  )
}

function weakestLines(
  weakest: OutcomesReport['weakest'],
  width: number,
  dim: (text: string) => string,
): string[] {
  if (weakest.length === 0) return []
  const shown = weakest.slice(0, shownWeakest)
  const [head = '', ...rows] = table(
    [
      { head: 'Weakest cases', left: true, cells: shown.map((one) => plainText(one.case)) },
      { head: 'passed', cells: shown.map(({ passed, of }) => `${count(passed)} of ${count(of)}`) },
      { head: 'rate', cells: shown.map(({ rate }) => percent(rate)) },
      { head: '95 % interval', cells: shown.map(({ low, high }) => percentRange(low, high)) },
    ],
    width,
  )
  return [dim(head), ...rows]
}
