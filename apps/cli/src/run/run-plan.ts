import { reportText } from '@kilostep/core'
import { createEngine, planWorkers, type Run, type RunResult } from 'kilostep'
import { useColor } from '../color.ts'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { loadPlan } from '../plan-file/load-plan.ts'
import { answerText } from './answer-text.ts'
import { type RunFlags, readRunFlags, runOptionsOf } from './options.ts'
import { type LinesFile, openLines, requireWritable, writeWhole } from './output-files.ts'
import { pageFiles, writePages } from './report-pages.ts'
import { watchRun } from './watch.ts'

const disposeMs = 5_000
const bufferMs = 500
const signalCodes = { SIGINT: exitCode.interrupted, SIGTERM: 143 } as const

/**
 * Executes a plan file and reports. Returns the exit code.
 *
 * @throws KilostepError where nothing could be run: options, plan, workers or files.
 */
export async function runPlan(file: string, given: unknown, io: Io): Promise<number> {
  const flags = readRunFlags(given)
  // Modules of a plan may print while they are loaded, too.
  const stopDiverting = io.divertStray((text) => io.stderr.write(text))
  try {
    const { plan, workers, folder } = await loadPlan(file, io, { export: flags.export })
    const files = {
      '--events': flags.events,
      '--report': flags.report,
      '--output': flags.output,
      ...pageFiles(flags),
    }
    requireWritable(files, file === '-' ? [] : [file], io.folder)
    const { allowCommands, passEnv, concurrency } = flags
    const own = await planWorkers(plan, { folder, allowCommands, ...(passEnv && { env: passEnv }) })
    const engine = createEngine({
      workers: [...workers, ...own],
      ...(concurrency === undefined ? undefined : { concurrency }),
    })
    const run = engine.start(plan, runOptionsOf(flags))
    const code = await follow(run, flags, io)
    await soon(engine.close())
    return code
  } finally {
    stopDiverting()
  }
}

async function follow(run: Run, flags: RunFlags, io: Io): Promise<number> {
  const events = flags.events === undefined ? undefined : openLines(flags.events, io.folder)
  const written = events === undefined ? undefined : writeEvents(run, events)
  const stopWatching = flags.quiet ? () => undefined : watchRun(run, io)
  const interrupts = heedInterrupts(run, io, () => events?.flush())
  let result: RunResult<unknown>
  try {
    result = await run.result
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
  if (interrupted !== undefined) return signalCodes[interrupted]
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

/** The first Ctrl-C cancels the run, which then reports; the second ends the process at once. */
function heedInterrupts(
  run: Run,
  io: Io,
  beforeEnd: () => void,
): { end(): 'SIGINT' | 'SIGTERM' | undefined } {
  let first: 'SIGINT' | 'SIGTERM' | undefined
  const end = io.onInterrupt((signal) => {
    if (first !== undefined) {
      beforeEnd()
      io.exitNow(signalCodes[first])
      return
    }
    first = signal
    io.stderr.write('\nStopping: attempts in flight are told to. Ctrl-C again ends at once.\n')
    run.cancel(signal === 'SIGINT' ? 'Interrupted with Ctrl-C.' : 'Asked to end with SIGTERM.')
  })
  return {
    end() {
      end()
      return first
    },
  }
}

/** Workers give back what they hold; one that never does must not hold the command. */
async function soon(closing: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, disposeMs)
  await Promise.race([closing, promise])
  clearTimeout(timer)
}
