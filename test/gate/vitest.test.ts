import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'

/* The gate as a user has it: real processes of vitest, over test files of their own. */

const root = join(import.meta.dirname, '..', '..')
// Inside the repository, so that its packages are found.
const folder = mkdtempSync(join(import.meta.dirname, '.run-'))
const running = new Set<ChildProcess>()

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const pipeline = (rate: number): string =>
  `export const pipeline = (seed: string): boolean => hashUniform(seed, 'pipeline', 0) < ${rate}\nimport { hashUniform } from '@kilostep/core'\n`

write(
  'vitest.config.ts',
  `const conditions = ['@kilostep/source', 'module', 'node', 'import', 'default']
export default {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { include: ['*.gate.ts'], retry: 2, testTimeout: 1, fileParallelism: false },
}
`,
)
write('pipeline.ts', pipeline(0.97))
const head = `import { reliability } from '@kilostep/testing/vitest'
import { pipeline } from './pipeline.ts'
const gate = { good: 0.9, bad: 0.7, seed: 1 }
`
write(
  'good.gate.ts',
  `${head}reliability('good & <fine>', { ...gate, run: async ({ seed }) => {
  await new Promise((resolve) => setTimeout(resolve, 2))
  return pipeline(seed)
} })
`,
)
write(
  'bad.gate.ts',
  `${head}import { appendFileSync } from 'node:fs'
reliability('bad', { ...gate, run: ({ index }) => {
  appendFileSync(new URL('bad.log', import.meta.url), index + ' ')
  if (index % 2 === 0) throw new Error('the total is wrong')
} })
`,
)
write(
  'undecided.gate.ts',
  `${head}import { expect, test } from 'vitest'
import { runTrials } from '@kilostep/testing'
const undecided = { ...gate, maxTrials: 12, run: ({ index }: { index: number }) => index % 5 > 0 }
reliability('undecided fails', undecided)
reliability('undecided is skipped', { ...undecided, inconclusive: 'skip' })
reliability('undecided passes', { ...undecided, inconclusive: 'pass' })
reliability.skip('not looked at', { ...undecided, run: () => { throw new Error('run all the same') } })
test('matchers', async () => {
  const report = await runTrials({ ...gate, run: ({ seed }) => pipeline(seed) })
  expect(report).toPassGate()
  expect(report).toReach(0.8)
  expect(report).not.toReach(0.999, { how: 'surely' })
  expect(() => expect(report).toReach(0.9999, { how: 'surely' })).toThrow(/to be >99.9 % at the low end; it is measured/)
  expect(() => expect({}).toReach(0.9)).toThrow(/takes the report/)
}, 60_000)
`,
)

afterAll(() => {
  for (const child of running) child.kill()
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

function vitest(args: readonly string[], env: Record<string, string> = {}) {
  const { CI: _ci, GITHUB_ACTIONS: _actions, ...inherited } = process.env
  const child = spawn(
    process.execPath,
    [join(root, 'node_modules', 'vitest', 'vitest.mjs'), ...args, '--root', folder],
    { cwd: folder, env: { ...inherited, NO_COLOR: '1', ...env }, stdio: ['pipe', 'pipe', 'pipe'] },
  )
  running.add(child)
  let output = ''
  const waiting = new Set<() => void>()
  const hear = (chunk: unknown): void => {
    output += stripVTControlCharacters(String(chunk))
    for (const look of waiting) look()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const code = new Promise<number | null>((resolve) =>
    child.on('close', (ended) => {
      running.delete(child)
      resolve(ended)
      for (const look of waiting) look()
    }),
  )
  return {
    code,
    output: () => output,
    forget: () => {
      output = ''
    },
    end: () => child.kill(),
    until: (wanted: RegExp) =>
      new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (wanted.test(output)) resolve()
          else if (child.exitCode !== null) reject(new Error(`It ended without ${wanted}:\n${output}`))
          else return
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      }),
  }
}

describe('reliability in a process of vitest', () => {
  it('passes, fails and is undecided, and JUnit says so', async () => {
    const ran = vitest(['run', '--reporter=default', '--reporter=junit', '--outputFile.junit=junit.xml'])
    expect(await ran.code, ran.output()).toBe(1)
    const text = ran.output()
    expect(text).toMatch(/2 failed \| 3 passed \| 2 skipped/)
    expect(text).toMatch(/Unreliable: bad fails\. \d+ of \d+ trials passed: worse than 90\.0 %/)
    expect(text).toMatch(/\d+× the total is wrong \(first in trial 1\)/)
    // The line of the test, not one of ours.
    expect(text).toMatch(/❯ bad\.gate\.ts:\d+:\d+/)
    expect(text).toMatch(/Inconclusive: undecided fails is undecided/)
    // A second try would double the error rate: vitest's own \`retry\` does not apply.
    const calls = readFileSync(join(folder, 'bad.log'), 'utf8').trim().split(' ')
    expect(new Set(calls).size).toBe(calls.length)
    const junit = readFileSync(join(folder, 'junit.xml'), 'utf8')
    expect(junit).toMatch(/<testsuites [^>]*tests="7" failures="2" errors="0"/)
    expect(junit).toContain('good &amp; &lt;fine&gt;')
    expect(junit).toMatch(/<failure message="bad fails\./)
    expect(junit.match(/<skipped\/>/g)).toHaveLength(2)
    expect(junit).toMatch(/better than 70\.0 %, with an error rate of 5\.0 %\. Seed 1\./)
  })

  it('is split by --shard, each gate in one shard', async () => {
    const shards = [1, 2, 3].map((part) =>
      vitest(['run', `--shard=${part}/3`, '--reporter=json', `--outputFile=shard-${part}.json`]),
    )
    await Promise.all(shards.map(({ code }) => code))
    const names = [1, 2, 3].flatMap((part) => {
      const { testResults } = JSON.parse(readFileSync(join(folder, `shard-${part}.json`), 'utf8')) as {
        testResults: { assertionResults: { title: string; meta: { reliability?: { verdict: string } } }[] }[]
      }
      return testResults.flatMap(({ assertionResults }) =>
        assertionResults.map(({ title, meta }) => [title, meta.reliability?.verdict ?? ''] as const),
      )
    })
    expect(names.sort()).toEqual([
      ['bad', 'fail'],
      ['good & <fine>', 'pass'],
      ['matchers', ''],
      ['not looked at', ''],
      ['undecided fails', 'inconclusive'],
      ['undecided is skipped', 'inconclusive'],
      ['undecided passes', 'inconclusive'],
    ])
  })

  it('tries anew in watch mode when the pipeline changes', async () => {
    const watching = vitest(['watch', 'good'])
    await watching.until(/1 passed[\s\S]*for file changes/)
    watching.forget()
    write('pipeline.ts', pipeline(0.4))
    await watching.until(/Unreliable: good & <fine> fails[\s\S]*for file changes/)
    watching.forget()
    write('pipeline.ts', pipeline(0.97))
    await watching.until(/1 passed[\s\S]*for file changes/)
    watching.end()
    await watching.code
  })

  it('repeats the draws of a seed from outside', async () => {
    const ran = vitest(['run', 'good', '--reporter=json', '--outputFile=seed.json'], { KILOSTEP_SEED: '77' })
    expect(await ran.code, ran.output()).toBe(0)
    expect(readFileSync(join(folder, 'seed.json'), 'utf8')).toContain('"seed":"77"')
  })

  it('tells what is wrong with its options when the file is loaded', async () => {
    write(
      'wrong.gate.ts',
      `${head}reliability('wrong', { ...gate, good: 0.5, maxTrails: 3, run: 1 } as never)\n`,
    )
    const ran = vitest(['run', 'wrong'])
    expect(await ran.code).toBe(1)
    expect(ran.output()).toMatch(/"maxTrails" is not known\. Did you mean "maxTrials"\?/)
    expect(ran.output()).toMatch(/The options of reliability\("wrong"\) cannot be used/)
  })
})
