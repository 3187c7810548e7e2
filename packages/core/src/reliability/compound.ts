import { checkOpenProbability, checkProbability, checkWhole } from './check.ts'

/** Subtasks that share a rate, e.g. all of one kind of worker. */
export interface RateGroup {
  /** Probability that one of them is right, 0 to 1. */
  readonly rate: number
  /** How many there are, a whole number, 0 or more. Default 1. */
  readonly subtasks?: number
}

/**
 * ln of the compound success: Σ count·ln rate, 0 or less, −Infinity where a rate is 0. In logarithms, since
 * 0.97793 over 10,000 subtasks is 10⁻⁹⁷ and over 1,000,000 is no number at all. Throws RangeError.
 */
export function logCompoundSuccess(groups: Iterable<RateGroup>): number {
  // Kahan's summation: a million groups must not lose the digits that a target of 0.999 needs.
  let sum = 0
  let lost = 0
  for (const { rate, subtasks = 1 } of groups) {
    checkProbability('rate', rate)
    checkWhole('subtasks', subtasks, 0)
    if (subtasks === 0) continue
    if (rate === 0) return -Infinity
    const term = subtasks * Math.log(rate) - lost
    const next = sum + term
    lost = next - sum - term
    sum = next
  }
  return sum
}

/** Compound success, Π rate^count, from 0 to 1; 1 for no subtasks. Assumes independent subtasks. */
export function compoundSuccess(groups: Iterable<RateGroup>): number {
  return Math.exp(logCompoundSuccess(groups))
}

/** The rate every one of `subtasks` (whole, ≥ 1) must have for a compound success of `target`, in (0, 1). */
export function rateNeeded(subtasks: number, target: number): number {
  checkWhole('subtasks', subtasks, 1)
  checkOpenProbability('target', target)
  return Math.exp(Math.log(target) / subtasks)
}

/** −ln(target)/subtasks: the error, in nats, that each subtask may spend. `target` in (0, 1), subtasks ≥ 1. */
export function errorAllowance(subtasks: number, target: number): number {
  checkWhole('subtasks', subtasks, 1)
  checkOpenProbability('target', target)
  return -Math.log(target) / subtasks
}
