import type { PlannerTask } from '@kilostep/ai'
import {
  count,
  counted,
  dollars,
  type Fault,
  KilostepError,
  type PredictOptions,
  plainText,
} from '@kilostep/core'
import type { DefinedPlan, Planner, Spend, SplitTask, Worker } from 'kilostep'
import type { Io } from '../io.ts'
import { readText } from '../plan-file/read-text.ts'
import { writeWhole } from '../run/output-files.ts'
import type { TaskFlags } from './flags.ts'
import { loadWorkers } from './task-workers.ts'

const maxGivenBytes = 256 * 1_048_576
/** A plan names every worker and what was wrong before; what a worker reads and says is short, so that a budget goes far. */
const planTokens = { maxInputTokens: 128_000, maxOutputTokens: 16_000 }
const workTokens = { maxInputTokens: 32_000, maxOutputTokens: 4_096 }
const shownFaults = 20

/** A task with who plans it and who does it. */
export interface TaskCrew {
  readonly planner: Planner<PlannerTask>
  /** What plans may name: those of a module, or general ones on the model; and what splits further. */
  readonly workers: readonly Worker[]
  /** Puts another way in the place of what failed of a task. */
  readonly replanner: (task: string) => Worker
}

/**
 * The planner and the workers for a task, from the options of the command line. Asks nobody yet.
 *
 * @throws KilostepError with what is wrong with options or files.
 */
export async function taskCrew(
  name: string,
  flags: TaskFlags,
  predict: PredictOptions,
  io: Io,
): Promise<TaskCrew> {
  const { defineModel, generalWorkers, judge, modelPlanner, resolveModel } = await import('@kilostep/ai')
  const { replanWorker, splitWorker } = await import('kilostep')
  const env = { ...io.env }
  // A key that is missing is told before anything else is done.
  await resolveModel(name, { env })
  if (flags.judge !== undefined) await resolveModel(flags.judge, { env })
  const price = flags.price && { price: flags.price }
  const judgePrice = flags.judgePrice && { price: flags.judgePrice }
  const rubric = 'The answer does what the instruction asks for, completely, and says nothing that is not so.'
  const model = defineModel(name, { env, ...workTokens, ...price })
  const workers =
    flags.workers !== undefined
      ? await loadWorkers(flags.workers, io)
      : flags.judge === undefined
        ? generalWorkers({ model })
        : generalWorkers({
            model,
            judge: judge({ model: defineModel(flags.judge, { env, ...workTokens, ...judgePrice }), rubric }),
          })
  const planner = modelPlanner({
    model: defineModel(name, { env, ...planTokens, ...price }),
    predict,
    ...(flags.samples === undefined ? undefined : { samples: flags.samples }),
  })
  const rounds = flags.rounds === undefined ? undefined : { rounds: flags.rounds }
  const split =
    flags.depth === 0
      ? []
      : [splitWorker({ planner: planner as Planner<SplitTask>, workers, maxDepth: flags.depth, ...rounds })]
  const all = [...workers, ...split]
  const replanner = (task: string): Worker => replanWorker({ planner, task, workers: all, ...rounds })
  return { planner, workers: all, replanner }
}

/** A plan with what making it took. */
export interface MadePlan {
  readonly plan: DefinedPlan
  readonly rounds: number
  readonly spent: Spend
}

/**
 * Has the model split the task; tells each round on standard error.
 *
 * @throws KilostepError `no-plan` with every fault of the last round.
 */
export async function makePlan(
  task: string,
  crew: TaskCrew,
  flags: TaskFlags & { readonly quiet?: boolean },
  io: Io,
): Promise<MadePlan> {
  const { planTask } = await import('kilostep')
  const given = flags.given === undefined ? undefined : await readGiven(flags.given, io)
  const spent = { usd: 0, tokens: 0 }
  const stop = new AbortController()
  const heed = io.onInterrupt(() => stop.abort(new KilostepError('interrupted', 'Interrupted with Ctrl-C.')))
  let rounds = 0
  const tell = (text: string): void => {
    if (flags.quiet !== true) io.stderr.write(`${text}\n`)
  }
  try {
    const plan = await planTask<PlannerTask>(given === undefined ? task : { task, given }, crew.planner, {
      workers: crew.workers,
      signal: stop.signal,
      ...(flags.rounds === undefined ? undefined : { rounds: flags.rounds }),
      spend: ({ usd = 0, tokens = 0 }) => {
        spent.usd += usd
        spent.tokens += tokens
      },
      onRound: ({ round, mended, faults }) => {
        rounds = round
        for (const { message } of mended) tell(`Mended: ${plainText(message)}`)
        if (faults.length > 0) tell(refused(round, faults))
      },
    })
    const price = spent.usd > 0 ? `, ${dollars(spent.usd)}` : ''
    tell(`Planned in ${counted(rounds, 'round')}: ${count(spent.tokens)} tokens${price}.`)
    save(plan, flags, io)
    return { plan, rounds, spent }
  } finally {
    heed()
  }
}

function refused(round: number, faults: readonly Fault[]): string {
  const shown = faults.slice(0, shownFaults).map(({ message }) => `  - ${plainText(message)}`)
  if (faults.length > shownFaults) shown.push(`  … and ${faults.length - shownFaults} more`)
  return [`Round ${round}: the plan cannot be used, and the model is told why:`, ...shown].join('\n')
}

function save({ data }: DefinedPlan, { save: file }: TaskFlags, io: Io): void {
  if (file === undefined) return
  const problem = writeWhole(file, io.folder, `${JSON.stringify(data, null, 2)}\n`)
  if (problem !== undefined) throw new KilostepError('output', problem)
  io.stderr.write(
    `The plan is in ${file}: change it as you like, and run it with the same --model and --workers.\n`,
  )
}

async function readGiven(file: string, io: Io): Promise<unknown> {
  const text = file === '-' ? await io.readStdin() : await readText(file, io.folder, maxGivenBytes)
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new KilostepError('given', `${JSON.stringify(file)} is not JSON: ${(error as Error).message}`)
  }
}
