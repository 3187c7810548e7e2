import {
  createEngine,
  DefinedPlan,
  KilostepError,
  localDispatcher,
  type Plan,
  type Run,
  type RunOptions,
  type Worker,
} from 'kilostep'
import { settled } from '../clock/virtual-clock.ts'
import type { Between } from './between.ts'
import type { Breach } from './breach.ts'
import { compareEnd } from './compare-end.ts'
import { decideSomehow } from './decide-somehow.ts'
import { SimulatedDisk, type StoredLog } from './disk.ts'
import type { SimulationFaults } from './faults.ts'
import type { SimulatedHost } from './host.ts'
import { Observer } from './observer.ts'
import { simulatedJournal } from './simulated-journal.ts'
import { standIn } from './stand-in.ts'
import { World } from './world.ts'

const runId = 'run'

/** What one simulated run is made of. */
export interface Scenario {
  readonly plan: DefinedPlan<unknown> | Plan
  readonly workers: readonly Worker[]
  readonly options: RunOptions
  readonly concurrency: number
  readonly faults: Required<SimulationFaults>
  readonly between?: Between | undefined
}

/** What came of one seed. */
export interface SeedResult {
  readonly seed: number | string
  readonly breach: Breach | undefined
  /** What happened, as a digest; the same for the same seed, always. */
  readonly trace: string
  /** What happened, line by line, where that was asked for. */
  readonly lines: readonly string[]
  readonly status: 'succeeded' | 'failed' | 'cancelled' | undefined
  /** How many hosts the run had, and how many attempts. */
  readonly hosts: number
  readonly attempts: number
  readonly steps: number
}

/** An engine on a host that is to bring the run to its end. */
interface Stint {
  readonly host: SimulatedHost
  run: Run | undefined
  /** No other host was there when it began. */
  readonly alone: boolean
  /** Subtasks that somebody has been asked about. */
  readonly asked: Set<string>
  over: 'no' | 'ended' | 'given-up'
}

/** Plays one run, from its start to its end, through whatever the seed has in store for it. */
export class SimulatedRun {
  readonly #seed: number | string
  readonly #scenario: Scenario
  readonly #world: World
  readonly #disk: SimulatedDisk
  readonly #observer: Observer
  readonly #stints: Stint[] = []
  #launching = false
  #left: { crashes: number; zombies: number; intruders: number; interventions: number }
  #nextMischief: number
  #status: SeedResult['status']

  constructor(seed: number | string, scenario: Scenario, keepTrace: boolean) {
    this.#seed = seed
    this.#scenario = scenario
    this.#world = new World(seed, scenario.faults, keepTrace)
    const { plan, workers, concurrency } = scenario
    const all = plan instanceof DefinedPlan ? [...plan.workers.values(), ...workers] : workers
    this.#observer = new Observer(
      this.#world,
      all,
      concurrency,
      ({ name }) => this.#log?.holder?.hostName === name,
    )
    this.#disk = new SimulatedDisk((_run, events, first) => this.#observer.durable(events, first))
    scenario.between?.disk?.(this.#disk)
    const { crashes, zombies, intruders, interventions } = this.#world.faults
    this.#left = { crashes, zombies, intruders, interventions }
    this.#nextMischief = this.#world.shortMs(100)
  }

  /** @throws KilostepError where the plan or its options cannot be used at all. */
  async play(): Promise<SeedResult> {
    const caught = this.#catchUncaught()
    try {
      return await this.#play()
    } finally {
      caught()
    }
  }

  /** What an engine throws where nobody waits for it would end a process: here it ends the seed. */
  #catchUncaught(): () => void {
    if (process.hasUncaughtExceptionCaptureCallback()) return () => undefined
    process.setUncaughtExceptionCaptureCallback((error) => this.#threw(error))
    return () => process.setUncaughtExceptionCaptureCallback(null)
  }

  #threw(error: unknown): void {
    this.#observer.breach(
      9,
      `An engine threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
  }

  #ring(): boolean {
    try {
      return this.#world.clock.ring()
    } catch (error) {
      if (this.#stints.length < 2 && this.#observer.state.phase === 'new') throw error
      this.#threw(error)
      return true
    }
  }

  async #play(): Promise<SeedResult> {
    this.#launch()
    let steps = 0
    for (; ; steps++) {
      await this.#settle()
      this.#observer.look()
      if (this.#observer.breached !== undefined || this.#ended) break
      for (const stint of this.#stints) this.#answerFor(stint)
      this.#mourn()
      if (steps >= this.#nextMischief) this.#mischief(steps)
      if (steps > 2_000 + 500 * this.#observer.state.graph.size) {
        this.#observer.breach(9, `After ${steps} steps the run has not ended.`)
      } else if (!this.#ring()) {
        this.#observer.breach(9, 'Nothing is left to wait for, and the run has not ended.')
      }
    }
    if (this.#observer.breached === undefined) await this.#afterwards()
    return {
      seed: this.#seed,
      breach: this.#observer.breached,
      trace: this.#world.trace.digest(),
      lines: this.#world.trace.lines,
      status: this.#status,
      hosts: this.#stints.length,
      attempts: this.#observer.started,
      steps,
    }
  }

  get #log(): StoredLog | undefined {
    return this.#disk.logs.get(runId)
  }

  get #ended(): boolean {
    return this.#stints.some(({ over }) => over === 'ended')
  }

  async #settle(): Promise<void> {
    await settled()
    // Workers that take their own time have it: the simulated time stands still meanwhile.
    const until = Date.now() + 1_000
    while (this.#world.outside > 0 && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }

  #launch(): void {
    this.#launching = false
    const host = this.#world.newHost()
    const alone = this.#stints.every((other) => other.host.state === 'down')
    const stint: Stint = { host, run: undefined, alone, asked: new Set(), over: 'no' }
    this.#stints.push(stint)
    this.#world.log(`${host.name} begins`)
    if (this.#left.crashes > 0 && this.#world.chance(0.8)) {
      this.#left.crashes--
      this.#world.pointsLeft = 2 + this.#world.shortMs(150)
    }
    const { plan, options } = this.#scenario
    const engine = this.#engine(stint)
    const given = plan instanceof DefinedPlan ? new DefinedPlan(plan.data, new Map()) : plan
    const log = this.#log
    if (log !== undefined && !log.holder?.alive) this.#recover(log)
    if (log === undefined || log.frames.length === 0) {
      stint.run = engine.start(given, { ...options, run: runId }) as Run
      this.#follow(stint)
      return
    }
    engine.resume(runId, { plan: given as DefinedPlan }).then(
      (run) => {
        stint.run = run
        this.#follow(stint)
        if (run.state.phase === 'paused') this.#unpause(stint)
      },
      (error) => this.#refused(stint, error),
    )
  }

  #recover(log: StoredLog): void {
    try {
      this.#disk.recover(log)
    } catch (error) {
      this.#observer.breach(12, `What a crash left behind cannot be read: ${String(error)}`)
    }
  }

  #engine(stint: Stint): ReturnType<typeof createEngine> {
    const { plan, workers, concurrency, between } = this.#scenario
    const { host } = stint
    const all = plan instanceof DefinedPlan ? [...plan.workers.values(), ...workers] : workers
    const stand = all.map((worker) => standIn(worker, this.#world, host, this.#observer, stint))
    const disk = simulatedJournal(this.#disk, {
      name: host.name,
      clock: host,
      alive: () => host.state === 'up',
      point: () => this.#world.point(host),
      writeMs: () => this.#world.shortMs(this.#world.chance(this.#world.faults.slowWrites) ? 2_000 : 4),
      fails: () => (this.#world.chance(this.#world.faults.failedWrites) ? 'the disk is full' : undefined),
    })
    const journal = this.#observer.watched(between?.journal?.(disk) ?? disk, host)
    const dispatcher = between?.dispatcher
    return createEngine({
      ...(dispatcher === undefined
        ? undefined
        : { dispatcher: (slots, clock) => dispatcher(localDispatcher(slots, clock)) }),
      clock: between?.clock?.(host) ?? host,
      journal,
      concurrency,
      workers:
        between?.worker === undefined ? stand : stand.map((worker) => between.worker?.(worker) ?? worker),
    })
  }

  #follow(stint: Stint): void {
    const run = stint.run as Run
    run.result.then(
      ({ status, report }) => {
        if (stint.host.state === 'down') return
        stint.over = 'ended'
        this.#status = status
        compareEnd(run, JSON.stringify(report), this.#disk.seen(this.#log as StoredLog), this.#observer)
      },
      (error) => this.#refused(stint, error),
    )
  }

  /** A host cannot have the run, or can no longer: its journal does not let it. */
  #refused(stint: Stint, error: unknown): void {
    if (stint.host.state === 'down') return
    const code = error instanceof KilostepError ? error.code : 'none'
    this.#world.log(`${stint.host.name} gives up: ${code}`)
    stint.over = 'given-up'
    if (code === 'run-taken') {
      if (stint.alone && this.#stints.at(-1) === stint)
        this.#observer.breach(12, `${stint.host.name} was told that another host has the run, and none does.`)
    } else if (
      code !== 'journal-failed' &&
      code !== 'drained' &&
      !(code === 'unknown-run' && this.#observer.state.phase === 'new')
    ) {
      this.#observer.breach(
        code === 'accounting' ? 11 : code === 'journal-damaged' ? 12 : 9,
        `${stint.host.name} gave up: ${String(error)}`,
      )
    }
    stint.host.die()
  }

  /** Hosts that died leave the disk as it is, and another goes on after a while. */
  #mourn(): void {
    for (const stint of this.#stints) {
      if (stint.host.state !== 'down' || stint.over !== 'no') continue
      stint.over = 'given-up'
      const log = this.#log
      if (log?.holder?.hostName === stint.host.name) this.#disk.lose(log, this.#world.random.uniform)
    }
    const alive = this.#stints.some(({ host, over }) => host.state === 'up' && over === 'no')
    if (!alive && !this.#launching) this.#launchIn(this.#world.shortMs(3_000))
  }

  #launchIn(ms: number): void {
    this.#launching = true
    this.#world.clock.after(ms, () => this.#launch())
  }

  /** One of the things that happen to hosts and runs. */
  #mischief(steps: number): void {
    const { random } = this.#world
    this.#nextMischief = steps + 1 + this.#world.shortMs(200)
    const stint = this.#stints.find(({ host, over }) => host.state === 'up' && over === 'no')
    if (stint === undefined || this.#log === undefined || this.#log.length === 0) return
    const kind = (['zombies', 'intruders', 'interventions'] as const)[random.integer(3)] as 'zombies'
    if (this.#left[kind] <= 0) return
    this.#left[kind]--
    if (kind === 'zombies') this.#freeze(stint)
    else if ((kind as string) === 'intruders') {
      if (!this.#launching) this.#launchIn(0)
    } else this.#intervene(stint)
  }

  #freeze(stint: Stint): void {
    this.#world.log(`${stint.host.name} freezes`)
    stint.host.pause()
    this.#world.clock.after(this.#world.shortMs(10_000), () => {
      if (stint.host.state !== 'paused') return
      this.#world.log(`${stint.host.name} wakes up`)
      stint.host.wake()
    })
    if (!this.#launching) this.#launchIn(this.#world.shortMs(5_000))
  }

  #intervene(stint: Stint): void {
    if (stint.run === undefined) return
    if (this.#world.chance(0.4)) {
      this.#world.log('cancel')
      stint.run.cancel()
      return
    }
    if (this.#world.chance(0.3)) {
      this.#world.log(`${stint.host.name} lets go`)
      unheeded(stint.run.drain({ graceMs: this.#world.shortMs(2_000) }))
      return
    }
    this.#world.log('pause')
    stint.run.pause()
    this.#unpause(stint)
  }

  /** Whoever a subtask waits for says something after a while: yes, no, or the answer. */
  #answerFor(stint: Stint): void {
    const { run, host, asked } = stint
    if (run === undefined || host.state !== 'up' || stint.over !== 'no') return
    for (const { subtask } of run.waiting()) {
      if (asked.has(subtask)) continue
      asked.add(subtask)
      host.after(this.#world.shortMs(5_000), () => {
        asked.delete(subtask)
        const waits = run.waiting().find((one) => one.subtask === subtask)
        if (stint.over === 'no' && waits !== undefined) decideSomehow(this.#world, run, subtask, waits.for)
      })
    }
  }

  #unpause(stint: Stint): void {
    stint.host.after(this.#world.shortMs(2_000), () => {
      this.#world.log('resume')
      stint.run?.resume()
    })
  }

  /** What sleeps wakes up, and another host asks for the result: nothing must change any more. */
  async #afterwards(): Promise<void> {
    const log = this.#log as StoredLog
    const { length } = log
    for (const { host } of this.#stints) host.wake()
    for (let i = 0; i < 20 && this.#ring(); i++) await this.#settle()
    this.#world.pointsLeft = Number.POSITIVE_INFINITY
    await this.#settle()
    if (log.length !== length) this.#observer.breach(11, 'Something was written after the end of the run.')
  }
}

/** Nobody waits for it: the run's result says how it went. */
function unheeded(promise: Promise<void>): void {
  promise.catch(() => undefined)
}
