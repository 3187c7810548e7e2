/** `0.5 is not …` sentences for the arguments of this folder: name, value, and the way out. */
export function checkProbability(name: string, value: number): void {
  if (!(value >= 0 && value <= 1))
    throw new RangeError(`${name} is ${value}; give a probability from 0 to 1.`)
}

/** For arguments where 0 and 1 make the question meaningless, such as a target or a confidence. */
export function checkOpenProbability(name: string, value: number): void {
  if (!(value > 0 && value < 1))
    throw new RangeError(`${name} is ${value}; give a number above 0 and below 1, such as 0.9.`)
}

export function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw new RangeError(`${name} is ${value}; give a whole number, ${least} or more.`)
}

export function checkPositive(name: string, value: number): void {
  if (!(value > 0 && value < Infinity)) throw new RangeError(`${name} is ${value}; give a number above 0.`)
}

/** Successes out of trials, both whole, the first at most the second. */
export function checkCounts(name: string, successes: number, trials: number): void {
  checkWhole(`${name}.successes`, successes, 0)
  checkWhole(`${name}.trials`, trials, 0)
  if (successes > trials)
    throw new RangeError(
      `${name}.successes is ${successes}, more than the ${trials} in ${name}.trials. Count the successes among the trials.`,
    )
}
