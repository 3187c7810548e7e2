import { KilostepError, reportText } from '@kilostep/core'
import type { Run, RunResult } from 'kilostep'
import { useColor } from '../color.ts'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { answerText } from './answer-text.ts'
import { heedInterrupts, resumeText, signalCodes } from './interrupt.ts'
import type { RunFlags } from './options.ts'
import { type LinesFile, openLines, writeWhole } from './output-files.ts'
import { writePages } from './report-pages.ts'
import { watchRun } from './watch.ts'

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
  const stopWatching = flags.quiet ? () => undefined : watchRun(run, io)
  const interrupts = heedInterrupts(run, plan, flags, io, () => events?.flush())
  let result: RunResult<unknown>
  try {
    result = await run.result
  } catch (error) {
    const signal = interrupts.end()
    if (signal === undefined || !(error instanceof KilostepError) || error.code !== 'drained') throw error
    await run.drain()
    await written
    stopWatching()
    io.stderr.write(resumeText(run, plan, flags))
    return signalCodes[signal]
  } finally {
    stopWatching()
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
