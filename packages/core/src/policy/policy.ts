import { z } from 'zod'
import { type Hedge, hedgeSchema, resolveHedge } from './hedge.ts'
import { type Audit, auditSchema, resolveVerify, type Verification, verifySchema } from './judging.ts'
import { type Route, routeSchema } from './route.ts'

/** The longest time that a timer can be set to, in milliseconds: 2^31 − 1, about 24.8 days. */
export const maxTimerMs = 2_147_483_647

const times = z.int().min(1).max(10_000)
const timeMs = z.int().min(1).max(maxTimerMs)

/** What to do about failed attempts. Each kind of failure has a counter of its own. */
const retrySchema = z.strictObject({
  /** How many attempts of one kind of failure a subtask may have before it fails for good. 1 = no retry. Default 3. */
  attempts: times,
  /** The same for flagged answers (invalid, too large). Default: `attempts`. */
  flagged: times.optional(),
  /** The same for wrong answers (rejected by a verifier or a check). Default: `attempts`. */
  wrong: times.optional(),
  /** The wait before the first retry of a transport failure, in ms, 0 to a day. Default 200. */
  backoffMs: z.number().min(0).max(86_400_000),
  /** What each further wait is multiplied by, 1 to 10. Default 2. */
  factor: z.number().min(1).max(10),
  /** The longest wait, in ms, 0 to a day. Default 30,000. A `Retry-After` that is longer is obeyed. */
  maxBackoffMs: z.number().min(0).max(86_400_000),
  /** The share of each wait that is random, 0 to 1, drawn from the run's seed. Default 0.5. */
  jitter: z.number().min(0).max(1),
})

/** Repeated attempts whose answers are counted: the first that leads the next by `margin` is taken. */
const voteSchema = z.strictObject({
  /** How far the leader must lead, 1 to 1,000; `auto` learns from agreement what the run's target takes. */
  margin: z.union([z.literal('auto'), z.int().min(1).max(1_000)]),
  /** Votes after which a subtask is not asked again, 1 to 30,000. Default 3,000 with margin `auto`, else 1,000. */
  maxVotes: z.int().min(1).max(30_000).optional(),
  /**
   * What becomes of a subtask that cannot settle, because it reached `maxVotes` or its worker has no more answers:
   * `accept` takes the answer in front, if one is, and counts its doubt against the prediction; `fail` is a failure of
   * kind *wrong*. At `maxVotes` only an answer that is right four times in five is taken. Default `accept` with margin
   * `auto`, else `fail`.
   */
  unsettled: z.enum(['accept', 'fail']).optional(),
  /**
   * How many votes of one subtask may be in flight together, 1 to 1,000; 1 asks one after another. `needed`: as many
   * as it is certain to take, so that a vote takes as long as one attempt and costs no more. A larger number keeps
   * so many more in flight as it is above that at first: time is saved where answers differ, and what is still in
   * flight when the vote is settled is cancelled. Default `needed`.
   */
  atOnce: z.union([z.literal('needed'), z.int().min(1).max(1_000)]).optional(),
  /**
   * The temperature that a worker is to ask a model at (`context.temperature`), by vote: the first, the second and so
   * on, the last for all that follow; 0 to 2 each, up to 100. `[0, 0.7]` takes the likeliest answer first and then
   * independent ones. Default: none is said.
   */
  temperatures: z.array(z.number().min(0).max(2)).min(1).max(100).optional(),
})

/** A stronger worker for subtasks that this one does not settle: the next rung of the ladder. */
const escalateSchema = z.strictObject({
  /** The stronger worker's name. What comes after it is said in its own policy. */
  to: z.string().min(1).max(200),
  /** What one attempt of it costs, in attempts of this worker, over 0 to 1,000,000. Default 10. */
  cost: z.number().positive().max(1_000_000).optional(),
  /** How often its answers are right, over ½ and under 1. Default 0.99. */
  rate: z.number().gt(0.5).lt(1).optional(),
  /** So many votes for other answers than the leader are enough to go up, 1 to 1,000. Default: the votes decide. */
  dissent: z.int().min(1).max(1_000).optional(),
  /**
   * An answer of which the worker is less sure than this goes up, over 0 to 1: the mean confidence of the votes for
   * it. For workers that say their `confidence`. Default: confidence does not matter.
   */
  below: z.number().gt(0).max(1).optional(),
})

/** What a check does when it has rejected as often as it may: it tries the combinations of candidates, likeliest first. */
const combineSchema = z.strictObject({
  /** How many combinations are tried at most, each with a call of the check's worker, 1 to 1,000. Default 100. */
  checks: z.int().min(1).max(1_000).optional(),
  /** The most that a combination which passes may still be wrong by, over 0 to 1: no likelier one is left then. Default 0.5. */
  error: z.number().gt(0).max(1).optional(),
})

const policyFields = {
  retry: retrySchema.partial(),
  vote: voteSchema.optional(),
  /** Who verifies its answers, and how far that is believed. Default: the worker's own `verify`, believed. */
  verify: verifySchema.optional(),
  /** Independent checks of a share of accepted answers. Default: none. */
  audit: auditSchema.optional(),
  /** Where to go when attempts are used up or votes do not decide. Default: nowhere. */
  escalate: escalateSchema.optional(),
  /** Which rung of the ladder a subtask starts on. Default: its own worker. */
  route: routeSchema.optional(),
  /** A late duplicate of an attempt that takes longer than most. Default: none. */
  hedge: hedgeSchema.optional(),
  /** Of a check: take the likeliest combination of candidates that passes. Default: what it rejects for good fails. */
  combine: combineSchema.optional(),
  /** Time limit of one attempt, in ms. Default 600,000 (ten minutes). */
  timeoutMs: timeMs,
  /** Time limit without a heartbeat, in ms. Default: none. */
  idleMs: timeMs.optional(),
  /** How long an attempt may take to stop after its signal was aborted, in ms. Default 1,000. */
  graceMs: z.int().min(0).max(maxTimerMs),
  /**
   * Wait for somebody outside before the first attempt, holding no slot: for leave to start, or for the answer itself,
   * in place of the worker's. Of a check, `answer` makes somebody outside the judge. Default: wait for nobody.
   */
  wait: z.enum(['approval', 'answer']).optional(),
  /** When a subtask fails for good: skip what depends on it and go on, or stop the run. Default `skip`. */
  onFailure: z.enum(['skip', 'stop']),
}

/** A policy as a user writes it: everything is optional. */
export const policySchema = z.strictObject(policyFields).partial()
export type PolicyOptions = z.input<typeof policySchema>

/** A policy with every value decided. */
export interface Policy {
  readonly retry: {
    readonly transport: number
    readonly flagged: number
    readonly wrong: number
    readonly backoffMs: number
    readonly factor: number
    readonly maxBackoffMs: number
    readonly jitter: number
  }
  /** Null: one answer is enough. */
  readonly vote: {
    readonly margin: 'auto' | number
    readonly maxVotes: number
    readonly unsettled: 'accept' | 'fail'
    readonly atOnce: 'needed' | number
    /** Null: none is said. */
    readonly temperatures: readonly number[] | null
  } | null
  /** Null: there is no stronger worker. */
  readonly escalate: {
    readonly to: string
    readonly cost: number
    readonly rate: number
    /** Null: the votes decide. */
    readonly dissent: number | null
    /** Null: confidence does not matter. */
    readonly below: number | null
  } | null
  /** Null: every subtask starts with its own worker. */
  readonly route: Route | null
  /** Null: the worker's own `verify` is believed, where it has one. */
  readonly verify: Verification | null
  /** Null: nothing is audited. */
  readonly audit: Audit | null
  /** Null: nothing is done twice for being late. */
  readonly hedge: Hedge | null
  /** Null: what a check rejects for good fails. */
  readonly combine: { readonly checks: number; readonly error: number } | null
  readonly timeoutMs: number
  readonly idleMs: number | null
  readonly graceMs: number
  /** Null: it waits for nobody. */
  readonly wait: 'approval' | 'answer' | null
  readonly onFailure: 'skip' | 'stop'
}

/**
 * Lays policies over one another, the later over the earlier: the defaults, then the worker's, the run's, the
 * subtask's.
 */
export function resolvePolicy(...layers: readonly (PolicyOptions | undefined)[]): Policy {
  const retry: NonNullable<PolicyOptions['retry']> = {}
  const rest: PolicyOptions = {}
  for (const layer of layers) {
    if (layer === undefined) continue
    Object.assign(retry, withoutUndefined(layer.retry ?? {}))
    Object.assign(rest, withoutUndefined(layer))
  }
  const attempts = retry.attempts ?? 3
  return {
    retry: {
      transport: attempts,
      flagged: retry.flagged ?? attempts,
      wrong: retry.wrong ?? attempts,
      backoffMs: retry.backoffMs ?? 200,
      factor: retry.factor ?? 2,
      maxBackoffMs: retry.maxBackoffMs ?? 30_000,
      jitter: retry.jitter ?? 0.5,
    },
    vote:
      rest.vote === undefined
        ? null
        : {
            margin: rest.vote.margin,
            maxVotes: rest.vote.maxVotes ?? (rest.vote.margin === 'auto' ? 3_000 : 1_000),
            unsettled: rest.vote.unsettled ?? (rest.vote.margin === 'auto' ? 'accept' : 'fail'),
            atOnce: rest.vote.atOnce ?? 'needed',
            temperatures: rest.vote.temperatures ?? null,
          },
    escalate:
      rest.escalate === undefined
        ? null
        : {
            to: rest.escalate.to,
            cost: rest.escalate.cost ?? 10,
            rate: rest.escalate.rate ?? 0.99,
            dissent: rest.escalate.dissent ?? null,
            below: rest.escalate.below ?? null,
          },
    route: rest.route ?? null,
    verify: resolveVerify(rest.verify),
    audit: rest.audit ?? null,
    hedge: resolveHedge(rest.hedge),
    combine:
      rest.combine === undefined
        ? null
        : { checks: rest.combine.checks ?? 100, error: rest.combine.error ?? 0.5 },
    timeoutMs: rest.timeoutMs ?? 600_000,
    idleMs: rest.idleMs ?? null,
    graceMs: rest.graceMs ?? 1_000,
    wait: rest.wait ?? null,
    onFailure: rest.onFailure ?? 'skip',
  }
}

function withoutUndefined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Partial<T>
}
