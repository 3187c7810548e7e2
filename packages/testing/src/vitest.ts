// What registers tests, and so needs vitest: apart from the rest, which runs without it.
import type { GateReport } from '@kilostep/core'
import { expect } from 'vitest'
import { type ReachOptions, toPassGate, toReach } from './gate/matchers.ts'

expect.extend({ toReach, toPassGate })

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** Whether the compound success of a report reaches a target. A run must have succeeded, too. */
    toReach(target: number, options?: ReachOptions): R
    /** Whether the verdict of a gate is `pass`. */
    toPassGate(): R
  }
  interface TaskMeta {
    /** What a test of `reliability` came to, for reporters. */
    reliability?: GateReport
  }
}

export type { ReachOptions } from './gate/matchers.ts'
export { type ReliabilityOptions, reliability } from './gate/reliability.ts'
export { dispatcherSuite } from './suites/dispatcher-suite.ts'
export { type JournalUnderTest, journalSuite } from './suites/journal-suite.ts'
