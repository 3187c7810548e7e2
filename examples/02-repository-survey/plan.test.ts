import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const node = ['--conditions=@kilostep/source', '--disable-warning=ExperimentalWarning']
const main = join(root, 'apps', 'cli', 'src', 'main.ts')
const elsewhere = mkdtempSync(join(tmpdir(), 'kilostep-survey-'))
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }))

async function survey(folder: string) {
  const plan = join(folder, 'examples', '02-repository-survey', 'plan.yaml')
  const output = join(elsewhere, 'output.json')
  const args = [...node, main, 'run', plan, '--allow-commands', '--json', '--output', output]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: elsewhere, maxBuffer: 2 ** 26 })
  return JSON.parse(stdout)
}

// Hundreds of processes, on a machine that runs other tests beside.
describe('the repository survey', { timeout: 120_000 }, () => {
  it('does more than 300 subtasks, retries what fails and ends right', async () => {
    const { status, subtasks, attempts, kinds } = await survey(root)
    expect(status).toBe('succeeded')
    expect(subtasks.planned).toBeGreaterThan(300)
    expect(subtasks).toMatchObject({ succeeded: subtasks.planned, failed: 0, skipped: 0, cancelled: 0 })
    const digest = kinds.find(({ worker }: { worker: string }) => worker === 'digest')
    expect(digest.firstAttempt.rate).toBeLessThan(0.9)
    expect(digest.afterRecovery.rate).toBe(1)
    expect(attempts.transport).toBeGreaterThan(10)
    expect(attempts.started).toBe(attempts.succeeded + attempts.transport)
  })

  it('needs no git, and copes with few files', async () => {
    for (const name of ['examples/02-repository-survey', 'packages/core/src/random.ts', 'node_modules']) {
      const to = join(elsewhere, name)
      mkdirSync(join(to, '..'), { recursive: true })
      if (name === 'node_modules') symlinkSync(join(root, name), to, 'junction')
      else cpSync(join(root, name), to, { recursive: true })
    }
    mkdirSync(join(elsewhere, 'apps'))
    expect(await survey(elsewhere)).toMatchObject({ status: 'succeeded', subtasks: { planned: 8 } })
  })
})
