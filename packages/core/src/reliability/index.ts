export { type Allocation, type AllocationGroup, allocateMargins, type GroupAllocation } from './allocate.ts'
export { alwaysValidVerdict, confidenceSequence, eValues } from './always-valid.ts'
export {
  type AutoMargin,
  type AutoMarginOptions,
  allowance,
  chargeError,
  countAbandoned,
  countAccepted,
  countVote,
  decideVote,
  learnedMix,
  mayGoOn,
  predictedSuccess,
  refit,
  resizeAutoMargin,
  startAutoMargin,
  tallyHistory,
  type VoteDecision,
  type VoteQuestion,
} from './auto-margin.ts'
export { betaCdf, betaQuantile } from './beta.ts'
export { type Calibration, calibrate } from './calibration.ts'
export {
  compoundSuccess,
  errorAllowance,
  logCompoundSuccess,
  type RateGroup,
  rateNeeded,
} from './compound.ts'
export { digamma, gammaCdf, gammaQuantile, logGamma } from './gamma.ts'
export { horizon, horizonOfPlan } from './horizon.ts'
export {
  type Counts,
  cleanAuditsNeeded,
  cleanTrialsNeeded,
  clopperPearson,
  type Interval,
  lowerBound,
  upperBound,
  wilson,
} from './interval.ts'
export { type KindCounts, kindsPosterior } from './kinds.ts'
export { type Combination, likeliestCombinations } from './likeliest.ts'
export { type Poll, usualDoubt } from './majority.ts'
export {
  DIFFICULTY_GRID,
  type Doubt,
  doubtOf,
  type Mix,
  natsPerVote,
  PRIOR_MIX,
  type Tally,
  type TallyCount,
} from './mix.ts'
export { normalCdf, normalQuantile } from './normal.ts'
export { errorOfCombination, type Opinion, pooledOpinion } from './opinion.ts'
export { type DiscordantPairs, fisherFell, holm, mcnemar, pairedEValues } from './paired.ts'
export { passAtK, passHatK, type TrialCounts } from './passk.ts'
export { type CompoundPosterior, type CountGroup, compoundPosterior } from './posterior.ts'
export {
  type FixedTest,
  fixedTest,
  type GateBehaviour,
  type GateDesign,
  gateBehaviour,
  type SequentialTest,
  sequentialTest,
  sequentialVerdict,
  type Verdict,
  waldExpectedTrials,
  worstRate,
} from './sequential.ts'
export { spreadVoteBound } from './spread.ts'
export { type KnownMix, optimalStopping, type StoppingCost, voteBound } from './stopping.ts'
export { beliefAfterVerdict, type VerifierRates, verifiedRetry } from './verify.ts'
export {
  bestMarginMix,
  logVoteSuccess,
  type MarginMix,
  type PlanTarget,
  smallestMargin,
  type VoteOutcome,
  voteHorizon,
  voteOutcome,
} from './vote.ts'
export { type Link, type WeakLink, weakestLinks } from './weakest.ts'
