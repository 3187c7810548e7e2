import { trialsReportSchema } from '@kilostep/core'
import { describe, expect, it } from 'vitest'
import { type DemoIo, type LedgerDemoOptions, runLedgerDemo } from './demo.ts'

const defaults: LedgerDemoOptions = { rows: 10, trials: 1, plain: false, pool: 'test', json: false }

/** Runs the demo and gives its exit code and all it wrote. */
const run = async (
  options: Partial<LedgerDemoOptions>,
  { columns = 80, isTTY = false, env = {}, interrupt = false } = {},
) => {
  let out = ''
  let err = ''
  let left = 0
  const screen = (write: (text: string) => void) => ({ write, isTTY, columns })
  const io: DemoIo = {
    stdout: screen((text) => {
      out += text
    }),
    stderr: screen((text) => {
      err += text
    }),
    env,
    onInterrupt: (handler) => {
      if (interrupt) setTimeout(() => handler('SIGINT'), 1)
      return () => left++
    },
  }
  const code = await runLedgerDemo({ ...defaults, ...options }, io)
  return { code, out, err, left }
}

/** Without the time it took, which differs; a narrow screen may break the line before its unit. */
const timeless = (out: string): string => out.replace(/in\s+[\d.]+\s+m?s/, 'in no time')

describe('kilostep demo ledger', () => {
  it('tells the story of one ledger and measures both ways, at 80 columns', { timeout: 60_000 }, async () => {
    const { code, out, err } = await run({})
    expect(code).toBe(0)
    expect(err).toBe('')
    for (const line of out.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(80)
    expect(timeless(out)).toMatchSnapshot()
  })

  it('fits in 40 columns', { timeout: 60_000 }, async () => {
    const { out } = await run({ rows: 2 }, { columns: 40 })
    for (const line of out.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(40)
    expect(timeless(out)).toMatchSnapshot()
  })

  it('says with --plain that nothing noticed what is wrong', { timeout: 60_000 }, async () => {
    const { out } = await run({ rows: 250, plain: true })
    expect(out).toContain('read once and taken as it is. Nothing says that it is wrong.')
    expect(out).toContain('250 of 250 rows, unchecked')
    expect(out).not.toContain('Unreadable')
  })

  it('has colours and progress on a terminal, and no colours under NO_COLOR', {
    timeout: 60_000,
  }, async () => {
    const terminal = await run({ rows: 2, trials: 3 }, { isTTY: true })
    expect(terminal.out).toContain('\u001b[32m█')
    expect(terminal.err).toContain('1 of 3 ledgers …')
    expect(terminal.err.endsWith('\r\u001b[K')).toBe(true)
    expect((await run({ rows: 2, trials: 3 }, { isTTY: true, env: { NO_COLOR: '1' } })).out).not.toContain(
      '\u001b',
    )
  })

  it('names the command as it is called in the repository', { timeout: 60_000 }, async () => {
    const { out } = await run({ rows: 500 }, { columns: 100, env: { npm_lifecycle_event: 'start' } })
    expect(out).toContain('Try next    npm run -s kilostep -- demo ledger --target 0.9')
    // Longer ledgers are not read many times over: the demo stays a matter of seconds.
    expect(out).not.toContain('more ledgers')
  })

  it('prints exactly one JSON document with --json, for one ledger too', async () => {
    for (const trials of [1, 4]) {
      const { code, out, err } = await run({ rows: 1, trials, json: true, seed: 5 }, { isTTY: false })
      const report = JSON.parse(out)
      expect(trialsReportSchema.parse(report).trials).toBe(trials)
      expect(report.success).toMatchObject({ basis: 'labels', n: trials })
      expect([code, err]).toEqual([0, ''])
    }
  })

  it('shows figures and a bar for several ledgers', async () => {
    const { out } = await run({ rows: 2, trials: 10, plain: true })
    expect(out).toMatch(
      /^One read each, no check: 10 ledgers of 2 rows\n[█▒░]{64}\n█ \d+ of 10 complete and right\n/,
    )
    expect(out).toContain('Compound success')
  })

  it('ends with 130 when it is interrupted, and lets go of the signal', async () => {
    const { code, left } = await run({ rows: 1, trials: 100_000 }, { interrupt: true })
    expect(code).toBe(130)
    expect(left).toBe(1)
  })
})
