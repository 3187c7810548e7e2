import { quote } from '@kilostep/core'
import {
  type Clock,
  type Journal,
  type JournalEvent,
  KilostepError,
  type RunEntry,
  type RunLog,
} from 'kilostep'
import type { LogHolder, SimulatedDisk, StoredLog } from './disk.ts'

/** What a {@link simulatedJournal} needs to know of the machine that it is on. */
export interface JournalHost {
  readonly name: string
  readonly clock: Pick<Clock, 'after'>
  /** Whether others take it for alive: while it is, its runs are its own. */
  alive(): boolean
  /** A place where the machine may die: false when it has. */
  point(): boolean
  /** How long the next write takes, and the sync after it, in ms. */
  writeMs(): number
  /** Why the next write fails, if it does. */
  fails(): string | undefined
}

/** A journal on a simulated disk: what is appended is written, then synced, and only then acknowledged. */
export function simulatedJournal(disk: SimulatedDisk, host: JournalHost): Journal {
  const known = (run: string): StoredLog => {
    const log = disk.logs.get(run)
    if (log === undefined || log.frames.length === 0)
      throw new KilostepError('unknown-run', `There is no run ${quote(run)} on the disk.`)
    return log
  }
  return {
    create(run) {
      const before = disk.logs.get(run)
      if (before !== undefined && before.frames.length > 0)
        throw new KilostepError('run-exists', `There is a run ${quote(run)} already.`)
      const log: StoredLog = { run, frames: [], length: 0, holder: undefined }
      disk.logs.set(run, log)
      return new SimulatedLog(disk, log, host, 0)
    },
    async open(run) {
      const log = known(run)
      // Whoever holds the log and is alive has it in order.
      if (!isHeld(log)) disk.recover(log)
      if (disk.safeLength(log) === 0)
        throw new KilostepError('unknown-run', `There is no run ${quote(run)} on the disk.`)
      return new SimulatedLog(disk, log, host, disk.safeLength(log))
    },
    async runs() {
      const entries = [...disk.logs.values()]
        .filter(({ frames }) => frames.length > 0)
        .map((log) => entryOf(disk, log))
      return entries.sort((a, b) => b.startedAt - a.startedAt)
    },
    async delete(run) {
      if (isHeld(known(run))) throw taken(run)
      disk.logs.delete(run)
    },
  }
}

function isHeld({ holder }: StoredLog): boolean {
  return holder?.alive ?? false
}

function taken(run: string): KilostepError {
  return new KilostepError('run-taken', `Run ${quote(run)} is being run by another host.`)
}

function entryOf(disk: SimulatedDisk, log: StoredLog): RunEntry {
  const events = disk.read(log)
  const started = events[0] as Extract<JournalEvent, { type: 'run-started' }>
  const finished = events.find((event) => event.type === 'run-finished')
  return {
    run: log.run,
    plan: started.plan.name,
    startedAt: started.at,
    status: finished?.status ?? 'open',
    taken: isHeld(log),
    events: events.length,
  }
}

interface Append {
  readonly events: readonly JournalEvent[]
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

class SimulatedLog implements RunLog, LogHolder {
  readonly #disk: SimulatedDisk
  readonly #log: StoredLog
  readonly #host: JournalHost
  #length: number
  #waiting: Append[] = []
  #busy = false
  #broken: KilostepError | undefined
  #idle: (() => void)[] = []

  constructor(disk: SimulatedDisk, log: StoredLog, host: JournalHost, length: number) {
    this.#disk = disk
    this.#log = log
    this.#host = host
    this.#length = length
  }

  get length(): number {
    return this.#length
  }

  get alive(): boolean {
    return this.#host.alive()
  }

  get hostName(): string {
    return this.#host.name
  }

  append(events: readonly JournalEvent[]): Promise<void> {
    if (!this.#host.point()) return new Promise(() => undefined)
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting.push({ events, resolve, reject })
    if (!this.#busy) this.#begin()
    return promise
  }

  *read(from: number): Generator<JournalEvent, void, undefined> {
    const events = this.#disk.read(this.#log)
    for (let at = from; at < this.#length; at++) yield events[at] as JournalEvent
  }

  async close(): Promise<void> {
    if (this.#busy) await new Promise<void>((resolve) => this.#idle.push(resolve))
    if (this.#log.holder === this) this.#log.holder = undefined
  }

  /** What comes while a write is under way goes into the next. */
  #begin(): void {
    this.#busy = true
    this.#host.clock.after(this.#host.writeMs(), () => {
      const appends = this.#waiting
      this.#waiting = []
      this.#write(appends)
    })
  }

  #write(appends: readonly Append[]): void {
    const log = this.#log
    const theirs = log.holder !== this && isHeld(log)
    // What a holder before left torn must not lie between its events and ours.
    if (log.holder !== this && !theirs) this.#disk.recover(log)
    if (theirs || this.#disk.logs.get(log.run) !== log || log.length !== this.#length) {
      this.#break(appends, taken(log.run))
      return
    }
    log.holder = this
    const why = this.#host.fails()
    const frames = appends.map(({ events }) => this.#disk.write(log, events))
    if (!this.#host.point()) return
    if (why !== undefined) {
      this.#disk.undo(log)
      this.#break(appends, new KilostepError('journal-failed', `The journal cannot be written: ${why}.`))
      return
    }
    this.#host.clock.after(this.#host.writeMs(), () => {
      this.#disk.sync(log, frames)
      for (const { events, resolve } of appends) {
        this.#length += events.length
        resolve()
      }
      this.#next()
    })
  }

  #break(appends: readonly Append[], error: KilostepError): void {
    this.#broken = error
    for (const { reject } of [...appends, ...this.#waiting]) reject(error)
    this.#waiting = []
    this.#next()
  }

  #next(): void {
    if (this.#waiting.length > 0) {
      this.#begin()
      return
    }
    this.#busy = false
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }
}
