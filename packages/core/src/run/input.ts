import type { Decision } from './decision.ts'
import type { Appraisal, Failure, Spend, StopReason } from './events.ts'
import type { RouteAnswer } from './route.ts'

/** How an attempt ended, as its host saw it. */
export type Outcome =
  | ({ readonly type: 'answer'; readonly answer: unknown; readonly spent?: Spend } & Appraisal)
  /** The worker returned subtasks instead of an answer. */
  | { readonly type: 'plan'; readonly plan: unknown; readonly spent?: Spend }
  | {
      readonly type: 'failure'
      readonly failure: Failure
      /** False where another attempt could not end otherwise. Default true. */
      readonly retryable?: boolean
      readonly retryAfterMs?: number
      readonly spent?: Spend
      readonly stuck?: true
    }
  | { readonly type: 'cancelled'; readonly spent?: Spend; readonly stuck?: true }

/** What the world tells a run. */
export type Input =
  /** There is room for one more attempt; `closed` are the workers (by place in the graph) that have none. */
  | {
      readonly type: 'next'
      readonly at: number
      readonly closed?: ReadonlySet<number> | undefined
      /** What a worker's own function says of where a subtask is to start. Its answer becomes an event. */
      readonly route?: ((node: number) => RouteAnswer) | undefined
    }
  /** Nothing new: what follows from what happened? */
  | { readonly type: 'follow'; readonly at: number }
  | {
      readonly type: 'attempt-ended'
      readonly at: number
      readonly node: number
      readonly attempt: number
      readonly outcome: Outcome
    }
  | { readonly type: 'attempt-stopped'; readonly at: number; readonly node: number; readonly attempt: number }
  /** The host that had the attempts in flight is gone, and this one goes on. */
  | { readonly type: 'host-lost'; readonly at: number }
  | { readonly type: 'stop'; readonly at: number; readonly reason: StopReason; readonly message: string }
  /** Somebody outside has decided on what waits for that. */
  | { readonly type: 'decision'; readonly at: number; readonly node: number; readonly decision: Decision }
  | { readonly type: 'pause'; readonly at: number }
  | { readonly type: 'resume'; readonly at: number }
