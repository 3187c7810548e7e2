export { frozenClock } from './clock/frozen-clock.ts'
export { settled, VirtualClock } from './clock/virtual-clock.ts'
export { eventsOf } from './journal/events-of.ts'
