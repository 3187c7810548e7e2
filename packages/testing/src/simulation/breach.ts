/** What must hold in every run, whatever goes wrong around it, by number. */
export const invariants = {
  1: 'an acknowledged answer survives',
  2: 'an accepted answer never changes',
  3: 'one acceptance a subtask',
  4: 'no acceptance from a stale attempt',
  5: 'a dependency is durable before its dependant starts',
  6: 'attempts within their limits',
  7: 'spend within the budget, across crashes too',
  8: 'in flight within the concurrency',
  9: 'every plan ends, and every time limit is kept',
  10: 'only valid answers are accepted',
  11: 'replay equals the live state, and every attempt is counted',
  12: 'a torn last write never throws',
  13: 'the same seed gives the same trace',
} as const

export type Invariant = keyof typeof invariants

/** An invariant that did not hold. */
export interface Breach {
  readonly invariant: Invariant
  /** What happened, in words. */
  readonly message: string
}
