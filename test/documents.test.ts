import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPlan } from '@kilostep/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

/* Every code block of the README and the documents does what it says: it is run, or checked as the plan that it is. */

const root = join(import.meta.dirname, '..')
// Inside the repository, so that a block imports packages as a reader's file beside it would.
const folder = join(root, 'test', '.blocks')
const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
/** What a newcomer does first is what .ci/run does first. */
const newcomer = ['npm ci', 'npm start', 'npm test', 'npm ci && npm start', 'npm ci && npm test']

interface Block {
  readonly document: string
  readonly line: number
  readonly language: string
  readonly code: string
}

function blocksOf(document: string): Block[] {
  const text = readFileSync(join(root, document), 'utf8')
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((match) => ({
    document,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    code: match[2] ?? '',
  }))
}

const blocks = documents.flatMap(blocksOf)
const title = ({ document, line, language }: Block): string => `${document}:${line} (${language})`
const run = (file: string, args: readonly string[]): string =>
  execFileSync(file, args, {
    cwd: root,
    encoding: 'utf8',
    timeout: 120_000,
    shell: process.platform === 'win32',
  })

/** A block of tests passes, or fails with what `// fails: …` says. */
function runTests(name: string, code: string): void {
  const file = join(folder, `${name}.test.ts`)
  writeFileSync(file, code)
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const said = /^\/\/ fails: (.+)$/m.exec(code)?.[1]
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, 'run', '--project', 'source', file],
    {
      cwd: root,
      encoding: 'utf8',
      timeout: 120_000,
      env: { ...process.env, NO_COLOR: '1' },
    },
  )
  expect(status, stdout + stderr).toBe(said === undefined ? 0 : 1)
  expect(stdout + stderr).toContain(said ?? '1 passed')
}

beforeAll(() => mkdirSync(folder, { recursive: true }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('code blocks', () => {
  it.each(blocks.filter((block) => block.language === 'ts').map((block) => [title(block), block] as const))(
    '%s runs',
    (_, { code, document, line }) => {
      const name = `${document.replaceAll(/\W/g, '-')}-${line}`
      if (code.includes("'@kilostep/testing/vitest'")) {
        runTests(name, code)
        return
      }
      const file = join(folder, `${name}.ts`)
      writeFileSync(file, code)
      const output = run(process.execPath, [
        '--conditions=@kilostep/source',
        '--disable-warning=ExperimentalWarning',
        file,
      ])
      // `console.log(x) // 11` says what it prints.
      for (const [, said] of code.matchAll(/^(?!\s*\/\/).*console\.log\(.*\/\/ (.+)$/gm))
        expect(output).toContain(said)
    },
  )

  it.each(blocks.filter((block) => block.language === 'yaml').map((block) => [title(block), block] as const))(
    '%s is a plan',
    (_, { code }) => {
      expect(checkPlan(parse(code)).faults).toEqual([])
    },
  )

  it.each(blocks.filter((block) => block.language === 'sh').map((block) => [title(block), block] as const))(
    '%s runs',
    (_, { code }) => {
      const commands = code
        .split('\n')
        .map((line) => line.replace(/\s+#.*$/, '').trim())
        .filter(Boolean)
      for (const command of commands) {
        if (newcomer.includes(command)) {
          const script = readFileSync(join(root, '.ci', 'run'), 'utf8')
          for (const part of command.split(' && ')) expect(script).toContain(part)
        } else run('npm', command.replace(/^npm /, '').split(' '))
      }
    },
  )

  it('are all of a kind that is tried', () => {
    const languages = new Set(blocks.map((block) => block.language))
    for (const tried of ['ts', 'yaml', 'sh', 'text', 'json']) languages.delete(tried)
    expect([...languages]).toEqual([])
  })
})
