import { count, counted, percent, wrapped } from '@kilostep/core'
import type { PoolName } from './assets.ts'
import { ledgerInterval } from './image-bootstrap.ts'
import { ROW_DIGITS } from './ledger.ts'
import type { ScreenOptions } from './story.ts'
import { type LedgerTrials, runTrials, type TrialsOptions } from './trials.ts'

/** Rows of the ledgers that are measured, and how many of them: about as much work each, so far as it tells anything. */
const SIZES = [
  { rows: 1, trials: 300 },
  { rows: 10, trials: 100 },
  { rows: 100, trials: 30 },
] as const

const POOLS: readonly { readonly pool: PoolName; readonly name: string }[] = [
  { pool: 'test', name: 'test images' },
  { pool: 'validation', name: 'second pool' },
]

export type TargetOptions = Pick<TrialsOptions, 'seed' | 'concurrency'> & {
  readonly target: number
  /** Only ledgers of so many rows. Default: of 1, 10 and 100. */
  readonly rows?: number
  /** So many ledgers of each size. */
  readonly trials?: number
  /** Only this pool. Default: both. */
  readonly pool?: PoolName
}

/** What ledgers of one size, composed of the images of one pool, came to. */
export type TargetLine = {
  readonly pool: PoolName
  readonly name: string
  readonly rows: number
  readonly trials: LedgerTrials
  /** 95 %, over images as well as ledgers. */
  readonly interval: { readonly low: number; readonly high: number }
}

/** What will be measured: how many ledgers in all. */
export const targetPlan = ({ rows, trials, pool }: TargetOptions) =>
  POOLS.filter(({ pool: one }) => pool === undefined || one === pool).flatMap(({ pool: one, name }) =>
    (rows === undefined
      ? SIZES
      : [{ rows, trials: SIZES.findLast((size) => size.rows <= rows)?.trials ?? 1 }]
    ).map((size) => ({ pool: one, name, rows: size.rows, trials: trials ?? size.trials })),
  )

/** Measures every size on every pool; stops early where `onTrial` answers false. */
export const measureTarget = async (
  options: TargetOptions,
  onTrial: (done: number) => boolean = () => true,
): Promise<readonly TargetLine[]> => {
  const { target, seed, concurrency } = options
  const lines: TargetLine[] = []
  let before = 0
  for (const { pool, name, rows, trials } of targetPlan(options)) {
    const all = { rows, trials, plain: false, target, seed: `${seed}-${pool}-${rows}`, pool, concurrency }
    const made = await runTrials(all, (done) => onTrial(before + done))
    before += made.report.trials
    const measured = made.report.trials * rows
    lines.push({
      pool,
      name,
      rows,
      trials: made,
      interval: ledgerInterval({ failed: made.failed, measured, rows }),
    })
    if (made.report.trials < trials) break
  }
  return lines
}

/** The whole measurement as one document. */
export const targetDocument = (target: number, lines: readonly TargetLine[]) => ({
  kilostep: 1,
  type: 'ledger-target',
  target,
  lines: lines.map(({ pool, rows, trials, interval }) => ({
    pool,
    digits: rows * ROW_DIGITS,
    reached: trials.report.success.targetMet,
    // Over ledgers and images; the report's own interval is over ledgers alone.
    interval,
    rows: trials.rows,
    readsPerDigit: readsOf(trials, rows),
    report: trials.report,
  })),
})

const readsOf = ({ report }: LedgerTrials, rows: number) => {
  const digits = report.trials * rows * ROW_DIGITS
  const strong = report.kinds.find(({ worker }) => worker === 'read-digit-strong')?.firstAttempt.n ?? 0
  const checks = report.trials * rows
  return { strong: strong / digits, all: (report.attempts.started - checks) / digits }
}

/** What somebody needs to know before the figures. */
export const targetIntroduction = (target: number, { width, paint }: ScreenOptions): string[] => {
  const how = [
    'Three looks at each digit that agree, or a stronger network where they do not or are not sure.',
    'Where the check digits of a row do not fit, the stronger network looks at all of it; then the likeliest row that fits is taken, or the row is reported.',
  ]
  return [
    ...wrapped(
      `Handwritten ledgers, to be right from the first digit to the last ${percent(target)} of the time.`,
      width,
    ).map((line) => paint('bold', line)),
    ...wrapped(how.join(' '), width),
  ]
}

/** The measurement for people: a block for each pool, and what to make of it. */
export const targetScreen = (
  target: number,
  lines: readonly TargetLine[],
  screen: ScreenOptions,
): string[] => {
  const { width, paint } = screen
  const blocks = POOLS.flatMap(({ pool, name }) => {
    const mine = lines.filter((line) => line.pool === pool)
    return mine.length === 0
      ? []
      : ['', paint('bold', `${capital(name)}:`), ...mine.flatMap((line) => block(target, line, screen))]
  })
  const missed = lines.filter(({ trials }) => trials.report.success.targetMet === false)
  const verdict =
    missed.length === 0
      ? `The target of ${percent(target)} was reached everywhere.`
      : `The target of ${percent(target)} was missed ${listed(missed.map(({ name, rows }) => `at ${count(rows * ROW_DIGITS)} digits on the ${name}`))}.`
  const warnings = [
    verdict,
    'Looks at one image mostly agree, right or wrong, and the runs cannot know by how much: what they predicted is no promise. The interval is over other images as well as other ledgers.',
    'The settings were frozen on the second pool, and nothing was trained on either.',
  ]
  return [
    ...blocks,
    '',
    ...warnings.flatMap((text, at) =>
      wrapped(text, width).map((line) => (at === 0 ? paint('bold', line) : line)),
    ),
  ]
}

const block = (target: number, line: TargetLine, { width, paint }: ScreenOptions): string[] => {
  const { rows, trials, interval } = line
  const { measured, predicted, naive } = trials.report.success
  const { right, reported, silentlyWrong } = trials.rows
  const reached = (measured ?? 0) >= target
  const head = `${counted(rows * ROW_DIGITS, 'digit')}: ${percent(measured ?? 0)} of ${counted(trials.report.trials, 'ledger')} all right (${percent(interval.low)} to ${percent(interval.high)}): ${reached ? 'reached' : 'missed'}`
  const all = right + reported + silentlyWrong
  const told = [
    `predicted ${percent(predicted)}, with one read each ${percent(naive)}`,
    `of ${counted(all, 'row')} ${count(reported)} reported as unreadable, ${count(silentlyWrong)} wrong without a word`,
    `${readsOf(trials, rows).all.toFixed(2)} attempts a digit, ${readsOf(trials, rows).strong.toFixed(2)} of them by the stronger reader`,
  ]
  return [
    ...wrapped(head, width - 2).map((text) => paint(reached ? 'good' : 'bad', `  ${text}`)),
    ...told.flatMap((text) => wrapped(text, width - 4).map((each) => `    ${each}`)),
  ]
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

const listed = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join() : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`
