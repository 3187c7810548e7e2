import { latencyBuckets } from './latency.ts'

/** What is counted of one worker: its attempts and what became of its subtasks. */
export interface WorkerTally {
  started: number
  succeeded: number
  transport: number
  flagged: number
  wrong: number
  cancelled: number
  /** Of those started: late duplicates of others. */
  hedged: number
  /** Of a check's worker: how often it rejected what it saw. */
  rejections: number
  /** Subtasks whose first attempt was taken, and how many had one at all. */
  firstSucceeded: number
  attempted: number
  usd: number
  tokens: number
  totalMs: number
  longestMs: number
  /** Attempts by duration: bucket b holds those up to 2^(b/4) ms. */
  readonly durations: Uint32Array
  /** The same for those that answered, and for those that a duplicate was faster than: these took longer still. */
  readonly answered: Uint32Array
}

export function emptyTally(): WorkerTally {
  return {
    started: 0,
    succeeded: 0,
    transport: 0,
    flagged: 0,
    wrong: 0,
    cancelled: 0,
    hedged: 0,
    rejections: 0,
    firstSucceeded: 0,
    attempted: 0,
    usd: 0,
    tokens: 0,
    totalMs: 0,
    longestMs: 0,
    durations: new Uint32Array(latencyBuckets),
    answered: new Uint32Array(latencyBuckets),
  }
}
