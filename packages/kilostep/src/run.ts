import {
  auditsDue,
  decide,
  evolve,
  type Input,
  type JournalEvent,
  type Outcome,
  parseOptions,
  quote,
  runReport,
  type StopReason,
} from '@kilostep/core'
import { askRoute } from './ask-route.ts'
import { Auditing } from './auditing.ts'
import { Crew } from './crew.ts'
import type { DecisionOptions } from './decision.ts'
import { Decisions } from './decisions.ts'
import { Drain, type DrainOptions, drained, drainOptionsSchema } from './drain.ts'
import { isTimed, nextStartAt, onlyStuck, outOfTime, stalled, startable, stopOverdue } from './due.ts'
import { Flight } from './flight.ts'
import { isHalting, needless } from './halt.ts'
import type { RunLog } from './journal.ts'
import { Readers } from './readers.ts'
import type { ToldRun } from './resume.ts'
import { requireEnded, rollBack } from './rollback.ts'
import { namedEvent, type RunEvent } from './run-events.ts'
import type { RunHost } from './run-host.ts'
import { type RunResult, runResult } from './run-result.ts'
import { RunView } from './run-view.ts'
import { Tidings } from './tidings.ts'
import { Written } from './written.ts'

/** One execution of a plan. Listen with `on`, iterate over it for every event, await `result`. */
export class Run<Output = unknown> extends RunView implements AsyncIterable<RunEvent> {
  /** Resolves when the run has ended, however it ended; rejects only where its journal cannot be written. */
  readonly result: Promise<RunResult<Output>>
  /** @internal */
  readonly host: RunHost
  readonly #written: Written
  readonly #crew: Crew
  readonly #route: ReturnType<typeof askRoute>
  readonly #rollBack: boolean
  /** How far its time is ahead of the host's clock, in ms: it goes on from where the host before it was. */
  readonly #aheadMs: number
  readonly #readers: Readers
  #settle!: { resolve: (result: RunResult<unknown>) => void; reject: (error: unknown) => void }
  #over = false
  #auditing: Auditing | undefined
  #gone = false
  #drain: Drain | undefined
  readonly #decisions: Decisions
  readonly #tidings = new Tidings((event) => this.#told(event))
  /** @internal Since when nothing of it can go on because of attempts that do not stop, in ms since 1970. */
  stalledAt: number | undefined

  /** @internal Of a state that has no events yet, or of what a journal tells. */
  constructor(host: RunHost, log: RunLog, id: string, told: ToldRun, rollBack: boolean) {
    super(id, told.state)
    this.#aheadMs = Math.max(0, told.lastAt - host.now())
    this.host = host
    this.#readers = new Readers(log)
    this.#written = new Written(log, told, {
      durable: () => this.#readers.wake(),
      failed: (error) => void this.#fail(error),
    })
    this.#crew = new Crew(this.state, host)
    this.#route = askRoute(this.state, this.#crew)
    this.#decisions = new Decisions(log, host, {
      run: this as Run,
      crew: this.#crew,
      over: () => this.#over,
      tell: (input) => this.#decide(input),
      commit: (events) => this.#commit(events),
    })
    this.#rollBack = rollBack
    this.result = new Promise<RunResult<unknown>>((resolve, reject) => {
      this.#settle = { resolve, reject }
    }) as Promise<RunResult<Output>>
    // Whoever does not await the result must not bring the process down with it.
    this.result.catch(() => undefined)
  }

  /** @internal The first events of a new run. */
  begin(events: readonly JournalEvent[]): void {
    this.#commit(events)
    this.#follow()
  }

  /** @internal Goes on where another host was lost; a run that has ended has only its result to tell. */
  goOn(): void {
    if (this.state.phase === 'finished') {
      if (auditsDue(this.state).length > 0) this.#finish()
      else {
        this.#over = true
        this.#readers.close()
        this.#settle.resolve(runResult(this.state, runReport(this.state)))
      }
    } else this.#decide({ type: 'host-lost', at: this.now() })
  }

  /** Stops the run: attempts in flight are told through their signals, what has not started is cancelled. */
  cancel(message = 'The run was cancelled.'): void {
    this.stop('cancelled', message)
  }

  /** Starts no further attempts until `resume`; those in flight go on. */
  pause(): void {
    this.#decide({ type: 'pause', at: this.now() })
  }

  resume(): void {
    this.#decide({ type: 'resume', at: this.now() })
    this.host.changed(this)
  }

  /**
   * Decides on a subtask or check that waits for that.
   *
   * @throws KilostepError `unknown-subtask`, `not-waiting`, `invalid-answer`, `invalid-options`.
   */
  decide(subtask: string, options: DecisionOptions): void {
    this.#decisions.decide(subtask, options)
  }

  /**
   * Starts no further attempts, lets those in flight end within a time, and lets go of the run, which can then be
   * resumed here or elsewhere: `result` rejects with KilostepError `drained` where the run did not end by itself.
   * What does not end in time is told to stop and counts as lost. Called again, the shorter time holds.
   *
   * @throws KilostepError `invalid-options`.
   */
  drain(options: DrainOptions = {}): Promise<void> {
    const { graceMs } = parseOptions(drainOptionsSchema, options, 'drain')
    if (this.#drain === undefined) {
      this.#drain = new Drain(this.flights, this.host.after, () => this.#letGo())
      this.result.then(
        () => this.#drain?.ended(),
        () => this.#drain?.look(),
      )
    }
    return this.#drain.within(graceMs)
  }

  /**
   * Undoes, last first, what the workers with an `undo` did. Only once the run has ended.
   *
   * @throws KilostepError `still-running`.
   */
  async rollBack(): Promise<{ readonly undone: number; readonly failed: number }> {
    requireEnded(this.state)
    const undone = await rollBack(
      this.state,
      (name) => this.host.worker(name),
      (event) => this.#commit([event]),
      () => this.now(),
    )
    this.#written.keep(runReport(this.state))
    await this.#written.settled()
    if (this.#readers.closed) await this.#written.log.close()
    return undone
  }

  /** Every event from the first on, also for who comes late; ends with the run. */
  [Symbol.asyncIterator](): AsyncGenerator<RunEvent, void, undefined> {
    return this.#readers.events(this.state)
  }

  /** @internal */
  now(): number {
    return this.host.now() + this.#aheadMs
  }

  /** Nothing of it is to start any more. */
  get #still(): boolean {
    return this.#over || this.#drain !== undefined
  }

  get #concurrency(): number {
    return this.state.options.concurrency ?? Number.POSITIVE_INFINITY
  }

  /** @internal When all that was appended so far is durable; undefined where it is already. */
  durable(): Promise<void> | undefined {
    return this.#written.durable
  }

  /** @internal The next attempt, where one may start now. Here and below, times that the engine gives and gets are its own. */
  pull(now: number): Flight | undefined {
    const { state } = this
    const at = now + this.#aheadMs
    const late = outOfTime(this.state, at)
    if (late !== undefined) this.stop('timeout', late)
    for (;;) {
      if (this.#still || state.phase !== 'running' || this.flights.size >= this.#concurrency) return undefined
      const events = decide(state, { type: 'next', at, closed: this.#crew.closed(now), route: this.#route })
      const [first] = events
      if (first === undefined) return undefined
      this.#commit(events)
      if (first.type === 'attempt-started') {
        if (first.more) queueMicrotask(() => this.host.changed(this))
        return this.#fly(first.node, first.attempt, first.sample, at)
      }
      this.#follow()
      // What a map has added may take more slots than the one that asked.
      queueMicrotask(() => this.host.changed(this))
    }
  }

  /** @internal Whether time alone can let another attempt start, or end the run. */
  get timed(): boolean {
    return !this.#over && isTimed(this.state, this.#crew)
  }

  /** @internal When time lets another attempt start, or the run is out of it: ms since 1970, after `at`. */
  nextStartAt(at: number): number {
    return this.#over ? Number.POSITIVE_INFINITY : nextStartAt(this.state, this.#crew, at, this.#aheadMs)
  }

  /** @internal When something is to happen here though nobody calls: ms since 1970. */
  nextAt(at: number): number {
    let next = this.nextStartAt(at)
    for (const flight of this.flights) next = Math.min(next, this.dueAt(flight))
    return next
  }

  /** @internal When the attempt is out of time. */
  dueAt(flight: Flight): number {
    return flight.deadline - this.#aheadMs
  }

  /** @internal What time has brought: attempts and the run itself may be out of it. */
  tick(now: number): void {
    const at = now + this.#aheadMs
    const late = outOfTime(this.state, at)
    if (late !== undefined) this.stop('timeout', late)
    stopOverdue(this.flights, at)
  }

  /** @internal How many attempts could start now if there were slots. */
  ready(): number {
    return this.#still
      ? 0
      : Math.min(
          startable(this.state, this.state.hedgeable.size === 0 ? 0 : this.now()),
          this.#concurrency - this.flights.size,
        )
  }

  /** @internal */
  stop(reason: StopReason, message: string): void {
    this.#auditing?.stop()
    this.#decide({ type: 'stop', at: this.now(), reason, message })
  }

  /** @internal An attempt's outcome is known. */
  ended(flight: Flight, outcome: Outcome): void {
    this.#decide({
      type: 'attempt-ended',
      at: this.now(),
      node: flight.node,
      attempt: flight.attempt,
      outcome,
    })
  }

  /** @internal An attempt has not stopped in time: its outcome is known, its slot stays taken. */
  abandoned(flight: Flight, outcome: Outcome): void {
    this.host.stuck(1)
    flight.gate.stuck(1)
    this.ended(flight, outcome)
    this.#drain?.look()
  }

  /** @internal An attempt that had not stopped in time has stopped after all. */
  stopped(flight: Flight): void {
    this.host.stuck(-1)
    flight.gate.stuck(-1)
    this.#decide({ type: 'attempt-stopped', at: this.now(), node: flight.node, attempt: flight.attempt })
  }

  /** @internal The attempt's slot is free. */
  left(flight: Flight): void {
    this.flights.delete(flight)
    flight.gate.leave()
    if (this.#gone && this.flights.size === 0) this.host.finished(this as Run)
    this.#drain?.look()
    this.host.changed(this)
  }

  /** @internal What attempts that do not stop hold, where nothing of the run can go on before they do. */
  heldUp(now: number, slots: string | undefined): string | undefined {
    if (!onlyStuck(this.state, now + this.#aheadMs)) return undefined
    if (slots !== undefined) return slots
    if (this.flights.size >= this.#concurrency) return `the run's slots (${this.#concurrency})`
    const worker = this.#crew.heldWorker()
    return worker === undefined ? undefined : `worker ${quote(worker)}'s slots`
  }

  #fly(node: number, attempt: number, sample: number, at: number): Flight {
    const place = this.state.graph.worker[node] as number
    const worker = this.#crew.worker(place)
    const gate = this.#crew.gate(place)
    gate.enter(at - this.#aheadMs)
    const flight = new Flight(this, node, attempt, sample, worker, gate, at)
    this.flights.add(flight)
    // A listener may have stopped the run while it was told of this attempt.
    if (isHalting(this.state)) this.#halt(flight, at)
    return flight
  }

  #decide(input: Input): void {
    if (this.#over) return
    this.#commit(decide(this.state, input))
    this.#follow()
  }

  #follow(): void {
    if (this.#over) return
    for (;;) {
      const events = decide(this.state, { type: 'follow', at: this.now() })
      if (events.length === 0) break
      this.#commit(events)
    }
    if (this.state.held.size > 0) this.#decisions.watch()
    if (this.state.phase === 'finished') this.#finish()
    const stall = this.#over ? undefined : stalled(this.state)
    if (stall !== undefined) void this.#fail(stall)
  }

  #commit(events: readonly JournalEvent[]): void {
    if (events.length === 0) return
    this.#written.append(events)
    for (const event of events) {
      evolve(this.state, event)
      this.#written.folded(event)
    }
    this.#tidings.tell(events)
    this.#readers.wake()
  }

  /** What an event means for the attempts in flight, and for who listens. */
  #told(event: JournalEvent): void {
    if (event.type === 'run-stopping' && event.reason !== 'budget') {
      for (const flight of this.flights) this.#halt(flight, event.at)
    } else {
      for (const flight of needless(this.state, event, this.flights)) this.#halt(flight, event.at, 'needless')
    }
    const one = this.listenerCount(event.type) > 0
    const all = this.listenerCount('event') > 0
    if (!one && !all) return
    const named = namedEvent(this.state, event)
    if (one) this.emit(event.type, named as never)
    if (all) this.emit('event', named)
  }

  #halt(flight: Flight, at: number, cause: 'cancelled' | 'needless' = 'cancelled'): void {
    flight.stop(cause, at)
    this.host.due(this.dueAt(flight))
  }

  /** What happens can no longer be written down, so nothing more may happen. */
  async #fail(error: unknown): Promise<void> {
    if (this.#gone) return
    this.#gone = true
    this.#over = true
    this.#decisions.close()
    for (const flight of this.flights) this.#halt(flight, this.now())
    await this.#written.log.close()
    this.#readers.close()
    this.#settle.reject(error)
    if (this.flights.size === 0) this.host.finished(this as Run)
  }

  async #letGo(): Promise<void> {
    if (this.#over) return
    this.#over = true
    try {
      await this.#written.settled()
    } catch {
      // The run has been told by its log, and ends with that.
      return
    }
    await this.#fail(drained(this.id))
  }

  #finish(): void {
    if (this.#over) return
    this.#over = true
    this.#decisions.close()
    void this.#end()
  }

  async #end(): Promise<void> {
    try {
      this.#auditing = new Auditing(this.state, this.host, this.maxAnswerBytes, (event) =>
        this.#commit([event]),
      )
      if (this.#auditing.due) await this.#auditing.run()
      const report = runReport(this.state)
      // Without audits in the same turn as the last event: they share one commit.
      this.#written.keep(report)
      const back = this.#rollBack && this.state.outcome?.status !== 'succeeded'
      if (back) await this.rollBack()
      await this.#written.settled()
      await this.#written.log.close()
      this.#settle.resolve(runResult(this.state, back ? runReport(this.state) : report))
    } catch (error) {
      this.#settle.reject(error)
    } finally {
      this.#readers.close()
      this.host.finished(this as Run)
    }
  }
}
