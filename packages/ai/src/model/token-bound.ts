import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'

/** What a chat template puts around a message, and around all of them, at most. */
const perMessage = 16
const perCall = 64

/**
 * The most tokens that the input of a call can be. The tokens of every tokenizer in use stand for one byte or more, so
 * the bytes of all that is sent bound them from above; typically they are a quarter of that. Files and pictures have
 * no such bound: undefined.
 */
export function tokenBound(params: LanguageModelV4CallOptions): number | undefined {
  let bytes = perCall
  for (const message of params.prompt) {
    bytes += perMessage
    if (typeof message.content === 'string') bytes += Buffer.byteLength(message.content)
    else {
      for (const part of message.content) {
        if (part.type === 'file' || part.type === 'reasoning-file') return undefined
        bytes += perMessage + Buffer.byteLength(part.type === 'text' ? part.text : JSON.stringify(part))
      }
    }
  }
  if (params.tools !== undefined) bytes += Buffer.byteLength(JSON.stringify(params.tools))
  if (params.responseFormat?.type === 'json')
    bytes += Buffer.byteLength(JSON.stringify(params.responseFormat))
  return bytes
}
