import { randomUUID } from 'node:crypto'
import {
  emptyState,
  forecastOf,
  type JournalEvent,
  KilostepError,
  type Plan,
  parseOptions,
  quote,
  type RunOptions,
  requirePlan,
  startFaults,
} from '@kilostep/core'
import { type Clock, systemClock } from './clock.ts'
import { type DefinedPlan, isDefinedPlan } from './define-plan.ts'
import { digestOf } from './digest.ts'
import { type Dispatcher, localDispatcher } from './dispatcher.ts'
import { type DrainOptions, drainOptionsSchema } from './drain.ts'
import {
  type EngineOptions,
  engineSchema,
  type ForkOptions,
  forkSchema,
  type ResumeOptions,
  resumeSchema,
  type StartOptions,
  startSchema,
} from './engine-options.ts'
import type { Flight } from './flight.ts'
import { forkOf } from './fork.ts'
import { Gate } from './gate.ts'
import type { Journal } from './journal.ts'
import { warmStart } from './learn.ts'
import { memoryJournal } from './memory-journal.ts'
import { foldLog, requireItsWorkers, requireSamePlan } from './resume.ts'
import { Run } from './run.ts'
import type { RunHost } from './run-host.ts'
import { Turns } from './turns.ts'
import type { Worker } from './worker.ts'
import { factsOf } from './worker-facts.ts'

/**
 * An engine: executes plans, any number at once, under one set of limits.
 *
 * @throws KilostepError `invalid-options` with everything that is wrong with them.
 */
export function createEngine(options: EngineOptions = {}): Engine {
  return new Engine(parseOptions(engineSchema, options, 'createEngine') as EngineOptions)
}

/** Executes plans. Made by {@link createEngine}. */
export class Engine {
  readonly #workers = new Map<string, Worker>()
  readonly #gates = new Map<string, Gate>()
  /** All that were ever brought, those of plans that could not be started among them. */
  readonly #met = new Set<Worker>()
  readonly #clock: Clock
  readonly #journal: Journal
  readonly #dispatcher: Dispatcher
  readonly #stuckMs: number
  readonly #runs: Run[] = []
  readonly #turns: Turns
  #armedAt = Number.POSITIVE_INFINITY
  #disarm: (() => void) | undefined
  #stuck = 0
  #closed = false

  /** @internal */
  constructor(options: EngineOptions) {
    this.#clock = options.clock ?? systemClock()
    this.#journal = options.journal ?? memoryJournal()
    this.#stuckMs = options.stuckMs ?? 30_000
    const concurrency = options.concurrency ?? 16
    const reserved = options.reserved ?? (concurrency === 1 ? 0 : Math.ceil(concurrency / 8))
    if (reserved >= concurrency) {
      throw new KilostepError(
        'invalid-options',
        `"reserved" is ${reserved} of ${concurrency} slots, and background runs would never get one. Give less than "concurrency".`,
      )
    }
    this.#turns = new Turns(concurrency, reserved)
    this.#dispatcher = (options.dispatcher ?? localDispatcher)(concurrency, this.#clock)
    this.#dispatcher.attach(() => this.#pull())
    this.#take(this.#joined(options.workers ?? []))
  }

  /**
   * Starts a run of a plan: one of `definePlan`, or data, whose workers the engine must know.
   *
   * @throws KilostepError `invalid-plan` or `invalid-options` with every fault, `engine-closed`, `run-exists`.
   */
  start<Output>(plan: DefinedPlan<Output>, options?: StartOptions): Run<Output>
  start(plan: unknown, options?: StartOptions): Run
  start(plan: unknown, options: StartOptions = {}): Run {
    if (this.#closed) throw new KilostepError('engine-closed', 'The engine is closed. Create another one.')
    const { run: id = randomUUID(), rollBack, signal, ...rest } = parseOptions(startSchema, options, 'start')
    const known = this.#with(plan)
    const data = isDefinedPlan(plan) ? plan.data : plan
    const { plan: checked } = requirePlan(data, { workers: known, maxSubtasks: rest.maxSubtasks })
    requireWorkers(checked, known)
    const workers = [...known.values()].map(factsOf)
    const faults = startFaults(checked, workers, rest as RunOptions)
    if (faults.length > 0) {
      throw new KilostepError('cannot-start', `A run of plan ${quote(checked.name)} cannot start:`, faults)
    }
    this.#take(known)
    const warm = warmStart(this.#journal, workers, rest as RunOptions)
    const forecast = forecastOf(checked, workers, warm.options)
    const started = {
      type: 'run-started',
      at: this.#clock.now(),
      version: 1,
      run: id,
      plan: checked,
      digest: digestOf(checked),
      workers,
      options: warm.options,
      seed: rest.seed ?? randomUUID(),
      ...(warm.learned.length > 0 && {
        learned: warm.learned.map(({ worker, version, runs }) => ({ worker, version, runs })),
      }),
      ...(forecast !== undefined && { forecast }),
    } as const
    return this.#begin(id, [started], rollBack === 'on-failure', signal)
  }

  #begin(id: string, events: readonly JournalEvent[], rollBack: boolean, signal?: AbortSignal): Run {
    const untold = { state: emptyState(), lastAt: 0 }
    const run = new Run(this.#host(), this.#journal.create(id), id, untold, rollBack)
    run.begin(events)
    if (run.state.phase !== 'finished') this.#enter(run)
    if (signal !== undefined) follow(signal, run)
    // Not before the caller could listen: a plan of quick workers would be done by then.
    queueMicrotask(() => this.#changed(run))
    return run
  }

  /** @internal Those that plans may name. */
  get workers(): ReadonlyMap<string, Worker> {
    return this.#workers
  }

  /**
   * Goes on with a run whose host was lost, or gives the result of one that has ended. What was in flight is lost: it
   * is repeated as the same sample, with the same idempotency key, or waits for a decision where its worker has effects
   * `once`. Plan, options, limits and what was spent are the journal's; time that passed meanwhile counts. A run that
   * was paused stays so.
   *
   * @throws KilostepError `unknown-run`; `run-taken` where another host has it; `unknown-worker` and `plan-changed`
   * where the code is no longer the run's; `journal-damaged`.
   */
  async resume<Output>(
    id: string,
    options: ResumeOptions & { readonly plan: DefinedPlan<Output> },
  ): Promise<Run<Output>>
  async resume(id: string, options?: ResumeOptions): Promise<Run>
  async resume(id: string, options: ResumeOptions = {}): Promise<Run> {
    if (this.#closed) throw new KilostepError('engine-closed', 'The engine is closed. Create another one.')
    const { plan, rollBack, signal } = parseOptions(resumeSchema, options, 'resume')
    const known = this.#with(plan)
    const log = await this.#journal.open(id)
    const told = await foldLog(log, id)
    if (plan !== undefined) requireSamePlan(told, plan, id, known)
    requireItsWorkers(told.state, id, known)
    this.#take(known)
    const run = new Run(this.#host(), log, id, told, rollBack === 'on-failure')
    run.goOn()
    // Its time may have run out meanwhile: then nothing more is to start.
    run.tick(this.#clock.now())
    if (told.state.phase !== 'finished') this.#enter(run)
    await run.durable()
    if (signal !== undefined) follow(signal, run)
    this.#changed(run)
    return run
  }

  /**
   * Starts a run that goes on from the middle of another: all answers are kept that neither `from` nor what else had
   * failed or was still to do could have changed, and the rest is done anew, with the workers as they are now. The
   * other run stays as it is. Options are those of the other run, with those given laid over them.
   *
   * @throws KilostepError `unknown-run`, `unknown-subtask`, `run-exists`, and as `start` and `resume` do.
   */
  async fork<Output>(
    id: string,
    options: ForkOptions & { readonly plan: DefinedPlan<Output> },
  ): Promise<Run<Output>>
  async fork(id: string, options: ForkOptions): Promise<Run>
  async fork(id: string, options: ForkOptions): Promise<Run> {
    if (this.#closed) throw new KilostepError('engine-closed', 'The engine is closed. Create another one.')
    const {
      plan,
      from,
      run = randomUUID(),
      rollBack,
      signal,
      ...rest
    } = parseOptions(forkSchema, options, 'fork')
    const known = this.#with(plan)
    const told = await foldLog(await this.#journal.open(id), id)
    if (plan !== undefined) requireSamePlan(told, plan, id, known)
    const { events, state } = forkOf(told.state, from, {
      at: this.#clock.now(),
      run,
      options: rest as RunOptions,
      workers: known,
    })
    requireItsWorkers(state, id, known)
    this.#take(known)
    return this.#begin(run, events, rollBack === 'on-failure', signal)
  }

  /** Cancels what runs, waits for it to end, and takes no more. */
  async close(): Promise<void> {
    this.#closed = true
    const runs = [...this.#runs]
    for (const run of runs) run.cancel('The engine was closed.')
    await Promise.allSettled(runs.map((run) => run.result))
    await this.#dispose()
  }

  /**
   * Takes no more, and lets go of what runs after its attempts in flight have ended, or after a time: for a process
   * that is to end, whose runs another will resume.
   *
   * @throws KilostepError `invalid-options`.
   */
  async drain(options: DrainOptions = {}): Promise<void> {
    parseOptions(drainOptionsSchema, options, 'drain')
    this.#closed = true
    await Promise.all(this.#runs.map((run) => run.drain(options)))
    await this.#dispose()
  }

  async #dispose(): Promise<void> {
    await Promise.allSettled([...this.#met].map(async (worker) => worker.dispose?.()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #host(): RunHost {
    return {
      now: () => this.#clock.now(),
      after: (ms, call) => this.#clock.after(ms, call),
      worker: (name) => this.#workers.get(name) as Worker,
      gate: (name) => this.#gates.get(name) as Gate,
      changed: (run) => this.#changed(run),
      stuck: (change) => {
        this.#stuck += change
        if (change === -1) for (const run of this.#runs) run.stalledAt = undefined
      },
      due: (at) => this.#arm(at),
      finished: (run) => this.#finished(run),
    }
  }

  /** The workers that are known once a plan has brought its own. The engine takes none before it is sure of the plan. */
  #with(plan: unknown): ReadonlyMap<string, Worker> {
    return isDefinedPlan(plan) ? this.#joined(plan.workers.values()) : this.#workers
  }

  #joined(workers: Iterable<Worker>): ReadonlyMap<string, Worker> {
    const joined = new Map(this.#workers)
    for (const worker of workers) {
      // What it holds is given back with the engine, even where the plan turns out to be of no use.
      this.#met.add(worker)
      const known = joined.get(worker.name)
      if (known !== undefined && known !== worker) {
        throw new KilostepError(
          'duplicate-worker',
          `The engine has another worker named ${quote(worker.name)} already. Give each its own name, or use one engine each.`,
        )
      }
      joined.set(worker.name, worker)
    }
    return joined
  }

  #take(workers: ReadonlyMap<string, Worker>): void {
    for (const [name, worker] of workers) {
      if (this.#workers.has(name)) continue
      this.#workers.set(name, worker)
      this.#gates.set(name, new Gate(worker))
    }
  }

  #pull(): Flight | undefined {
    const at = this.#clock.now()
    const next = this.#turns.pull(at)
    if (next === undefined) return undefined
    const { run, flight } = next
    const due = run.dueAt(flight)
    this.#arm(run.timed ? Math.min(due, run.nextStartAt(at)) : due)
    return flight
  }

  #changed(run: Run): void {
    if (this.#dispatcher.busy < this.#dispatcher.concurrency) {
      const ready = this.#turns.startable(run)
      if (ready > 0) this.#dispatcher.wake(ready)
    }
    if (!run.timed && this.#stuck === 0) return
    const at = this.#clock.now()
    this.#arm(run.nextStartAt(at))
    if (this.#stuck > 0) this.#arm(this.#watchStuck(at))
  }

  #enter(run: Run): void {
    this.#runs.push(run)
    this.#turns.add(run)
  }

  #finished(run: Run): void {
    const place = this.#runs.indexOf(run)
    if (place !== -1) this.#runs.splice(place, 1)
    this.#turns.remove(run)
    if (this.#runs.length === 0) this.#rest()
  }

  /** Nothing runs: no timer may keep the process alive. */
  #rest(): void {
    this.#disarm?.()
    this.#disarm = undefined
    this.#armedAt = Number.POSITIVE_INFINITY
  }

  /** Sees to it that time is looked at by then. */
  #arm(at: number): void {
    if (this.#runs.length === 0 || at >= this.#armedAt || at === Number.POSITIVE_INFINITY) return
    this.#disarm?.()
    this.#armedAt = at
    this.#disarm = this.#clock.after(at - this.#clock.now(), () => this.#tick())
  }

  #tick(): void {
    this.#armedAt = Number.POSITIVE_INFINITY
    const at = this.#clock.now()
    let next = Number.POSITIVE_INFINITY
    for (const run of [...this.#runs]) {
      run.tick(at)
      const ready = this.#turns.startable(run)
      if (ready > 0) this.#dispatcher.wake(ready)
    }
    for (const run of this.#runs) next = Math.min(next, run.nextAt(at))
    next = Math.min(next, this.#watchStuck(at))
    this.#arm(next)
  }

  /** A run that cannot go on because of attempts that do not stop: that is told, not waited out. When to look again. */
  #watchStuck(at: number): number {
    const { concurrency } = this.#dispatcher
    const slots = this.#stuck < concurrency ? undefined : `the engine's slots (${concurrency})`
    let next = Number.POSITIVE_INFINITY
    for (const run of [...this.#runs]) {
      const held = run.heldUp(at, slots)
      if (held === undefined) {
        run.stalledAt = undefined
        continue
      }
      run.stalledAt ??= at
      const giveUpAt = run.stalledAt + this.#stuckMs
      if (at < giveUpAt) next = Math.min(next, giveUpAt)
      else {
        run.stop(
          'no-free-slot',
          `For ${this.#stuckMs} ms all of ${held} were held by attempts that did not stop when they were told to. Have the workers heed their signal, or give them a thread or process of their own.`,
        )
      }
    }
    return next
  }
}

function requireWorkers(plan: Plan, known: ReadonlyMap<string, Worker>): void {
  const missing = Object.keys(plan.workers ?? {}).filter((name) => !known.has(name))
  if (missing.length === 0) return
  throw new KilostepError(
    'unknown-worker',
    `The plan brings along ${missing.map(quote).join(', ')}, and nothing has made workers of that. Pass planWorkers(plan, …) to createEngine.`,
  )
}

function follow(signal: AbortSignal, run: Run): void {
  const cancel = (): void =>
    run.cancel(signal.reason instanceof Error ? signal.reason.message : 'The run was cancelled.')
  if (signal.aborted) {
    cancel()
    return
  }
  signal.addEventListener('abort', cancel, { once: true })
  const forget = (): void => signal.removeEventListener('abort', cancel)
  run.result.then(forget, forget)
}
