import { KilostepError, plainText, quote, reportText } from '@kilostep/core'
import type { Run, RunResult } from 'kilostep'
import { useColor } from '../color.ts'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { answerText } from './answer-text.ts'
import { heedInterrupts, resumeText, signalCodes } from './interrupt.ts'
import type { RunFlags } from './options.ts'
import { type LinesFile, openLines, writeWhole } from './output-files.ts'
import { writePages } from './report-pages.ts'
import { type Watch, watchRun } from './watch.ts'

const disposeMs = 5_000
const bufferMs = 500

/**
 * Shows how a run goes on and what it came to, and writes what was asked for. Returns the exit code.
 *
 * @param plan the file of its plan, for whoever is told how to resume it.
 */
export async function follow(run: Run, plan: string | undefined, flags: RunFlags, io: Io): Promise<number> {
  const events = flags.events === undefined ? undefined : openLines(flags.events, io.folder)
  const written = events === undefined ? undefined : writeEvents(run, events)
  const watch = flags.quiet ? quietly(io) : watchRun(run, io)
  tellWaiting(run, flags, watch)
  const interrupts = heedInterrupts(run, plan, flags, io, () => events?.flush())
  let result: RunResult<unknown>
  try {
    result = await run.result
  } catch (error) {
    const signal = interrupts.end()
    if (signal === undefined || !(error instanceof KilostepError) || error.code !== 'drained') throw error
    await run.drain()
    await written
    watch.stop()
    io.stderr.write(resumeText(run, plan, flags))
    return signalCodes[signal]
  } finally {
    watch.stop()
  }
  await written
  const problems = [events?.problem, ...writeResults(result, flags, io)].filter((one) => one !== undefined)
  if (flags.json) io.stdout.write(`${JSON.stringify(result.report, null, 2)}\n`)
  else {
    if (result.status === 'succeeded') io.stdout.write(`${answerText(result.output)}\n`)
    const { stdout, env } = io
    io.stdout.write(reportText(result.report, { color: useColor(stdout, env), width: stdout.columns }))
  }
  for (const problem of problems) io.stderr.write(`kilostep: ${problem}\n`)
  const interrupted = interrupts.end()
  // A run with a journal that ended in spite of it is as good as any other.
  if (interrupted !== undefined && flags.journal === undefined) return signalCodes[interrupted]
  const fine = result.status === 'succeeded' && result.report.success.targetMet !== false
  return fine && problems.length === 0 ? exitCode.succeeded : exitCode.failed
}

/** Without progress, what has to be said is said all the same. */
function quietly(io: Io): Watch {
  return { say: (text) => io.stderr.write(`${text}\n`), stop: () => undefined }
}

/** Says what waits for a person, and in which words to decide; where nobody could, the run is cancelled. */
function tellWaiting(run: Run, flags: RunFlags, watch: Watch): void {
  const tell = (subtask: string): void => {
    const { journal } = flags
    if (journal === undefined) {
      run.cancel(
        `${quote(subtask)} waits for a person, and without --journal nobody else can be asked. Run the plan with --journal.`,
      )
      return
    }
    const words = `kilostep approve ${quote(run.id)} ${quote(subtask)} --journal ${quote(journal)}`
    watch.say(`${quote(subtask)} waits for you: ${words}`)
  }
  for (const { subtask } of run.waiting()) tell(subtask)
  run.on('decision-awaited', ({ subtask }) => tell(subtask))
  run.on('decision-refused', ({ subtask, message }) => {
    watch.say(`${quote(subtask)} waits on: ${plainText(message)}`)
  })
}

/** Every event from the first on; ends with the run. */
async function writeEvents(run: Run, file: LinesFile): Promise<void> {
  // Whoever follows the file sees what happened within half a second, and a crash costs no more than that.
  const timer = setInterval(() => file.flush(), bufferMs)
  timer.unref()
  try {
    for await (const event of run) file.add(event)
  } finally {
    clearInterval(timer)
    file.flush()
  }
}

function writeResults(result: RunResult<unknown>, flags: RunFlags, io: Io): (string | undefined)[] {
  const json = (value: unknown): string => `${JSON.stringify(value ?? null, null, 2)}\n`
  return [
    flags.report === undefined ? undefined : writeWhole(flags.report, io.folder, json(result.report)),
    ...writePages(result.report, flags, io),
    flags.output === undefined ? undefined : writeWhole(flags.output, io.folder, json(result.output)),
  ]
}

/** Workers give back what they hold; one that never does must not hold the command. */
export async function soon(closing: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, disposeMs)
  await Promise.race([closing, promise])
  clearTimeout(timer)
}
