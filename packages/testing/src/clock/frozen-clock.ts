import type { Clock } from 'kilostep'

/** A clock that stands still: what a run does then depends on its seed alone, never on how fast the machine is. */
export const frozenClock: Clock = {
  now: () => 1_000,
  after: () => () => undefined,
  turn: () => Promise.resolve(),
}
