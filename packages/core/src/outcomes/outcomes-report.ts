import { disagreementOf } from '../gate/disagreement.ts'
import { wilson } from '../reliability/interval.ts'
import { passAtK, passHatK } from '../reliability/passk.ts'
import { counted, percent } from '../report/numbers.ts'
import { meanOfCases } from './case-mean.ts'
import type { Outcome } from './outcome.ts'
import type { OutcomesReport } from './report.ts'

const mostK = 1_000
const mostWeakest = 50

interface Tally {
  readonly name: string
  passed: number
  of: number
}

/**
 * What outcomes come to: pass@k and pass^k without bias, averaged over the cases, with intervals; and the weakest
 * cases. Throws RangeError where there are none. Sources: Chen et al. (arXiv 2107.03374), Yao et al. (arXiv
 * 2406.12045).
 */
export function outcomesReport(outcomes: readonly Outcome[]): OutcomesReport {
  if (outcomes.length === 0) throw new RangeError('outcomes is empty; give one or more.')
  const tallies = tally(outcomes)
  const sizes = tallies.map(({ of }) => of)
  const least = sizes.reduce((some, size) => Math.min(some, size), Number.POSITIVE_INFINITY)
  const most = sizes.reduce((some, size) => Math.max(some, size), 0)
  const passed = tallies.reduce((sum, one) => sum + one.passed, 0)
  const always = tallies.filter((one) => one.passed === one.of).length
  const never = tallies.filter((one) => one.passed === 0).length
  const numbers = new Map(tallies.map(({ name }, index) => [name, index]))
  const { disagreement } = disagreementOf(
    outcomes.map((one) => ({ passed: one.passed, input: numbers.get(one.case) as number })),
  )
  const passes = Array.from({ length: Math.min(most, mostK) }, (_, index) => passesAt(tallies, index + 1))
  return {
    kilostep: 1,
    type: 'outcomes',
    message: `${passed} of ${counted(outcomes.length, 'trial')} of ${counted(tallies.length, 'case')} passed: ${percent(passes[0]?.passHatK.rate ?? 0)}, each case counting the same.`,
    cases: tallies.length,
    trials: outcomes.length,
    passed,
    trialsPerCase: { least, most },
    passes,
    consistency: { always, sometimes: tallies.length - always - never, never },
    disagreement,
    weakest: weakest(tallies),
    notes: notesOf(tallies, least, most),
  }
}

function tally(outcomes: readonly Outcome[]): Tally[] {
  const tallies = new Map<string, Tally>()
  for (const outcome of outcomes) {
    const one = tallies.get(outcome.case) ?? { name: outcome.case, passed: 0, of: 0 }
    tallies.set(outcome.case, one)
    one.of++
    if (outcome.passed) one.passed++
  }
  return [...tallies.values()]
}

function passesAt(tallies: readonly Tally[], k: number): OutcomesReport['passes'][number] {
  const enough = tallies.filter(({ of }) => of >= k)
  const trials = enough.reduce((sum, { of }) => sum + of, 0)
  const over = (measure: typeof passAtK) =>
    meanOfCases(
      enough.map(({ passed, of }) => measure({ trials: of, correct: passed, k })),
      trials,
    )
  return { k, passAtK: over(passAtK), passHatK: over(passHatK), cases: enough.length }
}

function weakest(tallies: readonly Tally[]): OutcomesReport['weakest'] {
  return tallies
    .filter(({ passed, of }) => passed < of)
    .sort((a, b) => a.passed / a.of - b.passed / b.of || b.of - a.of)
    .slice(0, mostWeakest)
    .map(({ name, passed, of }) => ({
      case: name,
      passed,
      of,
      rate: passed / of,
      ...wilson({ successes: passed, trials: of }),
    }))
}

function notesOf(tallies: readonly Tally[], least: number, most: number): string[] {
  const notes: string[] = []
  if (least < most)
    notes.push(
      `Cases have from ${least} to ${most} trials. For a k above ${least}, cases with fewer trials are left out, so those figures are of other cases than the first.`,
    )
  if (tallies.length === 1)
    notes.push('One case says nothing of others: the intervals are as wide as can be.')
  return notes
}
