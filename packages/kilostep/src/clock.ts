/** Time as a value that can be replaced: tests run a week in a second. */
export interface Clock {
  /** Milliseconds since 1970, never going backwards. */
  now(): number
  /** Calls back once after that many milliseconds, unless the returned function is called before. */
  after(ms: number, call: () => void): () => void
  /** Resolves when the event loop has had a turn for input, timers and signals. */
  turn(): Promise<void>
}

/** The machine's own clock. */
export function systemClock(): Clock {
  let last = 0
  return {
    now() {
      // A clock that is set back must not make an attempt end before it started.
      last = Math.max(last, Date.now())
      return last
    },
    after(ms, call) {
      const timer = setTimeout(call, Math.max(0, Math.ceil(ms)))
      return () => clearTimeout(timer)
    },
    turn: () => new Promise((resolve) => setImmediate(resolve)),
  }
}
