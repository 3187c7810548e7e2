import {
  type Appraisal,
  canonicalJson,
  idOf,
  inputOf,
  missedMessage,
  type Outcome,
  quote,
  type Spend,
  settleJson,
  verifierShares,
  type Wanted,
  wantedOf,
} from '@kilostep/core'
import { appraise } from './appraise.ts'
import { Context } from './attempt-context.ts'
import { isDefinedPlan } from './define-plan.ts'
import type { Job } from './dispatcher.ts'
import { failureOf, retryAfterOf } from './failure.ts'
import type { Gate } from './gate.ts'
import { type FailureOutcome, failure, final, flagged, issues } from './outcome.ts'
import { redactedOutcome } from './redact.ts'
import type { Run } from './run.ts'
import { isThenable } from './thenable.ts'
import type { ReadVerdict } from './verdict.ts'
import { type Verifying, verifyAnswer } from './verify-answer.ts'
import type { Worker } from './worker.ts'

/** Why an attempt was told to stop. */
type StopCause = 'timeout' | 'idle' | 'cancelled' | 'needless'

/**
 * One attempt under way, from its slot to its outcome; the context that the worker gets is a view of it. What is
 * rarely used is made only when asked for, because a run may have a million of these.
 */
export class Flight implements Job {
  readonly owner: Run
  readonly node: number
  readonly attempt: number
  readonly sample: number
  readonly worker: Worker
  readonly gate: Gate
  /** When it is told to stop, in ms since 1970; moved by heartbeats where there is an idle limit. */
  deadline: number
  readonly idleMs: number | null
  readonly startedAt: number
  /** Where the run's list has it. */
  place = -1
  readonly timeoutAt: number
  readonly graceMs: number
  #controller: AbortController | undefined
  stopCause: StopCause | undefined
  /** Its outcome is known to the run, though its worker may still be at it. */
  reported = false
  spentUsd = 0
  spentTokens = 0
  /** The worker has said what it costs, if only that it is nothing. */
  spentTold = false

  constructor(
    run: Run,
    node: number,
    attempt: number,
    sample: number,
    worker: Worker,
    gate: Gate,
    at: number,
  ) {
    const policy = run.policyOf(node)
    this.owner = run
    this.node = node
    this.attempt = attempt
    this.sample = sample
    this.worker = worker
    this.gate = gate
    this.idleMs = policy.idleMs
    this.graceMs = policy.graceMs
    this.startedAt = at
    this.timeoutAt = at + policy.timeoutMs
    this.deadline = Math.min(this.timeoutAt, at + (policy.idleMs ?? policy.timeoutMs))
  }

  run(): Promise<void> | undefined {
    const durable = this.owner.durable()
    return durable === undefined ? this.#begin() : this.#beginAfter(durable)
  }

  /** Asks the worker to stop. What it does about it is seen when it ends, or when its grace is over. */
  stop(cause: StopCause, at: number): void {
    if (this.stopCause !== undefined) return
    this.stopCause = cause
    this.deadline = at + this.graceMs
    this.#controller?.abort(this.#stopReason())
  }

  /** The grace is over and the worker still runs: the run goes on without it, and the slot stays taken. */
  giveUp(): void {
    this.reported = true
    // What it still does costs as well: where that is bounded, the bound counts.
    const spent = this.worker.cost === undefined ? this.#spent() : {}
    if (this.#isCancelled) this.owner.abandoned(this, { type: 'cancelled', stuck: true, ...spent })
    else this.owner.abandoned(this, { ...this.#timedOut(), stuck: true, ...spent })
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.stopCause !== undefined && !this.#controller.signal.aborted)
      this.#controller.abort(this.#stopReason())
    return this.#controller.signal
  }

  heartbeat(at: number): void {
    if (this.idleMs !== null && this.stopCause === undefined)
      this.deadline = Math.min(this.timeoutAt, at + this.idleMs)
  }

  async #beginAfter(durable: Promise<void>): Promise<void> {
    try {
      await durable
    } catch {
      // The run has been told by its log and ends; the attempt has not begun.
      this.owner.left(this)
      return
    }
    await this.#begin()
  }

  #begin(): Promise<void> | undefined {
    if (this.stopCause !== undefined) {
      // Told to stop before it began: the worker is not even called.
      this.#end({ type: 'cancelled' })
      return undefined
    }
    let given: { input: unknown } | { failure: FailureOutcome }
    let answer: unknown
    let pending = false
    try {
      given = this.#input()
      if ('input' in given) {
        answer = this.worker.run(given.input, new Context(this))
        // Looking at an answer runs the caller's code where it has getters, and that can throw as well.
        pending = isThenable(answer)
      }
    } catch (error) {
      this.#threw(error)
      return undefined
    }
    if ('failure' in given) {
      this.#end(given.failure)
      return undefined
    }
    return pending
      ? this.#await(answer as PromiseLike<unknown>, given.input)
      : this.#judge(answer, given.input)
  }

  async #await(answer: PromiseLike<unknown>, input: unknown): Promise<void> {
    let value: unknown
    try {
      value = await answer
    } catch (error) {
      this.#threw(error)
      return
    }
    const judging = this.#judge(value, input)
    if (judging !== undefined) await judging
  }

  #input(): { input: unknown } | { failure: FailureOutcome } {
    const { state } = this.owner
    const { input, missed } = inputOf(state, this.node)
    if (missed.length > 0) {
      return { failure: final('flagged', 'missing-input', missedMessage(state, this.node, missed)) }
    }
    const schema = this.worker.input
    if (schema === undefined) return { input }
    const parsed = schema.safeParse(input)
    if (parsed.success) return { input: parsed.data }
    const why = `The input of ${quote(this.#id())} does not fit worker ${quote(this.worker.name)}: ${issues(parsed.error)}`
    return { failure: final('flagged', 'invalid-input', why) }
  }

  /** An answer is there: is it of the right form, small enough, and what the verifier takes? */
  #judge(answer: unknown, input: unknown): Promise<void> | undefined {
    if (isDefinedPlan(answer)) {
      this.#end({ type: 'plan', plan: answer.data })
      return undefined
    }
    let value = answer
    if (this.worker.output !== undefined) {
      try {
        const parsed = this.worker.output.safeParse(answer)
        if (!parsed.success) {
          const message = `The answer of ${quote(this.#id())} does not fit: ${issues(parsed.error)}`
          this.#end(flagged('invalid-output', message))
          return undefined
        }
        value = parsed.data
      } catch (error) {
        this.#end(
          flagged('invalid-output', `The answer of ${quote(this.#id())} cannot be read: ${textOf(error)}`),
        )
        return undefined
      }
    }
    const settled = settleJson(value ?? null, this.owner.maxAnswerBytes)
    if ('problem' in settled) {
      this.#end(flagged('invalid-answer', `The answer of ${quote(this.#id())} ${settled.problem}.`))
      return undefined
    }
    const flag = this.#redFlag(value ?? null, input)
    if (flag !== undefined) {
      this.#end(flagged('red-flag', flag))
      return undefined
    }
    const by = this.owner.policyOf(this.node).verify?.by
    // A policy for the whole run is laid over the judge too, which does not judge itself.
    const judge = by == null || by === this.worker.name ? undefined : this.owner.host.worker(by)
    if (judge !== undefined || this.worker.verify !== undefined)
      return this.#verify(value ?? null, input, judge)
    return this.#accept(value ?? null)
  }

  /** Why the answer is not to be trusted; undefined where it may be. */
  #redFlag(answer: unknown, input: unknown): string | undefined {
    try {
      const flag = this.worker.redFlag?.(answer, input)
      if (flag === undefined || flag === false || flag === '') return undefined
      return typeof flag === 'string' ? flag : 'The answer has a red flag.'
    } catch (error) {
      return `The red flag check threw: ${textOf(error)}`
    }
  }

  #accept(answer: unknown): Promise<void> | undefined {
    const wanted = wantedOf(this.owner.state, this.node)
    if (wanted === undefined) {
      this.#end({ type: 'answer', answer })
      return undefined
    }
    const told = appraise(this.worker, answer, wanted, () => new Context(this))
    if (isThenable(told)) return told.then((settled) => this.#appraised(answer, settled))
    this.#appraised(answer, told)
    return undefined
  }

  #appraised(answer: unknown, told: Appraisal | FailureOutcome): void {
    this.#end('type' in told ? told : { type: 'answer', answer, ...told })
  }

  #verify(answer: unknown, input: unknown, judge: Worker | undefined): Promise<void> | undefined {
    const { verify } = this.owner.policyOf(this.node)
    const asked = { worker: this.worker, judge, least: verify?.least ?? 0.5, answer, input }
    if (verifierShares(this.owner.state, this.node) !== undefined) return this.#weigh(asked)
    const said = verifyAnswer(asked, new Context(this))
    const heed = (verdict: ReadVerdict | FailureOutcome): Promise<void> | undefined => {
      if ('type' in verdict) this.#end(verdict)
      else if (verdict.accepted) return this.#accept(answer)
      else this.#end(failure('wrong', 'rejected', verdict.reason))
      return undefined
    }
    return said instanceof Promise ? said.then(heed) : heed(said)
  }

  /** The verdict is evidence beside the votes: a vote for a rejected answer is still a vote. */
  async #weigh(asked: Verifying): Promise<void> {
    const { state } = this.owner
    const told = await appraise(
      this.worker,
      asked.answer,
      wantedOf(state, this.node) as Wanted,
      () => new Context(this),
    )
    if ('type' in told) return this.#end(told)
    const key = told.key ?? canonicalJson(asked.answer)
    const known = state.ballots.get(this.node)?.verdicts?.get(key)
    // Asked the same again it would say the same again, which is nothing new.
    const verdict = known === undefined ? await verifyAnswer(asked, new Context(this)) : undefined
    if (verdict !== undefined && 'type' in verdict) return this.#end(verdict)
    const word =
      verdict === undefined ? undefined : verdict.accepted ? ('accepted' as const) : ('rejected' as const)
    this.#end({
      type: 'answer',
      answer: asked.answer,
      ...told,
      key,
      ...(word && { verdict: word }),
      ...(verdict?.accepted === false && { reason: verdict.reason }),
    })
  }

  #threw(error: unknown): void {
    const retryAfterMs = retryAfterOf(error, this.owner.now())
    const { retryable, ...rest } = failureOf(error)
    this.#end({
      type: 'failure',
      failure: rest,
      ...(retryable === false ? { retryable } : undefined),
      ...(retryAfterMs === undefined ? undefined : { retryAfterMs }),
    })
  }

  #end(outcome: Outcome): void {
    const told = this.stopCause !== undefined && !this.#isCancelled
    // Told to stop for lack of time, whatever it ended with; told to stop with the run, an answer is still an answer.
    const ended: Outcome = told
      ? this.#timedOut()
      : this.#isCancelled && outcome.type === 'failure'
        ? { type: 'cancelled' }
        : outcome
    if (this.reported) this.owner.stopped(this)
    else {
      this.reported = true
      this.owner.ended(this, { ...redactedOutcome(ended, this.worker.redact), ...this.#spent() })
    }
    this.owner.left(this)
  }

  get #isCancelled(): boolean {
    return this.stopCause === 'cancelled' || this.stopCause === 'needless'
  }

  #timedOut(): FailureOutcome {
    return failure('transport', this.stopCause === 'idle' ? 'idle' : 'timeout', this.#stopMessage())
  }

  #stopMessage(): string {
    const { timeoutMs } = this.owner.policyOf(this.node)
    if (this.stopCause === 'idle') return `No heartbeat for ${this.idleMs} ms.`
    if (this.stopCause === 'timeout') return `Not done within its ${timeoutMs} ms.`
    return this.stopCause === 'needless' ? 'The answer is no longer needed.' : 'The run was stopped.'
  }

  #stopReason(): DOMException {
    return new DOMException(this.#stopMessage(), this.#isCancelled ? 'AbortError' : 'TimeoutError')
  }

  #spent(): { spent?: Spend } {
    if (!this.spentTold) return {}
    return { spent: { usd: this.spentUsd, tokens: this.spentTokens } }
  }

  #id(): string {
    return idOf(this.owner.state.graph, this.node)
  }
}

function textOf(error: unknown): string {
  return failureOf(error).message
}
