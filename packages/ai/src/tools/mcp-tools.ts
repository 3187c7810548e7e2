import { didYouMean, parseOptions, quote } from '@kilostep/core'
import type { ToolSet } from 'ai'
import { KilostepError, type PassedVariables, passedEnvironment } from 'kilostep'
import { z } from 'zod'

export interface McpToolsOptions {
  /** A program that is an MCP server on its standard input and output … */
  readonly command?: readonly [string, ...string[]]
  /** … the folder that it runs in, and variables of this process that it gets beyond the harmless ones. Default: none. */
  readonly folder?: string
  readonly passEnv?: PassedVariables
  /** … or the address of one on HTTP, and what to send along. */
  readonly url?: string
  readonly headers?: Readonly<Record<string, string>>
  /** The tools that may be called, by their names, or all; there is no default. */
  readonly allow: readonly string[] | 'all'
}

/** Tools of an MCP server, until it is closed. */
export interface McpTools {
  readonly tools: ToolSet
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const optionsSchema = z
  .strictObject({
    command: z.array(z.string()).min(1).optional(),
    folder: z.string().optional(),
    passEnv: z.union([z.literal('all'), z.array(z.string())]).optional(),
    url: z.url().optional(),
    headers: z.record(z.string(), z.string()).optional(),
    allow: z.union([z.literal('all'), z.array(z.string()).min(1)]),
  })
  .refine(({ command, url }) => (command === undefined) !== (url === undefined), {
    message: 'must have either "command" or "url"',
  })

/**
 * The tools of an MCP server, for a worker's `tools`. Needs the package `@ai-sdk/mcp`.
 *
 * @throws KilostepError `invalid-options`, `missing-package`, `mcp` where the server cannot be reached, `unknown-tool`.
 * @example await using server = await mcpTools({ command: ['npx', 'some-mcp-server'], allow: ['search'] })
 */
export async function mcpTools(options: McpToolsOptions): Promise<McpTools> {
  const {
    command,
    folder,
    passEnv = [],
    url,
    headers,
    allow,
  } = parseOptions(optionsSchema, options, 'mcpTools')
  const { createMCPClient, StdioTransport } = await load()
  const [program = '', ...args] = command ?? []
  const transport =
    url === undefined
      ? new StdioTransport({
          command: program,
          args,
          env: passedEnvironment(passEnv),
          stderr: 'ignore',
          ...(folder === undefined ? undefined : { cwd: folder }),
        })
      : { type: 'http' as const, url, ...(headers === undefined ? undefined : { headers }) }
  const where = url ?? (command ?? []).join(' ')
  try {
    const client = await createMCPClient({ transport })
    const all = (await client.tools()) as ToolSet
    const close = (): Promise<void> => client.close()
    try {
      return { tools: allow === 'all' ? all : chosen(all, allow, where), close, [Symbol.asyncDispose]: close }
    } catch (error) {
      await close()
      throw error
    }
  } catch (error) {
    if (error instanceof KilostepError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new KilostepError('mcp', `The MCP server ${quote(where)} cannot be used: ${why}`)
  }
}

function chosen(all: ToolSet, allow: readonly string[], where: string): ToolSet {
  const missing = allow.filter((name) => !Object.hasOwn(all, name))
  if (missing.length === 0) return Object.fromEntries(allow.map((name) => [name, all[name]])) as ToolSet
  const faults = missing.map((name) => ({
    code: 'unknown-tool',
    where: name,
    message: `It has no tool ${quote(name)}.${didYouMean(name, Object.keys(all))}`,
  }))
  throw new KilostepError(
    'unknown-tool',
    `The MCP server ${quote(where)} has not all tools that are allowed:`,
    faults,
  )
}

async function load() {
  try {
    const [{ createMCPClient }, { Experimental_StdioMCPTransport: StdioTransport }] = await Promise.all([
      import('@ai-sdk/mcp'),
      import('@ai-sdk/mcp/mcp-stdio'),
    ])
    return { createMCPClient, StdioTransport }
  } catch (error) {
    if ((error as { code?: unknown } | null)?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new KilostepError(
      'missing-package',
      'MCP servers need the package @ai-sdk/mcp: npm install @ai-sdk/mcp',
    )
  }
}
