export { type Fault, KilostepError } from './errors.ts'
export { type GateFacts, gateReport } from './gate/build-report.ts'
export { type CompareOptions, compareGates, type GateIdentity, requireComparable } from './gate/compare.ts'
export type { Comparison } from './gate/comparison.ts'
export { comparisonText } from './gate/comparison-text.ts'
export {
  checkGateDesign,
  type GateDesignOptions,
  type GateSettings,
  gateDesignShape,
  gateSettings,
  gateVerdict,
} from './gate/design.ts'
export { gateJunit } from './gate/junit.ts'
export { gateMarkdown } from './gate/markdown.ts'
export { type GateReport, gateJsonSchema, gateReportSchema } from './gate/report.ts'
export { countTrial, type GateTally, startTally, type TrialMark } from './gate/tally.ts'
export { gateText } from './gate/text.ts'
export { type Release, trendMarkdown, trendText } from './gate/trend.ts'
export { trendPicture } from './gate/trend-picture.ts'
export type { TrialResult } from './gate/trial-result.ts'
export { type ReadIssue, readIssues } from './issues.ts'
export { canonicalJson, type Json, maxJsonDepth, type Settled, settleJson } from './json.ts'
export type { Outcome as RecordedOutcome } from './outcomes/outcome.ts'
export { outcomesReport } from './outcomes/outcomes-report.ts'
export { type OutcomesReport, outcomesJsonSchema, outcomesReportSchema } from './outcomes/report.ts'
export { outcomesText } from './outcomes/text.ts'
export { parseOptions } from './parse-options.ts'
export {
  type CheckedPlan,
  type CheckOptions,
  checkPlan,
  type KnownWorker,
  requirePlan,
} from './plan/check.ts'
export { idOf, nodeOf, type PlanGraph } from './plan/graph.ts'
export { nameReader } from './plan/names.ts'
export {
  type Check,
  type Condition,
  isName,
  type Plan,
  planJsonSchema,
  planSchema,
  planVersion,
  type Subtask,
  type WorkerLimits,
  type WorkerSpec,
  workerLimitsSchema,
} from './plan/plan.ts'
export { type ReadReply, type ReadReplyOptions, readReply } from './plan/read-reply.ts'
export { type Path, type Reference, readTemplate } from './plan/reference.ts'
export { type RepairedPlan, type RepairOptions, repairPlan } from './plan/repair.ts'
export { type PlanEdge, type PlanShape, planEdges, planShape } from './plan/shape.ts'
export { backoff } from './policy/backoff.ts'
export { type Policy, type PolicyOptions, policySchema, resolvePolicy } from './policy/policy.ts'
export { addRecords } from './prediction/add-records.ts'
export { type Forecast, forecastOf } from './prediction/forecast.ts'
export { predict } from './prediction/predict.ts'
export {
  type PolicyPrediction,
  type Prediction,
  type PredictOptions,
  predictionJsonSchema,
  predictionSchema,
  predictOptionsSchema,
} from './prediction/prediction.ts'
export { predictionText } from './prediction/text.ts'
export { createRandom, hashUniform, type Random, type Seed } from './random.ts'
export { reportHtml } from './report/html.ts'
export { reportJunit } from './report/junit.ts'
export { reportMarkdown } from './report/markdown.ts'
export { count, counted, dollars, duration, percent, percentRange } from './report/numbers.ts'
export { fitted, plainText } from './report/plain.ts'
export { learnedOf, recordOf, type WorkerRecord } from './report/record.ts'
export {
  type KindReport,
  type RateReport,
  type RunReport,
  reportJsonSchema,
  runReportSchema,
  type SuccessReport,
  type TrialsReport,
  trialsReportSchema,
} from './report/report.ts'
export { accountingFaults, runReport } from './report/run-report.ts'
export { runsReport } from './report/runs.ts'
export { wrapped } from './report/table.ts'
export { reportText, type TextOptions } from './report/text.ts'
export { type Trial, trialsReport } from './report/trials.ts'
export { isMoot } from './run/abreast.ts'
export { inputOf, type ResolvedInput, runOutput } from './run/answers.ts'
export { auditsDue } from './run/audit.ts'
export { type Wanted, wantedOf } from './run/candidates.ts'
export { decide, wakeAt } from './run/decide.ts'
export { type Awaited, type Decision, decisionFault } from './run/decision.ts'
export type {
  Appraisal,
  EventType,
  Failure,
  FailureKind,
  JournalEvent,
  LearnedFrom,
  Spend,
  StopReason,
  WorkerFacts,
} from './run/events.ts'
export { evolve, replay } from './run/evolve.ts'
export { missedMessage } from './run/expand.ts'
export { startFaults } from './run/feasible.ts'
export { forkEvents } from './run/fork.ts'
export { lateCount, nextLateAt } from './run/hedge.ts'
export type { Input, Outcome } from './run/input.ts'
export { type Budget, type RunOptions, recordSchema, runOptionsSchema } from './run/options.ts'
export type { ReplanInput } from './run/replan.ts'
export type { RouteAnswer } from './run/route.ts'
export {
  emptyState,
  factsOf,
  flightKey,
  isFinal,
  openCount,
  policyOf,
  type RunState,
  status,
  statusNames,
} from './run/state.ts'
export { temperatureOf } from './run/temperature.ts'
export { emptyTrail, mark, marksOf, type Trail } from './run/trail.ts'
export { type VerifierShares, verifierShares } from './run/weighed.ts'
export { didYouMean, quote } from './suggest.ts'
