import { checkOpenProbability, checkProbability, checkWhole } from './check.ts'
import { logGamma } from './gamma.ts'

/** What a gate is to tell apart, with the error rates it may have. */
export interface GateDesign {
  /** A success rate that must not pass, in (0, 1). */
  readonly bad: number
  /** A success rate that should pass, above `bad`, in (0, 1). */
  readonly good: number
  /** Probability that a bad system passes, in (0, 0.5). Default 0.05. */
  readonly alpha?: number
  /** Probability that a good system fails, in (0, 0.5). Default 0.05. */
  readonly beta?: number
}

export type Verdict = 'pass' | 'fail' | 'undecided'

interface Checked {
  readonly bad: number
  readonly good: number
  readonly alpha: number
  readonly beta: number
}

export function checkDesign({ bad, good, alpha = 0.05, beta = 0.05 }: GateDesign): Checked {
  checkOpenProbability('bad', bad)
  checkOpenProbability('good', good)
  for (const [name, value] of [['alpha', alpha] as const, ['beta', beta] as const])
    if (!(value > 0 && value < 0.5))
      throw new RangeError(`${name} is ${value}; give an error rate above 0 and below 0.5, such as 0.05.`)
  if (good <= bad)
    throw new RangeError(`good is ${good} and bad is ${bad}; the good rate must be above the bad one.`)
  return { bad, good, alpha, beta }
}

/** A gate as two lines: pass when Σ steps ≥ passAt, fail when ≤ failAt, where a trial steps by its outcome. */
export interface SequentialTest {
  readonly onSuccess: number
  readonly onFailure: number
  readonly passAt: number
  readonly failAt: number
  /** Successes in a row from the start that are enough to pass. */
  readonly shortestPass: number
  /** Failures in a row from the start that are enough to fail. */
  readonly shortestFail: number
}

/**
 * Wald's sequential probability ratio test of success ≤ `bad` against ≥ `good`: steps ln(good/bad) and
 * ln((1 − good)/(1 − bad)), bounds ln((1 − β)/α) and ln(β/(1 − α)). Throws RangeError for a design that cannot
 * be. Source: A. Wald, "Sequential Analysis" (1947).
 */
export function sequentialTest(design: GateDesign): SequentialTest {
  const { bad, good, alpha, beta } = checkDesign(design)
  const onSuccess = Math.log(good) - Math.log(bad)
  const onFailure = Math.log1p(-good) - Math.log1p(-bad)
  const passAt = Math.log1p(-beta) - Math.log(alpha)
  const failAt = Math.log(beta) - Math.log1p(-alpha)
  return {
    onSuccess,
    onFailure,
    passAt,
    failAt,
    shortestPass: Math.ceil(passAt / onSuccess - 1e-9),
    shortestFail: Math.ceil(failAt / onFailure - 1e-9),
  }
}

/** The verdict after so many successes and failures, whole numbers; the order does not matter while undecided. */
export function sequentialVerdict(test: SequentialTest, successes: number, failures: number): Verdict {
  checkWhole('successes', successes, 0)
  checkWhole('failures', failures, 0)
  const sum = successes * test.onSuccess + failures * test.onFailure
  if (sum >= test.passAt - 1e-9) return 'pass'
  return sum <= test.failAt + 1e-9 ? 'fail' : 'undecided'
}

/** What a gate does with a system of a given success rate. The three verdicts sum to 1. */
export interface GateBehaviour {
  readonly pass: number
  readonly fail: number
  /** Still undecided at the cap: its own verdict, not a pass. */
  readonly undecided: number
  /** Expected trials. */
  readonly trials: number
}

/**
 * The exact behaviour of a sequential test on a system that succeeds at `rate`, 0 to 1, cut off after `cap`
 * trials (whole, ≥ 1, default 10,000), by following the distribution of successes trial by trial. Time grows
 * with cap × the width of the undecided band.
 */
export function gateBehaviour(test: SequentialTest, rate: number, cap: number = 10_000): GateBehaviour {
  checkProbability('rate', rate)
  checkWhole('cap', cap, 1)
  // Undecided tallies as successes → probability; a band of a few tens whatever the number of trials.
  let band = new Map<number, number>([[0, 1]])
  let pass = 0
  let fail = 0
  let trials = 0
  for (let n = 1; n <= cap && band.size > 0; n++) {
    const next = new Map<number, number>()
    for (const [successes, mass] of band) {
      trials += mass
      for (const [won, share] of [[1, rate] as const, [0, 1 - rate] as const]) {
        const now = mass * share
        if (now < 1e-18) continue
        const verdict = sequentialVerdict(test, successes + won, n - successes - won)
        if (verdict === 'pass') pass += now
        else if (verdict === 'fail') fail += now
        else next.set(successes + won, (next.get(successes + won) ?? 0) + now)
      }
    }
    band = next
  }
  return { pass, fail, undecided: Math.max(0, 1 - pass - fail), trials }
}

/**
 * Wald's approximation of the expected trials at a rate, and at its worst rate, where the expected step is 0:
 * quick, and low by the overshoot (a few trials). Source: Wald (1947), 3.5 and A.5.
 */
export function waldExpectedTrials(test: SequentialTest, passes: number, rate: number): number {
  checkProbability('passes', passes)
  checkProbability('rate', rate)
  const drift = rate * test.onSuccess + (1 - rate) * test.onFailure
  const end = passes * test.passAt + (1 - passes) * test.failAt
  if (Math.abs(drift) > 1e-9) return end / drift
  const variance = rate * test.onSuccess ** 2 + (1 - rate) * test.onFailure ** 2
  return (-test.passAt * test.failAt) / variance
}

/** The rate, between bad and good, at which the test takes longest, and its expected trials there, exact. */
export function worstRate(test: SequentialTest, cap: number = 10_000): { rate: number; trials: number } {
  let [low, high] = [0, 1]
  // Expected trials have one hump over the rate: golden-section search.
  const golden = (Math.sqrt(5) - 1) / 2
  const drift = -test.onFailure / (test.onSuccess - test.onFailure)
  low = Math.max(0, drift - 0.1)
  high = Math.min(1, drift + 0.1)
  let a = high - golden * (high - low)
  let b = low + golden * (high - low)
  let atA = gateBehaviour(test, a, cap).trials
  let atB = gateBehaviour(test, b, cap).trials
  while (high - low > 1e-4) {
    if (atA > atB) {
      high = b
      b = a
      atB = atA
      a = high - golden * (high - low)
      atA = gateBehaviour(test, a, cap).trials
    } else {
      low = a
      a = b
      atA = atB
      b = low + golden * (high - low)
      atB = gateBehaviour(test, b, cap).trials
    }
  }
  return { rate: (low + high) / 2, trials: Math.max(atA, atB) }
}

/** A test with a number of trials fixed beforehand: pass when at least `successesNeeded` of `trials` succeed. */
export interface FixedTest {
  readonly trials: number
  readonly successesNeeded: number
}

/** P(X ≥ k) for X binomial(n, p), summed from the larger tail's side so that it keeps its digits. */
function binomialAtLeast(k: number, n: number, p: number): number {
  let log = n * Math.log1p(-p)
  if (k > 0)
    log = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1) + k * Math.log(p) + (n - k) * Math.log1p(-p)
  let term = Math.exp(log)
  let sum = 0
  for (let i = k; i <= n && (term > sum * 1e-17 || i < n * p); i++) {
    sum += term
    term *= ((n - i) / (i + 1)) * (p / (1 - p))
  }
  return Math.min(1, sum)
}

/**
 * The smallest fixed number of trials that holds both error rates, by exact binomial tails, to compare the
 * sequential test with. Throws RangeError for a design that cannot be, or one that would take over 100,000.
 */
export function fixedTest(design: GateDesign): FixedTest {
  const { bad, good, alpha, beta } = checkDesign(design)
  let needed = 1
  for (let trials = 1; trials <= 100_000; trials++) {
    // The number needed for alpha never falls as trials are added.
    while (needed <= trials && binomialAtLeast(needed, trials, bad) > alpha) needed++
    if (needed <= trials && binomialAtLeast(needed, trials, good) >= 1 - beta)
      return { trials, successesNeeded: needed }
  }
  throw new RangeError(
    `good is ${good} and bad is ${bad}; that close, over 100,000 trials are needed. Part them.`,
  )
}
