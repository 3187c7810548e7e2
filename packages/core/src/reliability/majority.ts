import { checkWhole } from './check.ts'

/** How the samples of one subtask fell. Whole numbers: samples ≥ votes ≥ leader. */
export interface Poll {
  /** Votes for the answer in front. */
  readonly leader: number
  /** How many different answers were given. */
  readonly answers: number
  /** All samples asked for, those with a red flag or without an answer too. */
  readonly samples: number
}

/** Two answers always have a majority, or are even. What many answers lack it tells something. */
const OPEN_ANSWERS = 3

/**
 * Doubt, as a probability from 0 to ½, whether the usual answer is the right one, where no number of votes would tell:
 * by how much the leader falls short of half of all samples, a standard error allowed. 0 while there are no three
 * different answers: where answers are two, the usual one is taken as right, as all voting must.
 *
 * Agreement is a calibrated sign of being right: of the recorded answers of a code model, answers with three fifths of
 * all samples were wrong once in 25, those with less than two fifths more often than not. Source for the principle:
 * Wang et al., Self-consistency, arXiv 2203.11171, figure 8.
 */
export function usualDoubt({ leader, answers, samples }: Poll): number {
  checkWhole('leader', leader, 0)
  checkWhole('samples', samples, leader)
  if (answers < OPEN_ANSWERS || samples === 0) return 0
  const share = leader / samples
  return Math.max(0, 0.5 - share - Math.sqrt((share * (1 - share)) / samples))
}
