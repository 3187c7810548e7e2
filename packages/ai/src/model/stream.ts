import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { OpenCall } from './model.ts'

/** A stream whose call is settled when it ends, breaks off or is left. */
export function settledStream(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  call: OpenCall,
): ReadableStream<LanguageModelV4StreamPart> {
  const reader = stream.getReader()
  let settled = false
  const once = (settle: () => void): void => {
    if (settled) return
    settled = true
    settle()
  }
  return new ReadableStream<LanguageModelV4StreamPart>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (done) {
          once(() => call.answered(undefined))
          controller.close()
          return
        }
        if (value.type === 'finish') once(() => call.answered(value.usage))
        if (value.type === 'error') once(() => call.failed(value.error))
        controller.enqueue(value)
      } catch (error) {
        let told: unknown = error
        once(() => {
          told = call.failed(error)
        })
        controller.error(told)
      }
    },
    async cancel(reason) {
      once(() => call.answered(undefined))
      await reader.cancel(reason)
    },
  })
}
