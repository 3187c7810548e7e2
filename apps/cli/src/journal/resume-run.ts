import { counted, KilostepError, type Plan, quote } from '@kilostep/core'
import { createEngine, type Engine, type Journal, planWorkers, type Run } from 'kilostep'
import type { Io } from '../io.ts'
import { type LoadedPlan, loadPlan } from '../plan-file/load-plan.ts'
import { follow, soon } from '../run/follow.ts'
import { type RunFlags, readRunFlags, runOptionsOf } from '../run/options.ts'
import { requireWritable } from '../run/output-files.ts'
import { pageFiles } from '../run/report-pages.ts'
import { crewOfPlan } from '../task/crew-of-plan.ts'
import { parted } from '../task/flags.ts'
import { openJournal, openLog } from './open-journal.ts'

type Begin = (engine: Engine, plan: { readonly plan?: Plan }, flags: RunFlags) => Promise<Run>

/**
 * Goes on with a run that a journal holds, and reports. Returns the exit code.
 *
 * @param file the run's plan; without it, the journal's, whose own paths are then relative to the current folder.
 * @throws KilostepError where nothing could be run.
 */
export function resumeRun(run: string, file: string | undefined, given: unknown, io: Io): Promise<number> {
  return goOn(run, file, given, io, (engine, plan) => engine.resume(run, plan))
}

/**
 * Starts a run that goes on from the middle of another, and reports. Returns the exit code.
 *
 * @throws KilostepError where nothing could be run.
 */
export function forkRun(source: string, file: string | undefined, given: unknown, io: Io): Promise<number> {
  return goOn(source, file, given, io, async (engine, plan, flags) => {
    const named = flags.run === undefined ? undefined : { run: flags.run }
    const from = flags.from as string
    const run = await engine.fork(source, { ...plan, ...runOptionsOf(flags), ...named, from })
    const { succeeded, planned } = run.report().subtasks
    const rest = counted(planned - succeeded, 'subtask')
    const kept = `${counted(succeeded, 'answer')} kept, ${rest} to do as far as is known`
    if (!flags.quiet) io.stderr.write(`Run ${quote(run.id)}, from ${quote(source)}: ${kept}\n`)
    return run
  })
}

async function goOn(
  run: string,
  file: string | undefined,
  given: unknown,
  io: Io,
  begin: Begin,
): Promise<number> {
  const { task, rest } = parted(given)
  const flags = readRunFlags(rest)
  const stopDiverting = io.divertStray((text) => io.stderr.write(text))
  try {
    const journal = openJournal(flags.journal as string, io.folder)
    try {
      const files = {
        '--journal': flags.journal,
        '--events': flags.events,
        '--report': flags.report,
        '--output': flags.output,
        ...pageFiles(flags),
      }
      requireWritable(files, file === undefined || file === '-' ? [] : [file], io.folder)
      return await resumed(run, file, journal, flags, task, io, begin)
    } finally {
      await journal.close?.()
    }
  } finally {
    stopDiverting()
  }
}

async function resumed(
  id: string,
  file: string | undefined,
  journal: Journal,
  flags: RunFlags,
  task: Record<string, unknown>,
  io: Io,
  begin: Begin,
): Promise<number> {
  const crew = await crewOfPlan(task, io)
  const loaded =
    file === undefined
      ? await loggedPlan(id, journal, io)
      : await loadPlan(file, io, { export: flags.export, workers: crew.known })
  const { allowCommands, passEnv, concurrency } = flags
  const { plan, workers, folder } = loaded
  const own = await planWorkers(plan, { folder, allowCommands, ...(passEnv && { env: passEnv }) })
  const engine = createEngine({
    journal,
    workers: [...workers, ...own, ...crew.workers(plan)],
    ...(concurrency === undefined ? undefined : { concurrency }),
  })
  try {
    await openLog(journal, id)
    const run = await begin(engine, file === undefined ? {} : { plan }, flags)
    return await follow(run, file, flags, io)
  } catch (error) {
    if (file !== undefined || !(error instanceof KilostepError) || error.code !== 'unknown-worker')
      throw error
    throw new KilostepError(
      'unknown-worker',
      `The workers of run ${quote(id)} are in a module. Say which: kilostep ${flags.from === undefined ? 'resume' : 'fork'} ${id} plan.ts --journal ${flags.journal} (or --workers FILE; or --model, where a model did the work).`,
    )
  } finally {
    await soon(engine.close())
  }
}

async function loggedPlan(id: string, journal: Journal, io: Io): Promise<LoadedPlan> {
  const log = await openLog(journal, id)
  for await (const event of log.read(0)) {
    if (event.type === 'run-started') return { plan: event.plan as Plan, workers: [], folder: io.folder }
    break
  }
  throw new KilostepError('journal-damaged', `Run ${quote(id)} does not begin with its plan.`)
}
