import { resolve } from 'node:path'
import { counted, quote } from '@kilostep/core'
import { createEngine, planWorkers, type Run, sqliteJournal } from 'kilostep'
import type { Io } from '../io.ts'
import { loadPlan } from '../plan-file/load-plan.ts'
import { crewOfPlan } from '../task/crew-of-plan.ts'
import { parted } from '../task/flags.ts'
import { follow, soon } from './follow.ts'
import { readRunFlags, runOptionsOf } from './options.ts'
import { requireWritable } from './output-files.ts'
import { pageFiles } from './report-pages.ts'

/**
 * Executes a plan file and reports. Returns the exit code.
 *
 * @throws KilostepError where nothing could be run: options, plan, workers or files.
 */
export async function runPlan(file: string, given: unknown, io: Io): Promise<number> {
  const { task, rest } = parted(given)
  const flags = readRunFlags(rest)
  // Modules of a plan may print while they are loaded, too.
  const stopDiverting = io.divertStray((text) => io.stderr.write(text))
  try {
    const crew = await crewOfPlan(task, io)
    const { plan, workers, folder } = await loadPlan(file, io, { export: flags.export, workers: crew.known })
    const files = {
      '--events': flags.events,
      '--report': flags.report,
      '--output': flags.output,
      '--journal': flags.journal,
      ...pageFiles(flags),
    }
    requireWritable(files, file === '-' ? [] : [file], io.folder)
    const { allowCommands, passEnv, concurrency } = flags
    const own = await planWorkers(plan, { folder, allowCommands, ...(passEnv && { env: passEnv }) })
    const journal = flags.journal === undefined ? undefined : sqliteJournal(resolve(io.folder, flags.journal))
    const engine = createEngine({
      workers: [...workers, ...own, ...crew.workers(plan)],
      ...(journal === undefined ? undefined : { journal }),
      ...(concurrency === undefined ? undefined : { concurrency }),
    })
    const named = flags.run === undefined ? undefined : { run: flags.run }
    const run = engine.start(plan, { ...runOptionsOf(flags), ...crew.options, ...named })
    if (journal !== undefined && !flags.quiet) io.stderr.write(`Run ${quote(run.id)}\n`)
    if (!flags.quiet) for (const line of beforehand(run)) io.stderr.write(`${line}\n`)
    const code = await follow(run, file, flags, io)
    await soon(engine.close())
    await journal?.close?.()
    return code
  } finally {
    stopDiverting()
  }
}

/** What is known before anything runs: what earlier runs taught, and what the target is expected to take. */
function beforehand({ learned, forecast }: Run): string[] {
  const known = learned.map(({ worker, runs }) => `${worker} from ${counted(runs, 'earlier run')}`)
  return [
    ...(known.length === 0 ? [] : [`Known beforehand: ${known.join(', ')}.`]),
    ...(forecast === undefined ? [] : [forecast.message]),
  ]
}
