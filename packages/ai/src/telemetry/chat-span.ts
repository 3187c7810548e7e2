import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
} from '@ai-sdk/provider'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Account } from '../model/account.ts'
import { attemptSpan } from './attempt-spans.ts'

/**
 * A call of a model as a span, by the GenAI conventions of OpenTelemetry: which model, what it took and how it ended,
 * and nothing of what was said. Without a provider of OpenTelemetry it is nothing but the call.
 */
export async function chatSpan(
  model: LanguageModelV4,
  params: LanguageModelV4CallOptions,
  { attempt }: Account,
  call: () => Promise<LanguageModelV4GenerateResult>,
): Promise<LanguageModelV4GenerateResult> {
  const above = attempt === undefined ? undefined : attemptSpan(attempt)
  const parent = above === undefined ? context.active() : trace.setSpan(context.active(), above)
  const { temperature, maxOutputTokens } = params
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': model.provider.split('.')[0] ?? model.provider,
    'gen_ai.request.model': model.modelId,
    ...(temperature === undefined ? undefined : { 'gen_ai.request.temperature': temperature }),
    ...(maxOutputTokens === undefined ? undefined : { 'gen_ai.request.max_tokens': maxOutputTokens }),
  }
  const kind = SpanKind.CLIENT
  const span = trace.getTracer('kilostep').startSpan(`chat ${model.modelId}`, { kind, attributes }, parent)
  try {
    const result = await context.with(trace.setSpan(parent, span), call)
    const { finishReason, usage } = result
    span.setAttribute('gen_ai.response.finish_reasons', [finishReason.unified])
    const { total: input } = usage.inputTokens
    const { total: output } = usage.outputTokens
    if (input !== undefined) span.setAttribute('gen_ai.usage.input_tokens', input)
    if (output !== undefined) span.setAttribute('gen_ai.usage.output_tokens', output)
    return result
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown }
    span.setAttribute('error.type', typeof code === 'string' ? code : '_OTHER')
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(message) })
    throw error
  } finally {
    span.end()
  }
}
