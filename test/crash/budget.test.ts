import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineModel, modelWorker } from '@kilostep/ai'
import { replay, runReport } from '@kilostep/core'
import { eventsOf, type ModelServerOptions, modelServer } from '@kilostep/testing'
import { createEngine, definePlan, memoryJournal, sqliteJournal } from 'kilostep'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

/* A budget in dollars is never exceeded, as the server counts what it charges. */

const price = { input: 1, output: 5 }
const charged = ({ tally }: { tally: { inputTokens: number; outputTokens: number } }): number =>
  (tally.inputTokens * price.input + tally.outputTokens * price.output) / 1e6

const faults: ModelServerOptions = {
  answer: ({ prompt }) => ({ json: { square: Number(/"n": (\d+)/.exec(prompt)?.[1]) ** 2 } }),
  faults: {
    cut: 0.05,
    'rate-limit': 0.05,
    'server-error': 0.05,
    reset: 0.02,
    malformed: 0.03,
    overlong: 0.03,
  },
  retryAfterMs: 1,
  seed: 11,
}

describe.each([1, 16, 100])('a budget in dollars, %i at once', (concurrency) => {
  test.each([0.002, 0.02])('of %d: never exceeded', async (usd) => {
    await using server = await modelServer(faults)
    const model = defineModel(`${server.url}#sim`, {
      price,
      maxInputTokens: 1_500,
      maxOutputTokens: 50,
      circuit: false,
    })
    const worker = modelWorker({
      name: 'square',
      model,
      instructions: 'Give the square of n.',
      output: z.object({ square: z.int() }),
      policy: { retry: { attempts: 20, backoffMs: 1 } },
    })
    const plan = definePlan('squares', (p) => Array.from({ length: 200 }, (_, n) => p.subtask(worker, { n })))
    const journal = memoryJournal()
    const engine = createEngine({ concurrency, journal })
    const run = engine.start(plan, { budget: { usd }, run: 'first' })
    const left: string[] = []
    run.on('subtask-cancelled', ({ subtask }) => left.push(subtask))
    const { report, status } = await run.result
    expect(charged(server)).toBeGreaterThan(0)
    expect(charged(server)).toBeLessThanOrEqual(report.spend.usd)
    expect(report.spend.usd).toBeLessThanOrEqual(usd * (1 + 1e-9))
    expect(model.totals.usd).toBeCloseTo(report.spend.usd, 10)
    if (status === 'succeeded') return

    // With more it goes on, and keeps what is done.
    expect(report.message).toMatch(/budget of 0\.\d+ usd/)
    const before = server.tally.answered
    const fork = await engine.fork('first', { from: left[0] as string, budget: { usd: 1 }, plan })
    const more = await fork.result
    expect(more.status).toBe('succeeded')
    expect(server.tally.answered - before).toBeLessThan(1.6 * left.length + 5)
  })
})

test('a budget in dollars holds across crashes: lost calls keep their reservation', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kilostep-budget-'))
  const journal = join(folder, 'runs.db')
  const usd = 0.06
  let killAt = Number.POSITIVE_INFINITY
  let asked = 0
  let kill: () => void = () => undefined
  await using server = await modelServer({
    ...faults,
    // None whose charge is unknown: what is known and what was lost then are all that there is.
    faults: { 'server-error': 0.05, malformed: 0.05, 'rate-limit': 0.05 },
    answer: ({ prompt }) => {
      // In the midst of a dozen calls, which the server answers and charges, and whose answers nobody hears.
      if (++asked === killAt) kill()
      return { json: { square: Number(/"n": (\d+)/.exec(prompt)?.[1]) ** 2 } }
    },
  })
  const program = fileURLToPath(new URL('./budget-program.ts', import.meta.url))
  try {
    for (let life = 0; life < 5; life++) {
      const child = spawn(
        process.execPath,
        [
          '--conditions=@kilostep/source',
          '--disable-warning=ExperimentalWarning',
          program,
          journal,
          server.url,
          String(usd),
        ],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      )
      kill = () => child.kill('SIGKILL')
      killAt = life < 4 ? asked + 15 : Number.POSITIVE_INFINITY
      await once(child, 'exit')
    }
    const store = sqliteJournal(journal)
    const events = await eventsOf(await store.open('budget'))
    expect(events.filter(({ type }) => type === 'host-lost').length).toBeGreaterThan(0)
    const state = replay(events)
    const report = runReport(state)
    expect(state.inFlight.size).toBe(0)
    expect(charged(server)).toBeGreaterThan(0)
    expect(charged(server)).toBeLessThanOrEqual(report.spend.usd)
    expect(report.spend.usd).toBeLessThanOrEqual(usd * (1 + 1e-9))
    await store.close?.()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
