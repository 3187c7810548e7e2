import type { Clock } from 'kilostep'

interface Timer {
  readonly at: number
  readonly call: () => void
}

/** A clock that stands still until it is moved; timers ring in the order of their times, ties as they were set. */
export class VirtualClock implements Clock {
  #now: number
  #timers: Timer[] = []

  constructor(start = 1_000) {
    this.#now = start
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.length
  }

  now(): number {
    return this.#now
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, Math.ceil(ms)), call }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  /** Moves the time on without ringing anything. */
  skip(ms: number): void {
    this.#now += ms
  }

  /** Moves to the next timer and rings it; false where none is set. */
  ring(): boolean {
    let first: Timer | undefined
    for (const timer of this.#timers) if (first === undefined || timer.at < first.at) first = timer
    if (first === undefined) return false
    this.#timers = this.#timers.filter((other) => other !== first)
    this.#now = Math.max(this.#now, first.at)
    first.call()
    return true
  }

  /** Rings timers, and lets what they started settle, until `done` says so. Fails where nothing is left to wait for. */
  async until(done: () => boolean, most = 1_000_000): Promise<void> {
    for (let rung = 0; rung < most; rung++) {
      await settled()
      if (done()) return
      if (!this.ring()) throw new Error('Nothing is left to wait for, and it is not done.')
    }
    throw new Error(`Not done after ${most} timers: something is set again and again.`)
  }

  /** The result of a run, as fast as the machine goes. */
  async result<T>(result: Promise<T>, most?: number): Promise<T> {
    let over = false
    const end = (): void => {
      over = true
    }
    result.then(end, end)
    await this.until(() => over, most)
    return result
  }
}

/** Lets every promise that can settle do so. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
