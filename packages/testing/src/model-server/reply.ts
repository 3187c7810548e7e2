/** What a server can do instead of answering. */
export const faultNames = [
  /** 429 with `Retry-After`. */
  'rate-limit',
  /** 500. */
  'server-error',
  /** 503. */
  'overloaded',
  /** Nothing is ever said; ends when the client leaves. */
  'hang',
  /** The connection is gone before anything was said. */
  'reset',
  /** The connection is gone in the midst of the answer. */
  'cut',
  /** A body that is no JSON at all, with status 200. */
  'garbage',
  /** An answer that is broken JSON, in a well-formed body. */
  'malformed',
  /** An answer that goes on until its tokens are used up, and is cut there. */
  'overlong',
  /** No answer, with the finish reason `content_filter`. */
  'refusal',
] as const
export type FaultName = (typeof faultNames)[number]

/** What the model says: a text, JSON, calls of tools, or a fault. */
export type Reply =
  | string
  | { readonly text: string }
  | { readonly json: unknown }
  | { readonly toolCalls: readonly { readonly name: string; readonly input: unknown }[] }
  | { readonly fault: FaultName }

/** A reply as the protocol has it. */
export interface Completion {
  readonly content: string | null
  readonly toolCalls: readonly { readonly name: string; readonly arguments: string }[]
  readonly finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter'
}

export function completionOf(reply: Exclude<Reply, { fault: FaultName }>): Completion {
  if (typeof reply === 'string') return saying(reply)
  if ('text' in reply) return saying(reply.text)
  if ('json' in reply) return saying(JSON.stringify(reply.json))
  const toolCalls = reply.toolCalls.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) }))
  return { content: null, toolCalls, finishReason: 'tool_calls' }
}

export function saying(content: string): Completion {
  return { content, toolCalls: [], finishReason: 'stop' }
}
