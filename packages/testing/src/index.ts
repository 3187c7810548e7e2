export { frozenClock } from './clock/frozen-clock.ts'
export { settled, VirtualClock } from './clock/virtual-clock.ts'
export {
  type FaultProfile,
  type FaultProfileName,
  faultProfile,
  faultProfileNames,
} from './faults/profiles.ts'
export { type FaultOptions, withFaults } from './faults/with-faults.ts'
export type { GateProgress, TrialsOptions } from './gate/options.ts'
export { type PlanTrialOptions, planTrial } from './gate/plan-trial.ts'
export { runTrials } from './gate/run-trials.ts'
export type { TrialCheck, TrialContext, TrialFunction, TrialOutcome, Tried } from './gate/trial.ts'
export { eventsOf } from './journal/events-of.ts'
