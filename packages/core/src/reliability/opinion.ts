/** What one worker said of one subtask, over all of its samples. */
export interface Opinion {
  /** How often its answers are right, over 0 and under 1; used where it does not say how sure it is. */
  readonly rate: number
  /** How many of its samples there are, 1 or more. */
  readonly samples: number
  /** How many samples gave each candidate. */
  readonly votes: readonly number[]
  /** Sums of the probabilities that its samples gave the candidates, undefined for one that none named; null where it states none. */
  readonly stated: readonly (number | undefined)[] | null
}

/** What nobody named may still be it, and nobody is sure beyond this. */
const LEAST = 1e-6

/**
 * The probability of each candidate, and last of all that the right answer is none of them.
 *
 * Of one worker that states probabilities the mean over its samples is taken: looks of one worker at one thing
 * mostly agree, so a further one is no further evidence. What it leaves is shared by what it did not name and by what
 * nobody named. One that states none is taken by its votes, worst case: all
 * of its wrong answers agree, so a candidate with a of n votes weighs (p/q)^a. Different workers are multiplied (a
 * product of experts, Hinton 2002), because what they err on differs.
 *
 * @param candidates how many there are, 1 or more.
 */
export function pooledOpinion(candidates: number, opinions: readonly Opinion[]): readonly number[] {
  const logs = new Array<number>(candidates + 1).fill(0)
  for (const { rate, samples, votes, stated } of opinions) {
    const odds = Math.log(rate / (1 - rate))
    let told = 0
    let unnamed = 1
    for (let i = 0; i < candidates; i++) {
      if (stated?.[i] === undefined) unnamed++
      else told += stated[i] ?? 0
    }
    const rest = (samples - told) / unnamed
    for (let i = 0; i <= candidates; i++) {
      if (stated === null) logs[i] = (logs[i] as number) + odds * (votes[i] ?? 0)
      else {
        const mean = ((i < candidates ? stated[i] : undefined) ?? rest) / samples
        logs[i] = (logs[i] as number) + Math.log(Math.max(LEAST, mean))
      }
    }
  }
  const top = Math.max(...logs)
  const weights = logs.map((log) => Math.exp(log - top))
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / all)
}

/**
 * The probability that a combination which a check accepts is wrong, by Bayes: `probability` that it is right before
 * the check, `others` that another is which the check has not rejected, and the check accepts a wrong one with
 * probability `acceptsWrong`. What it rejected before is out of the question.
 */
export function errorOfCombination(probability: number, others: number, acceptsWrong: number): number {
  const wrong = acceptsWrong * Math.max(0, others)
  return probability + wrong === 0 ? 1 : wrong / (probability + wrong)
}
