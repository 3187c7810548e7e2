import { type Fault, KilostepError } from '../errors.ts'
import { fisherFell, holm, mcnemar, pairedEValues } from '../reliability/paired.ts'
import { counted, percent } from '../report/numbers.ts'
import { quote } from '../suggest.ts'
import type { Comparison } from './comparison.ts'
import type { GateReport } from './report.ts'

export interface CompareOptions {
  /** The error rate, in (0, 0.5). Default 0.05. */
  readonly alpha?: number
  /** Compare though the plan is another one. Default: refuse. */
  readonly acrossPlans?: boolean
}

const mostSubtasks = 20

/**
 * Compares a gate with an earlier one of the same, trial by trial: both must have had the same inputs and seeds.
 *
 * @throws KilostepError `incomparable` with every reason.
 */
export function compareGates(
  before: GateReport,
  after: GateReport,
  { alpha = 0.05, acrossPlans = false }: CompareOptions = {},
): Comparison {
  requireComparable(before, after, acrossPlans)
  // Pairs whose number nobody chose by looking: then McNemar's test, which needs fewest, is valid.
  const fixed = Math.min(before.minTrials, after.minTrials)
  const whole = fixed > 0 && [before, after].every(({ outcomes }) => !outcomes.slice(0, fixed).includes('-'))
  const test = whole ? 'mcnemar' : 'always-valid'
  const length = test === 'mcnemar' ? fixed : Math.min(before.outcomes.length, after.outcomes.length)
  const { pairs, better, worse } = countPairs(before.outcomes, after.outcomes, length)
  const shown = test === 'mcnemar' ? mcnemar({ better, worse }) <= alpha : surely({ better, worse }, alpha)
  const verdict = !shown || better === worse ? 'no-difference' : better > worse ? 'better' : 'worse'
  const change = changeOf(pairs, better, worse)
  return {
    verdict,
    message: messageOf({ verdict, pairs, better, worse, change, alpha }),
    alpha,
    test,
    pairs,
    better,
    worse,
    change,
    acrossPlans: !samePlan(before, after),
    subtasks: fallen(before, after, alpha),
  }
}

/** What must be the same of two gates. */
export type GateIdentity = Pick<GateReport, 'name' | 'plan' | 'seed' | 'inputs' | 'faults'>

/**
 * Throws KilostepError `incomparable` with every reason why the trials of two gates are no pairs. To be asked before
 * they cost anything.
 */
export function requireComparable(before: GateIdentity, after: GateIdentity, acrossPlans = false): void {
  const other = acrossPlans || samePlan(before, after) ? [] : [planFault(before, after)]
  const faults = [...other, ...inputFaults(before, after)]
  if (faults.length > 0)
    throw new KilostepError('incomparable', 'These two cannot be compared trial by trial:', faults)
}

function samePlan(before: GateIdentity, after: GateIdentity): boolean {
  return before.plan?.name === after.plan?.name && before.plan?.digest === after.plan?.digest
}

function planFault({ plan: before }: GateIdentity, { plan: after }: GateIdentity): Fault {
  const name = (plan: GateReport['plan']): string =>
    plan === null ? 'no plan' : `plan ${quote(plan.name)} (${plan.digest.slice(0, 15)})`
  return {
    code: 'plan',
    where: 'plan',
    message: `Before it was ${name(before)}, now it is ${name(after)}. To compare them all the same, say so: acrossPlans, or --across-plans.`,
  }
}

function inputFaults(before: GateIdentity, after: GateIdentity): Fault[] {
  const faults: Fault[] = []
  const fault = (where: string, message: string): void => {
    faults.push({ code: where, where, message })
  }
  if (before.name !== after.name)
    fault('name', `Before it was called ${quote(before.name)}, now ${quote(after.name)}. Give the same name.`)
  if (String(before.seed) !== String(after.seed))
    fault(
      'seed',
      `The seed was ${quote(String(before.seed))}, now it is ${quote(String(after.seed))}. Give the same seed.`,
    )
  if (before.inputs !== after.inputs)
    fault(
      'inputs',
      'The inputs are not the same. Try both on the same, or start anew with what is there now.',
    )
  if (before.faults !== after.faults)
    fault(
      'faults',
      `Faults were ${before.faults ?? 'off'}, now they are ${after.faults ?? 'off'}. Switch on the same.`,
    )
  return faults
}

function countPairs(before: string, after: string, length: number) {
  let [pairs, better, worse] = [0, 0, 0]
  for (let index = 0; index < length; index++) {
    const pair = `${before[index]}${after[index]}`
    if (!/^[01]{2}$/.test(pair)) continue
    pairs++
    if (pair === '01') better++
    if (pair === '10') worse++
  }
  return { pairs, better, worse }
}

/** Either side at half of α. */
function surely(pairs: { readonly better: number; readonly worse: number }, alpha: number): boolean {
  const { better, worse } = pairedEValues(pairs)
  return Math.max(better, worse) >= 2 / alpha
}

/** The change of the rate, half a pair added to each of the four kinds. Source: A. Agresti, Y. Min, Statistics in Medicine 24 (2005). */
function changeOf(pairs: number, better: number, worse: number): Comparison['change'] {
  if (pairs === 0) return { rate: 0, low: -1, high: 1 }
  const n = pairs + 2
  const middle = (better - worse) / n
  const half = (1.96 * Math.sqrt(Math.max(0, better + worse + 1 - (better - worse) ** 2 / n))) / n
  return {
    rate: (better - worse) / pairs,
    low: Math.max(-1, middle - half),
    high: Math.min(1, middle + half),
  }
}

/** Both measures of each subtask that both gates know: what recovery still hides today fails tomorrow. */
function fallen(before: GateReport, after: GateReport, alpha: number): Comparison['subtasks'] {
  const earlier = new Map(before.subtasks.map((one) => [one.subtask, one]))
  const pairs = after.subtasks.flatMap((now) => {
    const then = earlier.get(now.subtask)
    if (then === undefined) return []
    const { subtask } = now
    return [
      { subtask, measure: 'in-the-end' as const, before: inTheEnd(then), after: inTheEnd(now) },
      { subtask, measure: 'first-attempt' as const, before: atFirst(then), after: atFirst(now) },
    ]
  })
  const counts = ({ succeeded, of }: { readonly succeeded: number; readonly of: number }) => ({
    successes: succeeded,
    trials: of,
  })
  const probabilities = holm(pairs.map((pair) => fisherFell(counts(pair.before), counts(pair.after))))
  return pairs
    .map((pair, index) => {
      const probability = probabilities[index] as number
      return { ...pair, probability, fell: probability <= alpha }
    })
    .filter((one) => one.after.succeeded * one.before.of < one.before.succeeded * one.after.of)
    .sort((a, b) => a.probability - b.probability)
    .slice(0, mostSubtasks)
}

type SubtaskCounts = GateReport['subtasks'][number]

function inTheEnd({ succeeded, of }: SubtaskCounts) {
  return { succeeded, of }
}

function atFirst({ first, of }: SubtaskCounts) {
  return { succeeded: first, of }
}

function messageOf(
  of: Pick<Comparison, 'verdict' | 'pairs' | 'better' | 'worse' | 'change' | 'alpha'>,
): string {
  const { verdict, pairs, better, worse, change, alpha } = of
  const seen = `of ${counted(pairs, 'pair')} of trials ${worse} passed before and not now, ${better} the other way round`
  if (verdict === 'no-difference') {
    const points = (-change.low * 100).toFixed(1)
    const hidden = change.low < 0 ? `; a fall by up to ${points} points may be hidden` : ''
    return `No difference is shown: ${seen}${hidden}.`
  }
  return `${verdict === 'better' ? 'Better' : 'Worse'} than before: ${seen}; an error rate of ${percent(alpha)}.`
}
