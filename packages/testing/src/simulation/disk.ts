import type { JournalEvent } from 'kilostep'
import { checksum } from './checksum.ts'

/** What one append left on the disk: its events as text, and what that must sum up to. */
export interface Frame {
  text: string
  readonly sum: number
  readonly count: number
  /** Whether it would survive the loss of power. */
  synced: boolean
  /** The events as they were read when they became safe. */
  events?: readonly JournalEvent[]
}

/** A run's file on a {@link SimulatedDisk}. */
export interface StoredLog {
  readonly run: string
  frames: Frame[]
  /** How many events the frames hold. */
  length: number
  /** Who may write to it. */
  holder: LogHolder | undefined
}

export interface LogHolder {
  /** Whether others take its host for alive. */
  readonly alive: boolean
  readonly hostName: string
}

/** Told when events have become durable, with the place of the first. */
export type Durable = (run: string, events: readonly JournalEvent[], first: number) => void

/** A disk that outlives its hosts. What was written and not synced may be lost, or torn, when a host dies. */
export class SimulatedDisk {
  readonly logs = new Map<string, StoredLog>()
  readonly #durable: Durable

  constructor(durable: Durable = () => undefined) {
    this.#durable = durable
  }

  write(log: StoredLog, events: readonly JournalEvent[]): Frame {
    const text = JSON.stringify(events)
    const frame = { text, sum: checksum(text), count: events.length, synced: false }
    log.frames.push(frame)
    log.length += events.length
    return frame
  }

  /** What was written is safe from now on. */
  sync(log: StoredLog, frames: readonly Frame[] = log.frames): void {
    let first = 0
    for (const frame of log.frames) {
      if (!frame.synced && frames.includes(frame)) {
        frame.synced = true
        frame.events = JSON.parse(frame.text) as JournalEvent[]
        this.#durable(log.run, frame.events, first)
      }
      first += frame.count
    }
  }

  /** What was written and not synced is taken back, as by a write that fails; a piece of it may stay behind. */
  undo(log: StoredLog): void {
    const torn = log.frames.find((frame) => !frame.synced)
    log.frames = log.frames.filter((frame) => frame.synced)
    log.length = lengthOf(log.frames)
    if (torn === undefined) return
    torn.text = torn.text.slice(0, torn.text.length >> 1)
    log.frames.push(torn)
  }

  /** Power is lost: of what was not synced a part may be there, the last piece of it cut off anywhere. */
  lose(log: StoredLog, uniform: () => number): void {
    const synced = log.frames.findIndex((frame) => !frame.synced)
    if (synced === -1) return
    const kept = synced + Math.floor(uniform() * (log.frames.length - synced + 1))
    const torn = log.frames[kept]
    const tear = uniform() < 0.5
    log.frames = log.frames.slice(0, tear ? kept + 1 : kept)
    if (tear && torn !== undefined) torn.text = torn.text.slice(0, Math.floor(uniform() * torn.text.length))
    log.length = lengthOf(log.frames)
  }

  /** Reads a log anew: what is torn is cut off, and what is whole is safe from now on. */
  recover(log: StoredLog): void {
    const whole = log.frames.findIndex(({ text, sum }) => checksum(text) !== sum)
    if (whole !== -1) log.frames = log.frames.slice(0, whole)
    log.length = lengthOf(log.frames)
    this.sync(log)
  }

  /** The events that are safe, read anew. */
  read(log: StoredLog): JournalEvent[] {
    return log.frames.filter(({ synced }) => synced).flatMap(({ text }) => JSON.parse(text) as JournalEvent[])
  }

  /** The same, for those who change nothing of it. */
  seen(log: StoredLog): JournalEvent[] {
    return log.frames.flatMap(({ synced, events = [] }) => (synced ? events : []))
  }

  safeLength(log: StoredLog): number {
    return lengthOf(log.frames.filter(({ synced }) => synced))
  }
}

function lengthOf(frames: readonly Frame[]): number {
  return frames.reduce((sum, { count }) => sum + count, 0)
}
