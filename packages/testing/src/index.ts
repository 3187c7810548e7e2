export { frozenClock } from './clock/frozen-clock.ts'
export { settled, VirtualClock } from './clock/virtual-clock.ts'
export {
  type FaultProfile,
  type FaultProfileName,
  faultProfile,
  faultProfileNames,
} from './faults/profiles.ts'
export { type FaultOptions, withFaults } from './faults/with-faults.ts'
export { digestOfInputs } from './gate/inputs.ts'
export type { GateProgress, TrialsOptions } from './gate/options.ts'
export { type PlanTrialOptions, planTrial } from './gate/plan-trial.ts'
export { runTrials } from './gate/run-trials.ts'
export type { TrialCheck, TrialContext, TrialFunction, TrialOutcome, Tried } from './gate/trial.ts'
export { eventsOf } from './journal/events-of.ts'
export type { FaultRates, WrongOptions } from './model-server/error-model.ts'
export type { ModelRequest } from './model-server/model-request.ts'
export { type ModelServer, type ModelServerTally, modelServer } from './model-server/model-server.ts'
export type { ModelServerOptions } from './model-server/options.ts'
export { type FaultName, faultNames, type Reply } from './model-server/reply.ts'
export type { Between } from './simulation/between.ts'
export { type Breach, type Invariant, invariants } from './simulation/breach.ts'
export type { Frame, LogHolder, SimulatedDisk, StoredLog } from './simulation/disk.ts'
export { allFaults, type SimulationFaults } from './simulation/faults.ts'
export {
  playSeed,
  type SimulateOptions,
  type SimulationResult,
  simulate,
  simulateEach,
} from './simulation/simulate.ts'
export type { Scenario, SeedResult } from './simulation/simulated-run.ts'
export { anyScenario } from './simulation/workload/workload.ts'
