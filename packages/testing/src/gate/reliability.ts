import { type GateReport, gateText, percent } from '@kilostep/core'
import { type TestContext, test } from 'vitest'
import type { GateProgress, TrialsOptions } from './options.ts'
import { readTrialsOptions } from './options.ts'
import { runTrials } from './run-trials.ts'

export interface ReliabilityOptions<Input = undefined>
  extends Omit<TrialsOptions<Input>, 'name' | 'signal' | 'clock'> {
  /**
   * What becomes of the test where the trials do not tell good from bad: it fails, is skipped with a note, or passes.
   * Default `fail`.
   */
  readonly inconclusive?: 'fail' | 'skip' | 'pass'
  /** What to do with the report, whatever the verdict: keep it for the next release, say. */
  readonly onReport?: (report: GateReport) => unknown
}

/** Longest that a gate takes where nothing else is said: 1 h. */
const longestMs = 3_600_000
const graceMs = 10_000
const sayEveryMs = 5_000

/**
 * A test that tries something until it is known whether it is good enough: it passes where the success rate is shown
 * to be better than `bad`, and fails where it is shown to be worse than `good`, each wrong with probability `alpha`
 * and `beta` at most. Vitest's `retry` does not apply to it: a second try would double `alpha`.
 *
 * The variable KILOSTEP_SEED repeats the draws of an earlier run whose seed the failure named.
 *
 * @throws KilostepError `invalid-options` with every fault, when the test file is loaded.
 * @example reliability('invoice pipeline', { run: () => invoice(), good: 0.9, bad: 0.8 })
 */
export function reliability<Input = undefined>(name: string, options: ReliabilityOptions<Input>): void {
  register(name, options, {}, reliability)
}

/** Like `test.skip`. */
reliability.skip = <Input = undefined>(name: string, options: ReliabilityOptions<Input>): void =>
  register(name, options, { skip: true }, reliability.skip)

/** Like `test.only`. */
reliability.only = <Input = undefined>(name: string, options: ReliabilityOptions<Input>): void =>
  register(name, options, { only: true }, reliability.only)

function register<Input>(
  name: string,
  { inconclusive = 'fail', onReport, ...given }: ReliabilityOptions<Input>,
  how: { readonly skip?: true; readonly only?: true },
  called: (...args: never[]) => unknown,
): void {
  const trials = { timeoutMs: longestMs, ...given, ...seedOfEnvironment(), name }
  readTrialsOptions(trials, `reliability(${JSON.stringify(name)})`)
  // So that a failure shows the line of the test, not one of ours.
  const here = new Error('here')
  Error.captureStackTrace(here, called)
  const timeout = trials.timeoutMs + graceMs
  test(name, { ...how, timeout, retry: 0 }, async (context) => {
    const report = await runTrials({
      ...(trials as TrialsOptions<Input>),
      signal: context.signal,
      onProgress: speaking(name, trials.onProgress),
    })
    await onReport?.(report)
    context.task.meta.reliability = report
    await context.annotate(`${report.message} Seed ${report.seed}.`, 'reliability')
    judge(report, inconclusive, context, here)
  })
}

function judge(
  report: GateReport,
  inconclusive: 'fail' | 'skip' | 'pass',
  context: TestContext,
  here: Error,
): void {
  const { verdict, message } = report
  if (verdict === 'pass' || (verdict === 'inconclusive' && inconclusive === 'pass')) return
  if (verdict === 'inconclusive' && inconclusive === 'skip') context.skip(`Inconclusive: ${message}`)
  const text = gateText(report, { color: false, width: 100 })
  const error = new Error(text)
  error.name = verdict === 'fail' ? 'Unreliable' : 'Inconclusive'
  error.stack = `${error.name}: ${text}\n${(here.stack ?? '').split('\n').slice(1).join('\n')}`
  throw error
}

/** A line now and then, for whoever waits. */
function speaking(
  name: string,
  also: ((progress: GateProgress) => void) | undefined,
): (progress: GateProgress) => void {
  let saidAt = 0
  return (progress) => {
    also?.(progress)
    const { elapsedMs, passed, failed, inFlight, maxTrials, verdict } = progress
    if (verdict !== undefined || elapsedMs - saidAt < sayEveryMs) return
    saidAt = elapsedMs
    const rate = passed + failed === 0 ? '' : ` (${percent(passed / (passed + failed))})`
    process.stderr.write(
      `${name}: ${passed} of ${passed + failed} trials passed${rate}, ${inFlight} in flight, at most ${maxTrials}\n`,
    )
  }
}

function seedOfEnvironment(): { readonly seed?: string } {
  const { KILOSTEP_SEED: seed = '' } = process.env
  return seed === '' ? {} : { seed }
}
