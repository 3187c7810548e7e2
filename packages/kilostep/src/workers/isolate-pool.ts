import { type CallContext, Isolate } from './isolate.ts'
import type { Request } from './isolate-messages.ts'
import { openProcess } from './isolate-process.ts'
import { openThread } from './isolate-thread.ts'

/** How long an isolate without work is kept, in ms. */
const idleMs = 30_000

/**
 * The isolates of one worker. It has no queue: the engine's slots and the worker's concurrency say how many calls there
 * are at once, and each gets an isolate, one that is free and has the module loaded already where there is one.
 */
export class IsolatePool {
  readonly #kind: 'thread' | 'process'
  readonly #url: string
  readonly #export: string
  /** The free ones with the timer that ends them; the last used comes first, so that spare ones grow old. */
  readonly #idle: { readonly isolate: Isolate; readonly timer: NodeJS.Timeout }[] = []

  constructor(kind: 'thread' | 'process', url: string, exportName: string) {
    this.#kind = kind
    this.#url = url
    this.#export = exportName
  }

  /** @throws AttemptError what the call threw, or `worker-died`. */
  async call(request: Request, context: CallContext): Promise<unknown> {
    context.signal.throwIfAborted()
    const isolate = this.#take()
    try {
      return await isolate.call(request, context)
    } finally {
      if (isolate.alive) this.#keep(isolate)
    }
  }

  /** Ends the isolates that have no work. The pool can be used on: it starts others. */
  dispose(): void {
    for (const { isolate, timer } of this.#idle.splice(0)) {
      clearTimeout(timer)
      isolate.end()
    }
  }

  #take(): Isolate {
    for (let free = this.#idle.pop(); free !== undefined; free = this.#idle.pop()) {
      clearTimeout(free.timer)
      if (free.isolate.alive) return free.isolate
    }
    const open = this.#kind === 'thread' ? openThread : openProcess
    return new Isolate(this.#kind, open, this.#url, this.#export)
  }

  #keep(isolate: Isolate): void {
    const timer = setTimeout(() => {
      this.#idle.splice(this.#idle.indexOf(entry), 1)
      isolate.end()
    }, idleMs)
    const entry = { isolate, timer }
    timer.unref()
    this.#idle.push(entry)
  }
}
