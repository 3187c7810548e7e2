export {
  type Fault,
  type JournalEvent,
  type Json,
  KilostepError,
  type Plan,
  type PolicyOptions,
  type Prediction,
  planJsonSchema,
  predictionJsonSchema,
  predictionText,
  type ReplanInput,
  type RunOptions,
  type RunReport,
  reportJsonSchema,
  type Spend,
  type TrialsReport,
  type WorkerRecord,
} from '@kilostep/core'
export { type Artefact, artefactOf, verifiedPath } from './artefact.ts'
export { choosePlan, type PredictedPlan } from './choose-plan.ts'
export { type Clock, systemClock } from './clock.ts'
export { type DecisionOptions, decideSubtask, type Waiting, waitingSubtasks } from './decision.ts'
export {
  type ConditionOptions,
  DefinedPlan,
  definePlan,
  type PlanBuilder,
  type Resolved,
  type SubtaskOptions,
} from './define-plan.ts'
export { type Dispatcher, type Job, localDispatcher } from './dispatcher.ts'
export type { DrainOptions } from './drain.ts'
export { createEngine, Engine } from './engine.ts'
export type { EngineOptions, ForkOptions, ResumeOptions, StartOptions } from './engine-options.ts'
export { type AcceptedAnswer, exportAnswers, exportRun } from './export-run.ts'
export { AttemptError, parseRetryAfter } from './failure.ts'
export { type Given, Handle, Item } from './handle.ts'
export type { Journal, KeptReport, RunEntry, RunLog, RunSize, StoredDecision } from './journal.ts'
export { knownWorkers } from './known-workers.ts'
export { memoryJournal } from './memory-journal.ts'
export { type PilotOptions, type PilotResult, pilot } from './pilot.ts'
export {
  type Planner,
  type PlannerContext,
  type PlanRound,
  type PlanTaskOptions,
  planTask,
} from './planner.ts'
export { type PredictPlanOptions, predict } from './predict.ts'
export type { RunProgress } from './progress.ts'
export { type PrunedRun, type PruneOptions, pruneRuns } from './prune-runs.ts'
export { type ReplanTask, type ReplanWorkerOptions, replanWorker } from './replan-worker.ts'
export { type Difference, type Divergence, type Replay, replayRun } from './replay.ts'
export { Run } from './run.ts'
export type { RunEvent, RunEventMap } from './run-events.ts'
export type { RunResult } from './run-result.ts'
export { type SplitTask, type SplitWorkerOptions, splitWorker } from './split-worker.ts'
export { type SqliteJournalOptions, sqliteJournal } from './sqlite/sqlite-journal.ts'
export { type PlanStream, type StreamedItem, type StreamOptions, streamPlan } from './stream.ts'
export type { StreamSummary } from './stream-summary.ts'
export {
  type Alternative,
  type AttemptContext,
  defineWorker,
  type Verdict,
  type Worker,
  type WorkerOptions,
} from './worker.ts'
export { type CommandOptions, commandWorker } from './workers/command-worker.ts'
export { type PassedVariables, passedEnvironment, withoutSecrets } from './workers/environment.ts'
export { type ModuleOptions, moduleWorker } from './workers/module-worker.ts'
export { type PlanWorkersOptions, planWorkers } from './workers/plan-workers.ts'
export { type ProgramEnd, type ProgramOptions, runProgram } from './workers/program.ts'
export { type RecordedOptions, type RecordedSample, recordedWorker } from './workers/recorded.ts'
