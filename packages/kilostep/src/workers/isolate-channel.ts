import type { FromIsolate, ToIsolate } from './isolate-messages.ts'

/** The line to a thread or process, and the means to end it. */
export interface Channel {
  post(message: ToIsolate): void
  /** Whether it keeps this process alive. */
  hold(held: boolean): void
  /** Ends it, whatever it is doing. `died` tells when it is gone. */
  end(): void
}

export interface Listener {
  message(message: FromIsolate): void
  /** It is gone; called once. */
  died(why: string): void
}

export type OpenChannel = (listener: Listener) => Channel

/** The file that runs inside: TypeScript where this is, JavaScript once it is built. */
export const insideUrl = new URL(
  `./isolate-inside${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
)
