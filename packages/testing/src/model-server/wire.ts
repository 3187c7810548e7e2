import type { ServerResponse } from 'node:http'
import type { ModelRequest } from './model-request.ts'
import { tokensOf } from './model-request.ts'
import type { Completion } from './reply.ts'

export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
}

/** What was said, within the tokens that were asked for, and what it took. */
export function measured(
  request: ModelRequest,
  completion: Completion,
): { readonly completion: Completion; readonly usage: Usage } {
  const { inputTokens, maxTokens = Number.POSITIVE_INFINITY } = request
  const calls = completion.toolCalls.reduce((sum, call) => sum + tokensOf(call.name + call.arguments), 0)
  const wanted = calls + (completion.content === null ? 0 : tokensOf(completion.content))
  if (wanted <= maxTokens) return { completion, usage: { inputTokens, outputTokens: wanted } }
  const kept = Buffer.from(completion.content ?? '').subarray(0, maxTokens * 4)
  return {
    // What is cut within a character ends before it.
    completion: { content: kept.toString().replace(/\uFFFD+$/, ''), toolCalls: [], finishReason: 'length' },
    usage: { inputTokens, outputTokens: maxTokens },
  }
}

/** Writes an answer in one piece; cut in its midst where `cut`. */
export function sendWhole(
  response: ServerResponse,
  id: string,
  request: ModelRequest,
  completion: Completion,
  usage: Usage,
  cut: boolean,
): void {
  const body = JSON.stringify({
    id,
    object: 'chat.completion',
    created: 0,
    model: request.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: completion.content, ...callsOf(completion) },
        finish_reason: completion.finishReason,
      },
    ],
    usage: usageOf(usage),
  })
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  if (!cut) response.end(body)
  else response.write(body.slice(0, Math.ceil(body.length / 2)), () => response.destroy())
}

/** Writes an answer as server-sent events, a few words each; cut in its midst where `cut`. */
export function sendStream(
  response: ServerResponse,
  id: string,
  request: ModelRequest,
  completion: Completion,
  usage: Usage,
  cut: boolean,
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  const chunk = (choices: unknown[], more: object = {}): string =>
    `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created: 0, model: request.model, choices, ...more })}\n\n`
  const delta = (value: object, reason: string | null = null): string =>
    chunk([{ index: 0, delta: value, finish_reason: reason }])
  const parts = (completion.content ?? '').match(/[\s\S]{1,24}/g) ?? []
  const { tool_calls } = callsOf(completion)
  const pieces = [
    delta({ role: 'assistant', content: '' }),
    ...parts.map((content) => delta({ content })),
    ...(tool_calls ?? []).map((call, index) => delta({ tool_calls: [{ index, ...call }] })),
    delta({}, completion.finishReason),
    chunk([], { usage: usageOf(usage) }),
    'data: [DONE]\n\n',
  ]
  if (!cut) response.end(pieces.join(''))
  else response.write(pieces.slice(0, Math.ceil(parts.length / 2) + 1).join(''), () => response.destroy())
}

export function sendError(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify({ error: { message, type: 'simulated', code: status } }))
}

function callsOf({ toolCalls }: Completion) {
  if (toolCalls.length === 0) return {}
  return {
    tool_calls: toolCalls.map(({ name, arguments: given }, index) => ({
      id: `call_${index}`,
      type: 'function',
      function: { name, arguments: given },
    })),
  }
}

function usageOf({ inputTokens, outputTokens }: Usage) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  }
}
