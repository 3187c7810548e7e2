import { count, dollars, predictionText } from '@kilostep/core'
import { type PilotResult, pilot, planWorkers, predict, type Worker } from 'kilostep'
import { useColor } from '../color.ts'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { type LoadedPlan, loadPlan } from '../plan-file/load-plan.ts'
import { readText } from '../plan-file/read-text.ts'
import { requireWritable, writeWhole } from '../run/output-files.ts'
import { crewOfPlan } from '../task/crew-of-plan.ts'
import { parted } from '../task/flags.ts'
import { type PredictFlags, predictOptionsOf, readPredictFlags } from './flags.ts'

const maxRecordBytes = 64 * 1_048_576

/**
 * Predicts what a plan would come to; tries its workers first where a pilot is asked for. Returns the exit code.
 *
 * @throws KilostepError with what is wrong with options, plan, workers or files.
 */
export async function predictPlan(file: string, given: unknown, io: Io): Promise<number> {
  const { task, rest } = parted(given)
  const flags = readPredictFlags(rest)
  const stopDiverting = io.divertStray((text) => io.stderr.write(text))
  try {
    const { known } = await crewOfPlan(task, io)
    const read = await loadPlan(file, io, { export: flags.export, workers: known })
    const loaded = { ...read, workers: [...read.workers, ...known] }
    const inputs = [file, flags.record].filter((one) => one !== undefined && one !== '-') as string[]
    requireWritable({ '--save-record': flags.saveRecord }, inputs, io.folder)
    const text =
      flags.record === undefined ? undefined : await readText(flags.record, io.folder, maxRecordBytes)
    const options = predictOptionsOf(flags, text)
    const tried = flags.pilot === undefined ? undefined : await tryOut(loaded, flags, flags.pilot, io)
    const workers = tried?.workers ?? loaded.workers
    const prediction = predict(loaded.plan, {
      ...options,
      workers,
      ...(tried === undefined ? undefined : { pilot: tried.result }),
    })
    const { stdout, env } = io
    if (flags.json) stdout.write(`${JSON.stringify(prediction, null, 2)}\n`)
    else stdout.write(predictionText(prediction, { color: useColor(stdout, env), width: stdout.columns }))
    const problem =
      flags.saveRecord === undefined || tried === undefined
        ? undefined
        : writeWhole(flags.saveRecord, io.folder, `${JSON.stringify(tried.result.record, null, 2)}\n`)
    if (problem !== undefined) io.stderr.write(`kilostep: ${problem}\n`)
    const silent = tried !== undefined && tried.result.attempts === 0
    return problem === undefined && !silent ? exitCode.succeeded : exitCode.failed
  } finally {
    stopDiverting()
  }
}

async function tryOut(
  { plan, workers, folder }: LoadedPlan,
  flags: PredictFlags,
  subtasks: number,
  io: Io,
): Promise<{ readonly result: PilotResult; readonly workers: readonly Worker[] }> {
  const { votes, seed, allowCommands, passEnv, budgetAttempts, budgetUsd } = flags
  const own = await planWorkers(plan, { folder, allowCommands, ...(passEnv && { env: passEnv }) })
  const all = [...workers, ...own]
  const stop = new AbortController()
  const heed = io.onInterrupt(() => stop.abort(new Error('Interrupted with Ctrl-C.')))
  try {
    const result = await pilot(plan, {
      workers: all,
      subtasks,
      signal: stop.signal,
      ...(votes === undefined ? undefined : { votes }),
      ...(seed === undefined ? undefined : { seed }),
      ...(budgetAttempts === undefined ? undefined : { attempts: budgetAttempts }),
      ...(budgetUsd === undefined ? undefined : { budget: { usd: budgetUsd } }),
    })
    const paid = result.spent.usd > 0 ? `, ${dollars(result.spent.usd)}` : ''
    io.stderr.write(
      `Pilot: ${count(result.attempts)} attempts at ${count(result.subtasks)} subtasks${paid}.\n`,
    )
    for (const { worker, reason } of result.unsampled)
      io.stderr.write(`Pilot: ${worker} could not be tried, because ${reason}.\n`)
    return { result, workers: all }
  } finally {
    heed()
    await Promise.allSettled(all.map(async (worker) => worker.dispose?.()))
  }
}
