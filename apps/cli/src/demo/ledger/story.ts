import { count, counted, duration, percent, wrapped } from '@kilostep/core'
import { ROW_DIGITS } from './ledger.ts'
import type { Paint } from './paint.ts'
import type { ImagePool } from './pool.ts'
import { type Note, rowPicture } from './row-picture.ts'
import type { RowOutcome } from './trial.ts'
import type { LedgerTrial } from './trials.ts'

export type ScreenOptions = {
  /** Characters in a line. */
  readonly width: number
  readonly paint: Paint
}

/** What somebody needs to know before the first picture. */
export const introduction = (rows: number, rightRate: number, { width, paint }: ScreenOptions): string[] => {
  const digits = rows * ROW_DIGITS
  const title = `A handwritten ledger: ${counted(rows, 'row')} of eight digits and two check digits.`
  const worker = `Each of its ${count(digits)} digits is a subtask for a small neural network that is right ${wholePercent(rightRate)} of the time. One read each gets all of them right ${wholePercent(rightRate ** digits)} of the time.`
  return [...wrapped(title, width).map((line) => paint('bold', line)), ...wrapped(worker, width)]
}

const wholePercent = (share: number): string =>
  share < 0.01 ? percent(share) : `${Math.round(share * 100)} %`

/** One ledger's story: a row that was mended, one that could not be read, and what it came to and cost. */
export const story = (
  trial: LedgerTrial,
  images: ImagePool,
  plain: boolean,
  screen: ScreenOptions,
): string[] => {
  const { rows } = trial.outcome
  const wasMended = (row: RowOutcome) => row.accepted && row.rejections > 0
  const isMisread = (row: RowOutcome, index: number) => row.accepted && !isRight(row, trial, index)
  const first = plain ? rows.findIndex(isMisread) : rows.findIndex(wasMended)
  const second = rows.findIndex((row) => !row.accepted)
  // Where nothing went wrong there is still a row to look at.
  const shown = first === -1 && second === -1 ? [0] : [first, second].filter((index) => index !== -1)
  const pictures = shown.flatMap((index) => ['', ...rowStory(trial, index, images, plain, screen)])
  return [...pictures, '', ...outcomeLines(trial, plain, screen)]
}

const isRight = (row: RowOutcome, { truth }: LedgerTrial, index: number): boolean =>
  row.last.join() === truth.rows[index]?.join()

const rowStory = (
  trial: LedgerTrial,
  index: number,
  images: ImagePool,
  plain: boolean,
  { width, paint }: ScreenOptions,
): string[] => {
  const row = trial.outcome.rows[index] as RowOutcome
  const written = trial.truth.rows[index] ?? []
  const looks = `${counted(row.reads - ROW_DIGITS, 'further look')}`
  const right = isRight(row, trial, index)
  let caption = 'its check digits fit at once.'
  if (plain) caption = right ? 'read once.' : 'read once and taken as it is. Nothing says that it is wrong.'
  else if (!row.accepted)
    caption = `its check digits do not fit, nor after ${looks} at the doubtful digits. Reported, not guessed.`
  else if (row.rejections > 0)
    caption = `its check digits did not fit, so its doubtful digits were read again. After ${looks} they fit.`
  const style = plain ? (right ? 'good' : 'bad') : row.accepted ? 'good' : 'doubtful'
  const read = row.last.map((digit, place): Note => {
    const first = row.first[place]
    if (row.accepted && first !== digit) return { text: `${first} → ${digit}`, style: 'good' }
    return digit === written[place] || (row.accepted && !plain)
      ? { text: String(digit) }
      : { text: String(digit), style: plain ? 'bad' : 'doubtful' }
  })
  const labels = row.last.map((digit, place): Note | undefined =>
    digit === written[place] ? undefined : { text: `label ${written[place]}`, style: 'dim' },
  )
  return [
    ...wrapped(`Row ${index + 1}: ${caption}`, width).map((line) => paint(style, line)),
    ...rowPicture(
      (trial.sheet.rows[index] ?? []).map((image) => images.image(image)),
      [read, labels],
      width,
      paint,
    ),
  ]
}

const outcomeLines = (trial: LedgerTrial, plain: boolean, { width, paint }: ScreenOptions): string[] => {
  const { rows, sum, report } = trial.outcome
  const numbered = rows.map((row, index) => ({ row, number: index + 1 }))
  const accepted = numbered.filter(({ row }) => row.accepted)
  const mended = accepted.filter(({ row }) => row.rejections > 0)
  const reported = numbered.filter(({ row }) => !row.accepted)
  const reads = rows.reduce((all, row) => all + row.reads, 0)
  const { silentlyWrong } = trial.score.rows
  const read = plain
    ? `${count(accepted.length)} of ${counted(rows.length, 'row')}, unchecked`
    : `${count(accepted.length)} of ${counted(rows.length, 'row')}: ${count(accepted.length - mended.length)} at once, ${count(mended.length)} mended`
  const missing = `${reported.length === 1 ? 'row' : 'rows'} ${listed(reported.map(({ number }) => number))}`
  const entries: (readonly [string, string, Parameters<Paint>[0]?])[] = [
    ['Read', read],
    ...(reported.length === 0
      ? []
      : [['Unreadable', `${missing}: reported, not guessed`, 'doubtful'] as const]),
    ['Sum', `${count(sum.total)}${sum.missing === 0 ? '' : `, without ${missing}`}`],
    [
      'Cost',
      `${counted(reads, 'read')}, ${(reads / rows.length / ROW_DIGITS).toFixed(2)} a digit, in ${duration(report.durationMs)}`,
    ],
    silentlyWrong === 0
      ? ['Labels', 'looked at only now: every row that was accepted is right', 'good']
      : [
          'Labels',
          `looked at only now: ${count(silentlyWrong)} of the accepted rows ${silentlyWrong === 1 ? 'is' : 'are'} wrong, and nothing said so`,
          'bad',
        ],
  ]
  return entries.flatMap(([label, text, style]) =>
    labelled(label, text, width).map((line) => (style === undefined ? line : paint(style, line))),
  )
}

const shownNumbers = 8

const listed = (numbers: readonly number[]): string => {
  const shown = numbers.slice(0, shownNumbers)
  const more = numbers.length - shown.length
  if (more > 0) return `${shown.join(', ')} and ${count(more)} more`
  return shown.length < 2 ? shown.join() : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}

const labelWidth = 12

/** A label and what there is to say of it, further lines indented. */
export const labelled = (label: string, text: string, width: number): string[] =>
  wrapped(text, width - labelWidth).map((line, index) => (index === 0 ? label : '').padEnd(labelWidth) + line)
