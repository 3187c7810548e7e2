import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

/* The steps of the workflow, as GitHub would run them: in a clone of their own, with a remote to push to. */

interface Step {
  readonly name?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
}

const here = import.meta.dirname
const root = join(here, '..', '..')
const home = mkdtempSync(join(tmpdir(), 'kilostep-workflow-'))
const workflow = parse(readFileSync(join(here, 'reliability.yml'), 'utf8')) as {
  env: Record<string, string>
  jobs: { gate: { steps: Step[] } }
}

const git = (...args: string[]): string =>
  execFileSync(
    'git',
    ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'init.defaultBranch=main', ...args],
    {
      cwd: home,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )

beforeAll(() => {
  git('init', '--bare', 'origin')
  git('init', 'first')
  git('-C', 'first', 'commit', '--allow-empty', '-m', 'first')
  git('-C', 'first', 'push', join(home, 'origin'), 'HEAD:main')
  mkdirSync(join(home, 'bin'))
  // What npx would find in a project that has installed it.
  const cli = join(root, 'apps', 'cli', 'src', 'main.ts')
  writeFileSync(
    join(home, 'bin', 'npx'),
    `#!/bin/sh\nshift\nexec "${process.execPath}" --conditions=@kilostep/source --disable-warning=ExperimentalWarning "${cli}" "$@"\n`,
  )
  chmodSync(join(home, 'bin', 'npx'), 0o755)
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** The steps of one run; what they wrote, and the exit code that the last of them would have. */
function push(run: number, misreads: number) {
  const clone = join(home, `run-${run}`)
  git('clone', '--branch', 'main', join(home, 'origin'), clone)
  const [summary, output] = ['summary', 'output'].map((name) => join(home, `${name}-${run}`)) as [
    string,
    string,
  ]
  for (const step of workflow.jobs.gate.steps) {
    if (step.run === undefined || step.run === 'npm ci' || step.name === 'The verdict') continue
    execFileSync('bash', ['-e', '-c', step.run], {
      cwd: clone,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        ...workflow.env,
        ...step.env,
        PATH: `${join(home, 'bin')}${delimiter}${process.env['PATH']}`,
        GATE: join(here, 'gate.ts'),
        TRIALS: '--min-trials 100 --budget-attempts 5000',
        GITHUB_RUN_NUMBER: String(run),
        GITHUB_SHA: git('-C', clone, 'rev-parse', 'HEAD').trim(),
        GITHUB_STEP_SUMMARY: `${summary}-${step.name}`,
        GITHUB_OUTPUT: output,
        MISREADS: String(misreads),
      },
    })
  }
  const read = (step: string): string => readFileSync(`${summary}-${step}`, 'utf8')
  return {
    code: /^code=(\d+)$/m.exec(readFileSync(output, 'utf8'))?.[1],
    summary: read('Try it'),
    trend: read('Draw the trend'),
    junit: readFileSync(join(clone, 'reliability.xml'), 'utf8'),
  }
}

describe.skipIf(process.platform === 'win32')('the workflow', () => {
  it('passes what is good, stops what is worse, and keeps the history of both', () => {
    const good = push(1, 0.02)
    expect(good.code).toBe('0')
    expect(good.summary).toMatch(/^## ✅ invoice pipeline: pass/)
    expect(good.summary).not.toMatch(/last release/)
    const bad = push(2, 0.1)
    expect(bad.code).toBe('1')
    expect(bad.summary).toMatch(/^## ❌ invoice pipeline: fail/)
    expect(bad.summary).toMatch(/### Beside the last release\n\nWorse than before/)
    expect(bad.summary).toMatch(/\| read \| first try \| .* \| \*\*fell\*\* \|/)
    expect(bad.junit).toMatch(/failures="1"/)
    expect(bad.trend).toMatch(/000001-\w{7}.*pass[\s\S]*000002-\w{7}.*fail/)
    const history = join(home, 'history')
    git('clone', '--branch', 'reliability', join(home, 'origin'), history)
    expect(readdirSync(join(history, 'results'))).toHaveLength(2)
    expect(readFileSync(join(history, 'trend.svg'), 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\n$/)
    expect(existsSync(join(history, 'gate.ts'))).toBe(false)
  })
})
