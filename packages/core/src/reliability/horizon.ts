import { checkOpenProbability, checkProbability } from './check.ts'

/**
 * N@T, the horizon: the largest number of subtasks, each right with probability `rate`, that are all right with
 * probability `target` (in (0, 1), default 0.9): ⌊ln T / ln p⌋. Infinity at rate 1, 0 where one subtask alone
 * falls short. 0.97793 gives N@90 = 4 and N@50 = 31. Throws RangeError.
 */
export function horizon(rate: number, target: number = 0.9): number {
  checkProbability('rate', rate)
  checkOpenProbability('target', target)
  if (rate === 1) return Infinity
  if (rate === 0) return 0
  // A hair of slack: 0.9 at 0.9 is 1 subtask, whatever the last bit of the logarithms says.
  return Math.floor((Math.log(target) / Math.log(rate)) * (1 + 1e-12))
}

/**
 * The horizon at the average success of a plan: `logSuccess` is ln of its compound success (≤ 0) and `subtasks`
 * its number of subtasks. For plans of unequal rates.
 */
export function horizonOfPlan(options: {
  readonly logSuccess: number
  readonly subtasks: number
  readonly target?: number
}): number {
  const { logSuccess, subtasks, target = 0.9 } = options
  checkOpenProbability('target', target)
  if (!(logSuccess <= 0))
    throw new RangeError(`logSuccess is ${logSuccess}; give the logarithm of a probability, 0 or less.`)
  if (!Number.isSafeInteger(subtasks) || subtasks < 1)
    throw new RangeError(`subtasks is ${subtasks}; give a whole number, 1 or more.`)
  if (logSuccess === 0) return Infinity
  return Math.floor(((Math.log(target) * subtasks) / logSuccess) * (1 + 1e-12))
}
