import { DefinedPlan } from '../define-plan.ts'
import { AttemptError } from '../failure.ts'
import type { AttemptContext } from '../worker.ts'
import type { Channel, OpenChannel } from './isolate-channel.ts'
import type { FromIsolate, Request } from './isolate-messages.ts'

/** What of an attempt a call needs on this side. */
export type CallContext = Pick<AttemptContext, 'signal' | 'graceMs'> &
  Partial<Pick<AttemptContext, 'heartbeat' | 'spend'>>

interface Call {
  readonly context: CallContext
  readonly settle: (settled: { readonly answer: unknown } | { readonly error: unknown }) => void
}

/** A thread or process that has loaded one module and makes one call of it at a time. */
export class Isolate {
  readonly #channel: Channel
  readonly #kind: string
  #alive = true
  #number = 0
  #call: Call | undefined

  constructor(kind: 'thread' | 'process', open: OpenChannel, url: string, exportName: string) {
    this.#kind = kind
    this.#channel = open({ message: (message) => this.#told(message), died: (why) => this.#died(why) })
    this.#channel.post({ type: 'open', url, export: exportName })
  }

  /** False once it is gone or about to be. */
  get alive(): boolean {
    return this.#alive
  }

  end(): void {
    this.#alive = false
    this.#channel.end()
  }

  /**
   * Settles when the call has ended, or the isolate is gone. Aborted, the call may end by itself within half its grace;
   * then the isolate is ended.
   *
   * @throws AttemptError what the call threw, or `worker-died`.
   */
  call(request: Request, context: CallContext): Promise<unknown> {
    const { signal, graceMs } = context
    const number = ++this.#number
    let timer: NodeJS.Timeout | undefined
    const abort = (): void => {
      const { name, message } = reasonOf(signal)
      this.#channel.post({ type: 'abort', call: number, name, message })
      timer = setTimeout(() => this.end(), graceMs / 2)
    }
    this.#channel.hold(true)
    signal.addEventListener('abort', abort, { once: true })
    return new Promise((resolve, reject) => {
      const settle: Call['settle'] = (settled) => {
        this.#call = undefined
        clearTimeout(timer)
        signal.removeEventListener('abort', abort)
        this.#channel.hold(false)
        if ('error' in settled) reject(settled.error)
        else resolve(settled.answer)
      }
      this.#call = { context, settle }
      this.#channel.post({ type: 'call', call: number, request })
    })
  }

  #told(message: FromIsolate): void {
    const call = this.#call
    if (call === undefined || message.call !== this.#number) return
    switch (message.type) {
      case 'heartbeat':
        call.context.heartbeat?.()
        return
      case 'spend':
        call.context.spend?.(message.cost)
        return
      case 'answer':
        call.settle({ answer: message.answer })
        return
      case 'plan':
        // Its workers cannot leave the isolate; the engine knows those that it names, or says which it does not.
        call.settle({ answer: new DefinedPlan(message.plan as DefinedPlan['data'], new Map()) })
        return
      case 'failed': {
        const { failure, retryAfterMs } = message
        const { message: text, ...rest } = failure
        const options = { ...rest, ...(retryAfterMs === undefined ? undefined : { retryAfterMs }) }
        call.settle({ error: new AttemptError(text, options) })
      }
    }
  }

  #died(why: string): void {
    this.#alive = false
    const call = this.#call
    if (call === undefined) return
    const { signal } = call.context
    const error = signal.aborted
      ? reasonOf(signal)
      : new AttemptError(`The ${this.#kind} of the worker died. ${why}`, { code: 'worker-died' })
    call.settle({ error })
  }
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new DOMException(String(reason), 'AbortError')
}
