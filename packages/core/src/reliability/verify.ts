import { checkProbability } from './check.ts'

/** How good a worker and its verifier are; all three are probabilities from 0 to 1. */
export interface VerifierRates {
  /** One attempt is right. */
  readonly rate: number
  /** The verifier accepts a right answer (a in RELIABILITY.md). */
  readonly acceptRight: number
  /** The verifier accepts a wrong answer (b). */
  readonly acceptWrong: number
}

/**
 * Retrying until a verifier accepts: right with probability p·a/(p·a + q·b), after 1/(p·a + q·b) attempts, by
 * Bayes. Holds for verdicts that are independent given the answer: a verifier that repeats its own verdict on
 * the same answer adds nothing on the second asking. `attempts` is Infinity and `success` 0 where nothing is
 * ever accepted. Throws RangeError for a rate outside 0 to 1.
 */
export function verifiedRetry(rates: VerifierRates): {
  readonly success: number
  readonly error: number
  readonly attempts: number
} {
  const { rate, acceptRight, acceptWrong } = rates
  checkProbability('rate', rate)
  checkProbability('acceptRight', acceptRight)
  checkProbability('acceptWrong', acceptWrong)
  const right = rate * acceptRight
  const wrong = (1 - rate) * acceptWrong
  const accepted = right + wrong
  if (accepted === 0) return { success: 0, error: 1, attempts: Infinity }
  return { success: right / accepted, error: wrong / accepted, attempts: 1 / accepted }
}

/**
 * How a verdict moves the belief that an answer is right: the posterior of `belief` (0 to 1) after the verifier
 * accepted or rejected it. Evidence, weighed by the verifier's rates, not a truth.
 */
export function beliefAfterVerdict(
  belief: number,
  verdict: 'accepted' | 'rejected',
  rates: Pick<VerifierRates, 'acceptRight' | 'acceptWrong'>,
): number {
  checkProbability('belief', belief)
  checkProbability('acceptRight', rates.acceptRight)
  checkProbability('acceptWrong', rates.acceptWrong)
  const accepted = verdict === 'accepted'
  const right = belief * (accepted ? rates.acceptRight : 1 - rates.acceptRight)
  const wrong = (1 - belief) * (accepted ? rates.acceptWrong : 1 - rates.acceptWrong)
  // A verdict that was impossible either way teaches nothing.
  return right + wrong === 0 ? belief : right / (right + wrong)
}
