import { EventEmitter } from 'eventemitter3'
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

  override off<T extends keyof RunEventMap>(event: T, listener?: Listener<T>): this {
    return super.off(event, (listener === undefined ? undefined : this.#guard(listener)) as never)
  }

  override removeListener<T extends keyof RunEventMap>(event: T, listener?: Listener<T>): this {
    return this.off(event, listener)
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
    return guard
  }
}

function warn(error: unknown): void {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.emitWarning(`A listener of a run threw: ${what}`, { type: 'KilostepListener' })
}
