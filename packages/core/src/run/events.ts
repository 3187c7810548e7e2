import type { Plan } from '../plan/plan.ts'
import type { PolicyOptions } from '../policy/policy.ts'
import type { Forecast } from '../prediction/forecast.ts'
import type { RunOptions } from './options.ts'

/** The three kinds of failure, each with a counter of its own. */
export type FailureKind = 'transport' | 'flagged' | 'wrong'

/** Why an attempt or a subtask failed. */
export interface Failure {
  readonly kind: FailureKind
  /** Stable across versions, e.g. `timeout`. */
  readonly code: string
  readonly message: string
}

/** What an attempt cost. */
export interface Spend {
  readonly usd: number
  readonly tokens: number
}

/** What is known of an answer beside itself; each only where something asks for it. */
export interface Appraisal {
  /** Where answers are voted on or combined: equal keys are the same answer. */
  readonly key?: string
  /** What its verifier said of it, where that is weighed with votes, and why not. */
  readonly verdict?: 'accepted' | 'rejected'
  readonly reason?: string
  /** How sure the worker is that it is right, 0 to 1. */
  readonly confidence?: number
  /** What else it may be, as the worker says. */
  readonly alternatives?: readonly {
    readonly key: string
    readonly answer: unknown
    readonly confidence: number
  }[]
}

/** What a run knows of a worker from earlier ones. */
export interface LearnedFrom {
  readonly worker: string
  readonly version: string
  readonly runs: number
}

/** What a run must know of a worker; kept in the journal, so that other code later does not change the past. */
export interface WorkerFacts {
  readonly name: string
  readonly policy?: PolicyOptions | undefined
  readonly effects: 'none' | 'idempotent' | 'once'
  /** The most that one attempt can cost; reserved before it starts. */
  readonly cost?: Spend | undefined
  /** Of what nobody can say how much an attempt costs at most. */
  readonly unbounded?: readonly (keyof Spend)[] | undefined
  /** Whether anything judges its answers before they count. */
  readonly verified: boolean
  /** What was learned of another version of it says nothing of this one. */
  readonly version?: string | undefined
  /** Whether it says itself which rung a subtask starts on. */
  readonly routes?: boolean | undefined
  /** Whether it says how sure it is of its answers. */
  readonly confident?: true
  /** Whether it can undo what it did. */
  readonly undo: boolean
}

export type StopReason = 'failure' | 'budget' | 'timeout' | 'cancelled' | 'no-free-slot'

/**
 * What happened, as a journal keeps it: `node` is the place of a subtask or check in the plan, `at` is in
 * milliseconds since 1970. State, report and screen are folds over these.
 */
export type JournalEvent =
  | {
      readonly type: 'run-started'
      readonly at: number
      readonly version: 1
      readonly run: string
      readonly plan: Plan
      /** SHA-256 of the plan's canonical JSON. */
      readonly digest: string
      readonly workers: readonly WorkerFacts[]
      readonly options: RunOptions
      readonly seed: string | number
      /** The run that it goes on from, and the subtask that is done anew with all that depends on it. */
      readonly fork?: { readonly run: string; readonly subtask: string }
      /** Which of the record's workers are known from earlier runs on the same journal, and from how many. */
      readonly learned?: readonly LearnedFrom[]
      /** What the target is expected to take, where the record tells. */
      readonly forecast?: Forecast
    }
  /** Of the run that it goes on from: an answer that stands, or one that a check is to judge anew. */
  | {
      readonly type: 'answer-kept'
      readonly at: number
      readonly node: number
      /** Null for a check. */
      readonly answer: unknown
      readonly candidate?: true
    }
  | {
      readonly type: 'attempt-started'
      readonly at: number
      readonly node: number
      /** 1 for the first attempt of the subtask. */
      readonly attempt: number
      /** 1 for the first sample; a transport retry belongs to the same one. */
      readonly sample: number
      /** Another attempt of the subtask is to start beside it: a vote that is needed as well. */
      readonly more?: true
      /** A late duplicate: another attempt at the same sample is in flight, and the first good answer counts. */
      readonly hedge?: true
    }
  | ({
      readonly type: 'attempt-succeeded'
      readonly at: number
      readonly node: number
      readonly attempt: number
      readonly answer: unknown
      readonly spent?: Spend
      /** The worker is too unsure of it: a stronger one is asked, and it is a candidate at most. */
      readonly doubted?: true
    } & Appraisal)
  | {
      readonly type: 'attempt-failed'
      readonly at: number
      readonly node: number
      readonly attempt: number
      readonly failure: Failure
      readonly spent?: Spend
      /** It has not stopped and keeps its slot. */
      readonly stuck?: true
      /** No more votes can be had: those that there are decide. */
      readonly last?: true
    }
  | {
      readonly type: 'attempt-cancelled'
      readonly at: number
      readonly node: number
      readonly attempt: number
      readonly spent?: Spend
      readonly stuck?: true
    }
  /** An attempt that had not stopped in time has stopped now, and its slot is free. */
  | { readonly type: 'attempt-stopped'; readonly at: number; readonly node: number; readonly attempt: number }
  | {
      readonly type: 'retry-scheduled'
      readonly at: number
      readonly node: number
      /** When the next attempt may start. */
      readonly dueAt: number
    }
  /** It starts with a stronger worker than its own, because of what is known of it beforehand. */
  | {
      readonly type: 'subtask-routed'
      readonly at: number
      readonly node: number
      readonly to: string
      /** How often that one's answers are taken to be wrong. */
      readonly error: number
    }
  /** A stronger worker takes over, because attempts are used up or votes do not decide. */
  | {
      readonly type: 'subtask-escalated'
      readonly at: number
      readonly node: number
      readonly to: string
      readonly failure: Failure
    }
  /** The votes do not decide yet: another is asked for. */
  | {
      readonly type: 'vote-continued'
      readonly at: number
      readonly node: number
      /** Those in flight are awaited first, and no other starts. */
      readonly awaited?: true
    }
  /** The votes agree, but others that do not will tell how much agreement is worth. */
  | { readonly type: 'vote-set-aside'; readonly at: number; readonly node: number }
  /** Those that were set aside are decided on now. */
  | { readonly type: 'votes-resumed'; readonly at: number }
  /** The votes are decided, and a check is still to come. */
  | {
      readonly type: 'candidate-chosen'
      readonly at: number
      readonly node: number
      readonly attempt: number
    }
  | {
      readonly type: 'check-accepted'
      readonly at: number
      readonly node: number
      readonly attempt: number
      /** Where candidates are combined: the probability that what it accepted is wrong. */
      readonly error?: number
    }
  | {
      readonly type: 'check-rejected'
      readonly at: number
      readonly node: number
      readonly attempt: number
      readonly reason: string
      /** The covered subtasks that are asked again, or whose stronger workers are. */
      readonly suspects: readonly number[]
      /** The suspects go up the ladder. */
      readonly raised?: true
      /** No further round: the covered subtasks fail. */
      readonly final: boolean
    }
  /** What a check is asked about next: the likeliest combination of candidates that it has not rejected. */
  | {
      readonly type: 'combination-chosen'
      readonly at: number
      readonly node: number
      /** The covered subtasks that leave a choice, and which of its candidates each has now, 0 for the first it had. */
      readonly choice: readonly (readonly [node: number, candidate: number])[]
      /** That it is the right one, before the check. */
      readonly probability: number
      /** That it is wrong though the check should accept it. */
      readonly error: number
    }
  | {
      readonly type: 'subtask-succeeded'
      readonly at: number
      readonly node: number
      /** The attempt whose answer won the vote. */
      readonly attempt?: number
      /** The failure that a fallback answer stands in for. */
      readonly fallback?: Failure
    }
  | {
      readonly type: 'subtask-failed'
      readonly at: number
      readonly node: number
      readonly failure: Failure
    }
  /** A check could not be made. */
  | { readonly type: 'check-failed'; readonly at: number; readonly node: number; readonly failure: Failure }
  | { readonly type: 'check-cancelled'; readonly at: number; readonly node: number }
  | {
      readonly type: 'subtask-skipped'
      readonly at: number
      readonly node: number
      /** Its condition was not met, or something that it needs did not succeed. */
      readonly reason: 'condition' | 'dependency'
      /** What it needed. */
      readonly cause?: number
    }
  | { readonly type: 'subtask-cancelled'; readonly at: number; readonly node: number }
  | {
      readonly type: 'subtask-expanded'
      readonly at: number
      readonly node: number
      /** The subtasks that it returned … */
      readonly plan?: Plan
      /** … or the items of its map, a subtask each. */
      readonly items?: readonly unknown[]
      /** As the run did that this one goes on from; no attempt of this one has. */
      readonly again?: true
    }
  /** It has failed for good, and a planner is to be asked for another way. */
  | {
      readonly type: 'replan-requested'
      readonly at: number
      readonly node: number
      readonly failure: Failure
    }
  /** A subtask is added that asks the planner. */
  | {
      readonly type: 'replan-started'
      readonly at: number
      /** The first of what failed: it adds the subtask. */
      readonly node: number
      readonly nodes: readonly number[]
      /** The added subtask's own id and worker, and what the planner is told. */
      readonly id: string
      readonly worker: string
      readonly input: unknown
    }
  /** The planner's subtasks take the place of what failed and of what needs that. */
  | {
      readonly type: 'subtask-replanned'
      readonly at: number
      readonly node: number
      readonly plan: Plan
      /** What they replace. */
      readonly superseded: readonly number[]
      /** What they refer to of what stays. */
      readonly kept: readonly number[]
    }
  /** It is not to go on before somebody outside has decided; holds no slot. */
  | {
      readonly type: 'decision-awaited'
      readonly at: number
      readonly node: number
      /** Leave to start, an answer, or to be told whether it was done before its host was lost. */
      readonly for: 'approval' | 'answer' | 'unsure'
    }
  | {
      readonly type: 'decision-made'
      readonly at: number
      readonly node: number
      readonly decision: 'approve' | 'reject' | 'answer'
      readonly reason?: string
      readonly answer?: unknown
    }
  /** What was decided cannot be: it waits on. */
  | {
      readonly type: 'decision-refused'
      readonly at: number
      readonly node: number
      readonly message: string
    }
  /** The host that ran it is gone, and another goes on: nobody knows how the attempts in flight ended. */
  | { readonly type: 'host-lost'; readonly at: number }
  | { readonly type: 'run-paused'; readonly at: number }
  | { readonly type: 'run-resumed'; readonly at: number }
  | {
      readonly type: 'run-stopping'
      readonly at: number
      readonly reason: StopReason
      readonly message: string
    }
  | {
      readonly type: 'run-finished'
      readonly at: number
      readonly status: 'succeeded' | 'failed' | 'cancelled'
      readonly message: string
    }
  /** An accepted answer is checked by an independent worker; it stays accepted whatever that finds. */
  | { readonly type: 'audit-started'; readonly at: number; readonly node: number; readonly by: string }
  | {
      readonly type: 'audit-ended'
      readonly at: number
      readonly node: number
      /** `failed`: it could not be made. */
      readonly found: 'right' | 'wrong' | 'failed'
      readonly reason?: string
      readonly spent?: Spend
    }
  | { readonly type: 'undo-started'; readonly at: number; readonly node: number }
  | { readonly type: 'undo-succeeded'; readonly at: number; readonly node: number }
  | { readonly type: 'undo-failed'; readonly at: number; readonly node: number; readonly message: string }
  | {
      readonly type: 'run-rolled-back'
      readonly at: number
      readonly undone: number
      readonly failed: number
    }

export type EventType = JournalEvent['type']
