import { EventEmitter } from 'eventemitter3'
import { failureOf } from './failure.ts'
import type { RunEventMap } from './run-events.ts'

type Listener<T extends keyof RunEventMap> = (...args: RunEventMap[T]) => void
// biome-ignore lint/suspicious/noExplicitAny: a guard stands for listeners of every type
type AnyListener = (...args: any[]) => unknown

/**
 * eventemitter3 with typed events of a run, whose listeners cannot harm it: one that throws, or whose promise
 * rejects, does not keep the others from being called, and its error becomes a warning of the process.
 */
export class RunEmitter extends EventEmitter<RunEventMap> {
  readonly #guards = new WeakMap<AnyListener, AnyListener>()

  override on<T extends keyof RunEventMap>(event: T, listener: Listener<T>): this {
    return super.on(event, this.#guard(listener) as never)
  }

  override addListener<T extends keyof RunEventMap>(event: T, listener: Listener<T>): this {
    return this.on(event, listener)
  }

  override once<T extends keyof RunEventMap>(event: T, listener: Listener<T>): this {
    return super.once(event, this.#guard(listener) as never)
  }

  override off<T extends keyof RunEventMap>(
    event: T,
    listener?: Listener<T>,
    context?: unknown,
    once?: boolean,
  ): this {
    const guard = listener === undefined ? undefined : this.#guard(listener)
    return super.off(event, guard as never, context as never, once)
  }

  // eventemitter3 itself calls this for a listener that was to be called once, with the guard for a listener.
  override removeListener<T extends keyof RunEventMap>(
    event: T,
    listener?: Listener<T>,
    context?: unknown,
    once?: boolean,
  ): this {
    return this.off(event, listener, context, once)
  }

  #guard(listener: AnyListener): AnyListener {
    const known = this.#guards.get(listener)
    if (known !== undefined) return known
    const guard = (...args: unknown[]): void => {
      try {
        const result = listener(...args)
        if (result instanceof Promise) result.catch(warn)
      } catch (error) {
        warn(error)
      }
    }
    this.#guards.set(listener, guard)
    this.#guards.set(guard, guard)
    return guard
  }
}

function warn(error: unknown): void {
  // Anything can be thrown, and reading it can throw again.
  process.emitWarning(`A listener of a run threw: ${failureOf(error).message}`, { type: 'KilostepListener' })
}
