import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { modelServer } from '@kilostep/testing'
import type { ToolSet } from 'ai'
import { createEngine, definePlan } from 'kilostep'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { modelWorker } from '../worker/model-worker.ts'
import { folderTools } from './folder-tools.ts'
import { mcpTools } from './mcp-tools.ts'
import { shellTool } from './shell-tool.ts'

// Links need a permission of their own there, and the programs of these tests are not to be had.
const onWindows = process.platform === 'win32'
let home: string
let folder: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'kilostep-tools-'))
  folder = join(home, 'inside')
  mkdirSync(join(folder, 'deep'), { recursive: true })
  writeFileSync(join(folder, 'deep', 'note.txt'), 'hello')
  writeFileSync(join(folder, 'large.txt'), 'x'.repeat(2_000))
  writeFileSync(join(home, 'secret.txt'), 'secret')
  if (onWindows) return
  symlinkSync(join(home, 'secret.txt'), join(folder, 'link-to-file'))
  symlinkSync(home, join(folder, 'link-to-folder'))
  symlinkSync(join(home, 'not-there.txt'), join(folder, 'link-to-nothing'))
  symlinkSync('deep/note.txt', join(folder, 'link-inside'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

async function use(tools: ToolSet, name: string, input: object): Promise<unknown> {
  const execute = tools[name]?.execute as (input: object, options: object) => unknown
  return await execute(input, { toolCallId: '1', messages: [] })
}

describe.skipIf(onWindows)('tools of a folder', () => {
  test('read and write inside it', async () => {
    const tools = folderTools({ folder, allow: ['read', 'write'], maxBytes: 1_000 })
    expect(await use(tools, 'list_files', { path: '.' })).toContain('deep/')
    expect(await use(tools, 'read_file', { path: 'deep/note.txt' })).toBe('hello')
    expect(await use(tools, 'read_file', { path: 'link-inside' })).toBe('hello')
    await use(tools, 'write_file', { path: 'new/file.txt', text: 'longer text' })
    await use(tools, 'write_file', { path: 'new/file.txt', text: 'short' })
    expect(readFileSync(join(folder, 'new', 'file.txt'), 'utf8')).toBe('short')
    await expect(use(tools, 'read_file', { path: 'large.txt' })).rejects.toThrow(/2000 bytes/)
    await expect(use(tools, 'write_file', { path: 'x', text: 'x'.repeat(1_001) })).rejects.toThrow(
      /1001 bytes/,
    )
    await expect(use(tools, 'read_file', { path: 'deep' })).rejects.toThrow()
  })

  test.each([
    '../secret.txt',
    'deep/../../secret.txt',
    '/etc/passwd',
    'link-to-file',
    'link-to-folder/secret.txt',
    'link-to-nothing',
    'note\0.txt',
    '..',
  ])('%j is not reached', async (path) => {
    const tools = folderTools({ folder, allow: ['read', 'write'] })
    await expect(use(tools, 'read_file', { path })).rejects.toThrow()
    await expect(use(tools, 'write_file', { path, text: 'pwned' })).rejects.toThrow()
    expect(readFileSync(join(home, 'secret.txt'), 'utf8')).toBe('secret')
  })

  test('do what is allowed, and have no default', () => {
    expect(Object.keys(folderTools({ folder, allow: ['read'] }))).toEqual(['list_files', 'read_file'])
    expect(Object.keys(folderTools({ folder, allow: ['write'] }))).toEqual(['write_file'])
    expect(() => folderTools({ folder, allow: [] })).toThrow(/allow/)
    expect(() => folderTools({ folder } as never)).toThrow(/allow/)
  })
})

describe.skipIf(onWindows)('a tool that runs programs', () => {
  test('runs those that are named, in the folder, without keys', async () => {
    process.env['SOME_API_KEY'] = 'a-key-that-must-not-be-seen'
    try {
      const tools = shellTool({ folder, programs: ['ls', 'printenv', 'cat'] })
      expect(await use(tools, 'run_program', { program: 'ls', args: ['deep'] })).toBe('note.txt\n')
      expect(await use(tools, 'run_program', { program: 'printenv', args: ['SOME_API_KEY'] })).toContain(
        'exit code 1',
      )
      for (const arg of ['../secret.txt', '/etc/passwd', '~/.ssh', '--file=/etc/passwd', 'a/../../b'])
        await expect(use(tools, 'run_program', { program: 'cat', args: [arg] })).rejects.toThrow(/leads out/)
    } finally {
      delete process.env['SOME_API_KEY']
    }
  })

  test('ends what takes too long or prints too much', async () => {
    const tools = shellTool({ folder, programs: ['sleep', 'yes'], timeoutMs: 100, maxOutputBytes: 1_000 })
    await expect(use(tools, 'run_program', { program: 'sleep', args: ['100'] })).rejects.toThrow(/100 ms/)
    expect(String(await use(tools, 'run_program', { program: 'yes', args: [] })).length).toBeLessThan(70_000)
  })

  test('takes no other program, whatever the model asks for', async () => {
    const seen: string[] = []
    await using server = await modelServer({
      answer: ({ toolResults }) => {
        seen.push(...toolResults)
        const asked = [
          { program: 'rm', args: ['-rf', 'deep'] },
          { program: 'ls; rm -rf deep', args: [] },
          { program: 'ls', args: ['deep; rm -rf deep'] },
          { program: 'ls', args: ['deep'] },
        ][toolResults.length]
        return asked === undefined ? 'done' : { toolCalls: [{ name: 'run_program', input: asked }] }
      },
    })
    const worker = modelWorker({
      name: 'w',
      model: `${server.url}#m`,
      instructions: 'Look.',
      tools: shellTool({ folder, programs: ['ls'] }),
    })
    const { output } = await createEngine().start(definePlan('one', (p) => p.subtask(worker, {}))).result
    expect(output).toBe('done')
    expect(seen.at(-1)).toContain('note.txt')
    expect(readFileSync(join(folder, 'deep', 'note.txt'), 'utf8')).toBe('hello')
    expect(() => shellTool({ folder, programs: ['/bin/rm'] })).toThrow(/programs/)
  })
})

describe('tools of an MCP server', () => {
  const fixture = fileURLToPath(new URL('./fixtures/mcp-server.mjs', import.meta.url))
  const program: [string, ...string[]] = [process.execPath, fixture]

  const sum = async (tools: ToolSet): Promise<unknown> => {
    await using server = await modelServer({
      answer: ({ toolResults, tools: names }) =>
        toolResults.length === 0
          ? { toolCalls: [{ name: 'add', input: { a: 2, b: 3 } }] }
          : `${names.join()}: ${/\d/.exec(toolResults[0] ?? '')?.[0]}`,
    })
    const worker = modelWorker({ name: 'w', model: `${server.url}#m`, instructions: 'Add.', tools })
    return (await createEngine().start(definePlan('one', (p) => p.subtask(worker, {}))).result).output
  }

  test('on standard input and output: those that are allowed', async () => {
    await using server = await mcpTools({ command: program, allow: ['add'] })
    expect(await sum(server.tools)).toBe('add: 5')
  })

  test('on HTTP', async () => {
    const child = spawn(process.execPath, [fixture, 'http'], { stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [port] = (await once(child.stdout, 'data')) as [Buffer]
      await using server = await mcpTools({
        url: `http://127.0.0.1:${String(port).trim()}/mcp`,
        allow: 'all',
      })
      expect(await sum(server.tools)).toBe('add,secret: 5')
    } finally {
      child.kill()
    }
  })

  test('that cannot be used are told', async () => {
    await expect(mcpTools({ command: program, allow: ['ad'] })).rejects.toThrow(/no tool "ad".*"add"/)
    await expect(mcpTools({ command: ['no-such-program-at-all'], allow: 'all' })).rejects.toMatchObject({
      code: 'mcp',
    })
    await expect(mcpTools({ url: 'http://127.0.0.1:9/', allow: 'all' })).rejects.toMatchObject({
      code: 'mcp',
    })
    await expect(mcpTools({ allow: 'all' } as never)).rejects.toThrow(/either "command" or "url"/)
    await expect(mcpTools({ command: program } as never)).rejects.toThrow(/allow/)
  })
})
