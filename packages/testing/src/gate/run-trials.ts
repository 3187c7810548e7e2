import { randomInt } from 'node:crypto'
import { type GateReport, gateSettings } from '@kilostep/core'
import { systemClock } from 'kilostep'
import { isPlan, readTrialsOptions, type TrialsOptions } from './options.ts'
import { type PlanTrial, planTrial } from './plan-trial.ts'
import type { TrialFunction } from './trial.ts'
import { Trials, type TrialsSetup } from './trials.ts'

const largestSeed = 2 ** 47

/**
 * Tries something until it is known whether it is good enough, and says so with a known error rate: `pass`, `fail`,
 * or `inconclusive` where trials, time or budget run out before. Any function can be tried. Trials run side by side
 * and count in the order in which they were started, so that it makes no difference which end first.
 *
 * @throws KilostepError `invalid-options` with every fault; `trial-outcome` where nothing says whether a trial passed.
 * @example await runTrials({ run: async () => (await pipeline()) === 42, good: 0.9, bad: 0.8 })
 */
export async function runTrials<Input = undefined>(options: TrialsOptions<Input>): Promise<GateReport> {
  const read = readTrialsOptions(options, 'runTrials')
  const { signal, timeoutMs, clock = systemClock(), seed = randomInt(largestSeed) } = read
  const plan = isPlan(read.run)
    ? planTrial(read.run, { clock, ...(read.faults && { faults: read.faults }) })
    : undefined
  const run = plan ?? read.run
  const design = gateSettings(read)
  const trials = new Trials({
    ...read,
    run: run as TrialFunction<unknown>,
    check: read.check as TrialsSetup['check'],
    inputs: read.inputs,
    onProgress: read.onProgress as TrialsSetup['onProgress'],
    faults: (run as Partial<PlanTrial>).faults ?? null,
    design: { ...design, maxTrials: Math.max(design.maxTrials, read.minTrials) },
    clock,
    seed,
  })
  const interrupt = (): void => trials.stop('interrupted')
  const disarm = timeoutMs === undefined ? undefined : clock.after(timeoutMs, () => trials.stop('time'))
  signal?.addEventListener('abort', interrupt, { once: true })
  try {
    if (signal?.aborted) interrupt()
    return await trials.report()
  } finally {
    signal?.removeEventListener('abort', interrupt)
    disarm?.()
    await plan?.[Symbol.asyncDispose]()
  }
}
