import {
  compareGates,
  comparisonText,
  type GateReport,
  gateJunit,
  gateMarkdown,
  gateText,
  KilostepError,
  requireComparable,
} from '@kilostep/core'
import { digestOfInputs, runTrials, type TrialsOptions } from '@kilostep/testing'
import { useColor } from '../color.ts'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { requireWritable, writeWhole } from '../run/output-files.ts'
import { seedOf } from '../seed.ts'
import { gateOptionsOf, readTrialFlags, type TrialFlags } from './flags.ts'
import { type LoadedTrial, loadTrial } from './load-trial.ts'
import { readResults } from './results-file.ts'
import { watchTrials } from './watch-trials.ts'

/**
 * Tries a plan or a module's function until it is known whether it is good enough. Returns the exit code: 0 pass,
 * 1 fail, 3 inconclusive.
 *
 * @throws KilostepError where nothing could be tried.
 */
export async function tryOut(file: string, given: unknown, io: Io): Promise<number> {
  const flags = readTrialFlags(given)
  const stopDiverting = io.divertStray((text) => io.stderr.write(text))
  try {
    const before = flags.compare === undefined ? undefined : await readResults(flags.compare, io)
    const { save, markdown, junit } = flags
    const inputs = [file, flags.compare].filter((one) => one !== undefined && one !== '-') as string[]
    requireWritable({ '--save': save, '--markdown': markdown, '--junit': junit }, inputs, io.folder)
    await using loaded = await loadTrial(file, flags, io)
    const seed = seedFor(flags, before, loaded)
    const own = { ...loaded.options, ...gateOptionsOf(flags), ...seed }
    const { acrossPlans } = flags
    const options = before === undefined ? own : comparable(before, own, flags)
    const { report, interrupted } = await tried(options, flags, io)
    const compared =
      before === undefined ? report : { ...report, comparison: compareGates(before, report, { acrossPlans }) }
    const problems = show(compared, flags, io)
    return interrupted ? exitCode.interrupted : problems ? exitCode.failed : codeOf(compared, flags)
  } finally {
    stopDiverting()
  }
}

/** A comparison needs the seed of what it is compared with. */
function seedFor(
  { seed: said }: TrialFlags,
  before: GateReport | undefined,
  { options }: LoadedTrial,
): { readonly seed?: string | number } {
  if (before === undefined) return said === undefined ? {} : { seed: seedOf(said) }
  const other = said === undefined ? options.seed : seedOf(said)
  if (other === undefined || String(other) === String(before.seed)) return { seed: before.seed }
  throw new KilostepError(
    'usage',
    `The seed is ${other}, and that of what is compared with ${before.seed}: trials would not be of the same inputs. Leave --seed out.`,
  )
}

async function tried(
  options: LoadedTrial['options'],
  { quiet }: TrialFlags,
  io: Io,
): Promise<{ readonly report: GateReport; readonly interrupted: boolean }> {
  if (options.good === undefined || options.bad === undefined) {
    throw new KilostepError(
      'usage',
      'Say what is good enough and what is not: --good 0.9 --bad 0.8. The further they are apart, the fewer trials it takes.',
    )
  }
  const stop = new AbortController()
  const heed = io.onInterrupt(() => stop.abort())
  const watch = watchTrials(String(options.name), io)
  try {
    const report = await runTrials({
      ...(options as TrialsOptions<unknown>),
      signal: stop.signal,
      ...(quiet ? undefined : { onProgress: watch.say }),
    })
    return { report, interrupted: stop.signal.aborted }
  } finally {
    watch.end()
    heed()
  }
}

/** Says that the trials would be no pairs before they have cost anything, or after the first where its plan tells. */
function comparable(
  before: GateReport,
  options: LoadedTrial['options'],
  { acrossPlans, faults: profile }: TrialFlags,
): LoadedTrial['options'] {
  const { name, inputs, run } = options
  const faults = profile ?? null
  const own = { name: String(name), faults, inputs: inputs === undefined ? null : digestOfInputs(inputs) }
  requireComparable(before, { ...own, plan: null, seed: before.seed }, true)
  if (typeof run !== 'function') return options
  return {
    ...options,
    run: async (trial) => {
      const value = await run(trial)
      const { report } = (value ?? {}) as { readonly report?: GateReport }
      if (report?.plan !== undefined)
        requireComparable(before, { ...own, plan: report.plan, seed: before.seed }, acrossPlans)
      return value
    },
  }
}

/** Shows it and writes what was asked for; whether something could not be written. */
function show(report: GateReport, flags: TrialFlags, io: Io): boolean {
  const { stdout, env } = io
  const json = `${JSON.stringify(report, null, 2)}\n`
  const look = { color: useColor(stdout, env), width: stdout.columns }
  if (flags.json) stdout.write(json)
  else {
    stdout.write(gateText(report, look))
    if (report.comparison !== null) stdout.write(`\n${comparisonText(report.comparison, look)}`)
  }
  const undecided = flags.allowInconclusive ? 'skip' : 'fail'
  const problems = [
    flags.save === undefined ? undefined : writeWhole(flags.save, io.folder, json),
    flags.markdown === undefined ? undefined : writeWhole(flags.markdown, io.folder, gateMarkdown(report)),
    flags.junit === undefined ? undefined : writeWhole(flags.junit, io.folder, gateJunit(report, undecided)),
  ].filter((problem) => problem !== undefined)
  for (const problem of problems) io.stderr.write(`kilostep: ${problem}\n`)
  return problems.length > 0
}

function codeOf({ verdict, comparison }: GateReport, flags: TrialFlags): number {
  if (verdict === 'fail' || (flags.failIfWorse && comparison?.verdict === 'worse')) return exitCode.failed
  if (verdict === 'inconclusive' && !flags.allowInconclusive) return exitCode.inconclusive
  return exitCode.succeeded
}
