import { resolve } from 'node:path'
import { KilostepError, quote } from '@kilostep/core'
import { createEngine, sqliteJournal, type Worker } from 'kilostep'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { follow, soon } from '../run/follow.ts'
import { readRunFlags, runOptionsOf } from '../run/options.ts'
import { requireWritable } from '../run/output-files.ts'
import { pageFiles } from '../run/report-pages.ts'
import { parted, readTaskFlags, requireModel, type TaskFlags } from './flags.ts'
import { makePlan, taskCrew } from './plan-task.ts'

/**
 * Has a model split a task, executes the plan and reports. Returns the exit code.
 *
 * @throws KilostepError with what is wrong with options or files, or `no-plan` with every fault.
 */
export async function runTask(task: string, given: unknown, io: Io): Promise<number> {
  const { task: own, rest } = parted(given)
  const flags = readTaskFlags(own)
  const about = readRunFlags(rest)
  const files = {
    '--events': about.events,
    '--report': about.report,
    '--output': about.output,
    '--journal': about.journal,
    '--save': flags.save,
    ...pageFiles(about),
  }
  requireWritable(files, [], io.folder)
  const options = runOptionsOf(about)
  if (options.budget?.usd !== undefined && flags.price === undefined) {
    throw new KilostepError(
      'usage',
      'Nobody can hold a model without a price to --budget-usd. Say what a million tokens cost, in and out: --price 0.25,2.',
    )
  }
  const restore = io.divertStray((text) => io.stderr.write(text))
  try {
    const { target } = options
    const crew = await taskCrew(requireModel(flags, task), flags, target === undefined ? {} : { target }, io)
    const { plan, spent } = await makePlan(task, crew, { ...flags, quiet: about.quiet }, io)
    const journal = about.journal === undefined ? undefined : sqliteJournal(resolve(io.folder, about.journal))
    const engine = createEngine({
      workers: replanning(crew.workers, crew.replanner(task), flags),
      ...(journal === undefined ? undefined : { journal }),
      ...(about.concurrency === undefined ? undefined : { concurrency: about.concurrency }),
    })
    const run = engine.start(plan, {
      ...options,
      ...replanOption(flags),
      ...(options.budget === undefined ? undefined : { budget: left(options.budget, spent) }),
      ...(about.run === undefined ? undefined : { run: about.run }),
    })
    if (journal !== undefined && !about.quiet) io.stderr.write(`Run ${quote(run.id)}\n`)
    const code = await follow(run, undefined, about, io)
    await soon(engine.close())
    await journal?.close?.()
    return code
  } catch (error) {
    if (!(error instanceof KilostepError) || error.code !== 'interrupted') throw error
    io.stderr.write('\nInterrupted while the model planned. Nothing was run.\n')
    return exitCode.interrupted
  } finally {
    restore()
  }
}

/** The workers of a run, with the one that plans anew where that may happen. */
export function replanning(workers: readonly Worker[], replanner: Worker, { replan }: TaskFlags): Worker[] {
  return replan === 0 ? [...workers] : [...workers, replanner]
}

/** What a run is told of planning anew. */
export function replanOption({ replan }: TaskFlags): { replan?: { worker: string; limit: number } } {
  return replan === 0 ? {} : { replan: { worker: 'replan', limit: replan } }
}

interface Budget {
  readonly attempts?: number | undefined
  readonly usd?: number | undefined
  readonly tokens?: number | undefined
}

/** Planning is paid from the same budget as what is planned. */
function left(
  budget: Budget,
  spent: { readonly usd: number; readonly tokens: number },
): { attempts?: number; usd?: number; tokens?: number } {
  const rest: { attempts?: number; usd?: number; tokens?: number } = {}
  if (budget.attempts !== undefined) rest.attempts = budget.attempts
  for (const unit of ['usd', 'tokens'] as const) {
    const limit = budget[unit]
    if (limit === undefined) continue
    rest[unit] = limit - spent[unit]
    if (limit > spent[unit]) continue
    throw new KilostepError(
      'budget',
      `Planning alone took ${spent[unit]} ${unit}, and --budget-${unit} is ${limit}. Nothing was run.`,
    )
  }
  return rest
}
