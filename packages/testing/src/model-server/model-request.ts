/** What a client asked of the model server, as the one who answers sees it. */
export interface ModelRequest {
  readonly model: string
  readonly messages: readonly { readonly role: string; readonly text: string }[]
  /** The texts of all `system` and `developer` messages, one after another. */
  readonly system: string
  /** The text of the last `user` message. */
  readonly prompt: string
  /** What tools have answered so far, the oldest first. */
  readonly toolResults: readonly string[]
  /** The names of the tools that may be called. */
  readonly tools: readonly string[]
  /** Whether JSON is asked for, and of which schema. */
  readonly json: boolean
  readonly schema: unknown
  readonly temperature: number | undefined
  readonly maxTokens: number | undefined
  readonly stream: boolean
  /** How often the same messages were asked before: 0 the first time. */
  readonly repeat: number
  /** What it takes at the server's measure, four bytes a token. */
  readonly inputTokens: number
}

const bytesPerToken = 4

/** Tokens of a text at the server's measure: four bytes each, and one at least. */
export function tokensOf(text: string): number {
  return Math.max(1, Math.ceil(Buffer.byteLength(text) / bytesPerToken))
}

/** A request's body as a request; a sentence where it is none. */
export function readRequest(body: unknown): Omit<ModelRequest, 'repeat'> | string {
  const { model, messages, tools, response_format, temperature, max_tokens, max_completion_tokens, stream } =
    object(body)
  if (typeof model !== 'string' || model === '') return '"model" is missing.'
  if (!Array.isArray(messages) || messages.length === 0) return '"messages" must be a list of one or more.'
  const said = messages.map((message) => {
    const { role, content } = object(message)
    return { role: typeof role === 'string' ? role : '', text: textOf(content) }
  })
  const named = Array.isArray(tools) ? tools.map((tool) => object(object(tool)['function'])['name']) : []
  const format = object(response_format)
  const json = format['type'] === 'json_schema' || format['type'] === 'json_object'
  return {
    model,
    messages: said,
    system: said
      .filter(({ role }) => role === 'system' || role === 'developer')
      .map(({ text }) => text)
      .join('\n'),
    prompt: said.findLast(({ role }) => role === 'user')?.text ?? '',
    toolResults: said.filter(({ role }) => role === 'tool').map(({ text }) => text),
    tools: named.filter((name) => typeof name === 'string'),
    json,
    schema: object(format['json_schema'])['schema'],
    temperature: typeof temperature === 'number' ? temperature : undefined,
    maxTokens: [max_completion_tokens, max_tokens].find((most) => typeof most === 'number'),
    stream: stream === true,
    inputTokens: tokensOf(JSON.stringify([messages, tools ?? [], response_format ?? null])),
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : {}
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((part) => String(object(part)['text'] ?? '')).join('')
}
