import type { Workers } from './crew.ts'
import type { Run } from './run.ts'

/** What a run needs of its engine. */
export interface RunHost extends Workers {
  now(): number
  /** Calls back once after that many ms, unless the returned function is called before. */
  after(ms: number, call: () => void): () => void
  /** There is something new: an attempt may start, or a time has come nearer. */
  changed(run: Run): void
  /** One more attempt does not stop though it was told to, or one fewer. */
  stuck(change: 1 | -1): void
  /** Time is to be looked at by then, in ms since 1970. */
  due(at: number): void
  /** The run has ended and nothing of it is in flight that could end. */
  finished(run: Run): void
}
