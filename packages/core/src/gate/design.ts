import { z } from 'zod'
import { alwaysValidVerdict } from '../reliability/always-valid.ts'
import {
  fixedTest,
  type SequentialTest,
  sequentialTest,
  sequentialVerdict,
  type Verdict,
} from '../reliability/sequential.ts'

const rate = z.number().gt(0).lt(1)
const errorRate = z.number().gt(0).lt(0.5)
const mostTrials = 1_000_000

/** What a gate is to tell apart, with which errors, and within how many trials. */
export const gateDesignShape = {
  /** A success rate that should pass, in (0, 1) and above `bad`. */
  good: rate,
  /** A success rate that must not pass, in (0, 1). */
  bad: rate,
  /** The probability that a bad one passes, in (0, 0.5). Default 0.05. */
  alpha: errorRate.default(0.05),
  /** The probability that a good one fails, in (0, 0.5). Default 0.05. */
  beta: errorRate.default(0.05),
  /**
   * The most trials that are started, 1 to 1,000,000; still open then is *inconclusive*. Default: twice what a test
   * of a fixed number of trials would take, four times for the always-valid test.
   */
  maxTrials: z.int().min(1).max(mostTrials).optional(),
  /**
   * `sequential`: Wald's test, the fewest trials. `always-valid`: holds its errors however often somebody looks,
   * stops and goes on, at more trials. Default `sequential`.
   */
  test: z.enum(['sequential', 'always-valid']).default('sequential'),
} as const

const openDesign = z.object(gateDesignShape)

/** A design whose every field is known. */
export type GateSettings = z.output<typeof openDesign> & { readonly maxTrials: number }
export type GateDesignOptions = z.input<typeof openDesign>

/** What is wrong between the fields of a design, for `superRefine`: the fields are fine each for itself. */
export function checkGateDesign(
  { good, bad, alpha, beta, maxTrials, test }: z.output<typeof openDesign>,
  context: z.core.$RefinementCtx,
): void {
  const fault = (field: string, message: string): void => {
    context.addIssue({ code: 'custom', path: [field], message })
  }
  if (good <= bad) {
    fault('good', `must be above "bad", and it is ${good} where "bad" is ${bad}`)
    return
  }
  if (maxTrials === undefined) {
    try {
      fixedTest({ good, bad, alpha, beta })
    } catch (error) {
      fault('good', `is so near to "bad" that over 100,000 trials are needed: ${(error as Error).message}`)
    }
    return
  }
  const design = { good, bad, alpha, beta, maxTrials, test }
  if (gateVerdict(design, maxTrials, 0) === 'pass') return
  let least = maxTrials + 1
  while (least < mostTrials && gateVerdict(design, least, 0) !== 'pass') least++
  fault(
    'maxTrials',
    `is ${maxTrials}, and even a clean row passes only after ${least}: give ${least} or more`,
  )
}

/** A design with its cap. It must have passed {@link checkGateDesign}. */
export function gateSettings(design: z.output<typeof openDesign>): GateSettings {
  const { good, bad, alpha, beta, maxTrials, test } = design
  const most = maxTrials ?? fixedTest(design).trials * (test === 'sequential' ? 2 : 4)
  return { good, bad, alpha, beta, test, maxTrials: most }
}

/** The lines of a design, which is asked for its verdict again and again. */
const lines = new WeakMap<GateSettings, SequentialTest>()

/** The verdict after so many passed and failed trials, the cap apart. */
export function gateVerdict(design: GateSettings, passed: number, failed: number): Verdict {
  if (design.test === 'always-valid')
    return alwaysValidVerdict({ successes: passed, trials: passed + failed }, design)
  let test = lines.get(design)
  if (test === undefined) {
    test = sequentialTest(design)
    lines.set(design, test)
  }
  return sequentialVerdict(test, passed, failed)
}
