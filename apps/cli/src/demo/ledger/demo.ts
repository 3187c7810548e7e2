import { counted, percent, reportText, wrapped } from '@kilostep/core'
import { useColor } from '../../color.ts'
import { exitCode } from '../../exit-code.ts'
import type { Io } from '../../io.ts'
import { loadImages } from './assets.ts'
import { comparison, trialsBar } from './comparison.ts'
import { createPaint } from './paint.ts'
import { loadRecord } from './record.ts'
import { introduction, labelled, type ScreenOptions, story } from './story.ts'
import { measureTarget, targetDocument, targetIntroduction, targetPlan, targetScreen } from './target.ts'
import { ledgerWorkers, runTrial, runTrials, type TrialsOptions } from './trials.ts'

/** What was said on the command line of `demo ledger`. */
export interface LedgerDemoOptions {
  /** Default 10, towards a target 1, 10 and 100. */
  readonly rows?: number
  /** Default 1, towards a target as many as tell something. */
  readonly trials?: number
  /** One attempt a digit, and no check. */
  readonly plain: boolean
  /** Which ledgers, and how each read looks at its image. Default 18. */
  readonly seed?: string | number
  /** Default: test, towards a target both. */
  readonly pool?: 'test' | 'validation'
  /** The compound success to work towards, over 0 and under 1. */
  readonly target?: number
  /** Default 16. The reader never waits, so that it makes no difference but to who comes first. */
  readonly concurrency?: number
  readonly json: boolean
}

/** What the demo needs of the world. */
export type DemoIo = Pick<Io, 'stdout' | 'stderr' | 'env' | 'onInterrupt'>

// Its ten rows show a row mended and one reported, and its rates are about those of all seeds together.
const defaultSeed = 18

/** Rows that the comparison reads each way, so that it takes seconds; fewer ledgers where they are longer. */
const comparedRows = 2_000
const mostCompared = 200
const fewestCompared = 10

/**
 * Transcribes ledgers and shows what came of it: the story of one, or the figures of several. A row that cannot be
 * read is what the demo is there to show, so that it ends with 0 when it could measure, and with 130 when it was
 * interrupted.
 *
 * @returns the exit code.
 */
export async function runLedgerDemo(options: LedgerDemoOptions, io: DemoIo): Promise<number> {
  const { rows = 10, trials = 1, plain, pool = 'test', concurrency = 16, json } = options
  const seed = String(options.seed ?? defaultSeed)
  const all: TrialsOptions = { rows, trials, plain, seed, pool, concurrency }
  const progress = watchProgress(io)
  try {
    if (options.target !== undefined) await showTarget({ ...options, target: options.target }, io, progress)
    else if (json) {
      const { report } = await runTrials(all, progress.of(trials))
      if (!progress.interrupted) io.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
    } else if (trials > 1) await showTrials(all, io, progress)
    else await showLedger(all, io, progress)
  } finally {
    progress.end()
  }
  return progress.interrupted ? exitCode.interrupted : exitCode.succeeded
}

/** What working towards a target comes to, on ledgers of several sizes. */
const showTarget = async (
  options: LedgerDemoOptions & { readonly target: number },
  io: DemoIo,
  progress: Progress,
): Promise<void> => {
  const { target, concurrency = 16, json } = options
  const screen = screenOf(io)
  const all = { ...options, concurrency, seed: String(options.seed ?? defaultSeed) }
  if (!json) print(io, targetIntroduction(target, screen))
  const planned = targetPlan(all).reduce((sum, { trials }) => sum + trials, 0)
  const lines = await measureTarget(all, progress.of(planned))
  progress.clear()
  if (progress.interrupted) return
  if (json) io.stdout.write(`${JSON.stringify(targetDocument(target, lines), null, 2)}\n`)
  else print(io, targetScreen(target, lines, screen))
}

/** The figures of several ledgers. */
const showTrials = async (options: TrialsOptions, io: DemoIo, progress: Progress): Promise<void> => {
  const screen = screenOf(io)
  const trials = await runTrials(options, progress.of(options.trials))
  progress.clear()
  const way = options.plain ? 'One read each, no check' : 'A check a row, and rejected rows read again'
  const label = `${way}: ${counted(trials.report.trials, 'ledger')} of ${counted(options.rows, 'row')}`
  const { right, reported, silentlyWrong } = trials.rows
  const all = right + reported + silentlyWrong
  const rows = `Of ${counted(all, 'row')} ${percent(right / all)} are right, ${percent(reported / all)} reported as unreadable, ${percent(silentlyWrong / all)} wrong and nothing says so.`
  print(io, [...trialsBar(label, trials, screen), ...wrapped(rows, screen.width), ''])
  io.stdout.write(reportText(trials.report, { width: screen.width, color: useColor(io.stdout, io.env) }))
}

/** One ledger as a story, then many both ways. */
const showLedger = async (options: TrialsOptions, io: DemoIo, progress: Progress): Promise<void> => {
  const { rows, plain, pool } = options
  const screen = screenOf(io)
  const read = loadRecord()['read-digit']
  print(io, introduction(rows, (read?.right ?? 0) / (read?.of ?? 1), screen))
  const trial = await runTrial(options, 0, ledgerWorkers(pool))
  print(io, story(trial, loadImages(pool), plain, screen))
  const trials = Math.min(mostCompared, Math.floor(comparedRows / rows))
  if (trials >= fewestCompared && !progress.interrupted) {
    const more = { ...options, trials, seed: `${options.seed}-more` }
    const plainTrials = await runTrials({ ...more, plain: true }, progress.of(2 * trials))
    const checkedTrials = await runTrials({ ...more, plain: false }, progress.of(2 * trials, trials))
    progress.clear()
    if (progress.interrupted) return
    print(io, ['', ...comparison(rows, plainTrials, checkedTrials, screen)])
  }
  print(io, ['', ...nextSteps(io, screen)])
}

const nextSteps = (io: DemoIo, { width, paint }: ScreenOptions): string[] => {
  // Within the repository there is no command of that name on the path.
  const command = io.env['npm_lifecycle_event'] === undefined ? 'kilostep' : 'npm run -s kilostep --'
  const bigger = `${command} demo ledger --target 0.9`
  return [
    ...labelled('Try next', bigger, width).map((line) => paint('bold', line)),
    ...labelled(
      '',
      'the same at 10, 100 and 1,000 digits with votes, a stronger reader and a target; then a plan of your own, as README.md shows',
      width,
    ),
  ]
}

const print = (io: DemoIo, lines: readonly string[]): void => {
  io.stdout.write(`${lines.join('\n')}\n`)
}

const widest = 100
const narrowest = 40

const screenOf = (io: DemoIo): ScreenOptions => ({
  width: Math.max(narrowest, Math.min(widest, io.stdout.columns)),
  paint: createPaint(useColor(io.stdout, io.env)),
})

type Progress = {
  readonly interrupted: boolean
  /** Says how many of so many ledgers are done, and whether to go on. */
  of(all: number, before?: number): (done: number) => boolean
  clear(): void
  end(): void
}

/** One line on a terminal that says how far it is, and an eye on Ctrl-C. */
const watchProgress = (io: DemoIo): Progress => {
  let interrupted = false
  let shown = false
  let shownAt = 0
  const unwatch = io.onInterrupt(() => {
    interrupted = true
  })
  const clear = () => {
    if (shown) io.stderr.write('\r\u001b[K')
    shown = false
  }
  return {
    get interrupted() {
      return interrupted
    },
    of:
      (all, before = 0) =>
      (done) => {
        const now = performance.now()
        if (io.stderr.isTTY && all > 1 && now - shownAt > 100) {
          io.stderr.write(`\r\u001b[K${before + done} of ${counted(all, 'ledger')} …`)
          shown = true
          shownAt = now
        }
        return !interrupted
      },
    clear,
    end: () => {
      clear()
      unwatch()
    },
  }
}
