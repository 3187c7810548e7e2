export { frozenClock } from './clock/frozen-clock.ts'
export { settled, VirtualClock } from './clock/virtual-clock.ts'
export {
  type FaultProfile,
  type FaultProfileName,
  faultProfile,
  faultProfileNames,
} from './faults/profiles.ts'
export { type FaultOptions, withFaults } from './faults/with-faults.ts'
export { eventsOf } from './journal/events-of.ts'
