import { defineModel, modelWorker } from '@kilostep/ai'
import { gateBehaviour, sequentialTest } from '@kilostep/core/reliability'
import { modelServer, runTrials, type TrialContext } from '@kilostep/testing'
import { reliability } from '@kilostep/testing/vitest'
import { createEngine, definePlan } from 'kilostep'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

/*
 * Kilostep's own gate on a pipeline whose model is faulty: 20 subtasks over HTTP, of which the network spoils some and
 * the model gets some wrong. Seeds are drawn anew each time. With a check it must hold nine times in ten and more;
 * without one the same model does it 64 times in 100, and the gate must say so.
 */

const numbers = Array.from({ length: 20 }, (_, n) => n + 2)
const errors = { good: 0.95, bad: 0.8, alpha: 0.01, beta: 0.01 }
const faults = { 'rate-limit': 0.04, 'server-error': 0.04, reset: 0.02, malformed: 0.03 }

async function squares({ seed, signal }: TrialContext, checked: boolean) {
  await using server = await modelServer({
    answer: ({ prompt }) => ({ json: { square: Number(/"n": (\d+)/.exec(prompt)?.[1]) ** 2 } }),
    wrong: { rate: 0.022 },
    faults,
    retryAfterMs: 2,
    seed,
  })
  const square = modelWorker({
    name: 'square',
    model: defineModel(`${server.url}#sim`),
    instructions: 'Give the square of n.',
    input: z.object({ n: z.int() }),
    output: z.object({ square: z.int() }),
    ...(checked && {
      verify: ({ square: given }: { square: number }, { n }: { n: number }) => given === n * n,
    }),
    policy: { retry: { attempts: 10, backoffMs: 1 } },
  })
  const plan = definePlan('squares', (p) => numbers.map((n) => p.subtask(square, { n })))
  // Awaited here: the server is closed on the way out.
  return await createEngine({ concurrency: 8 }).start(plan, { seed, signal }).result
}

const right = (answers: readonly { square: number }[]) => {
  const wrong = numbers.filter((n, i) => answers[i]?.square !== n * n)
  return wrong.length === 0 || `${wrong.length} of ${numbers.length} squares are wrong`
}

describe('a pipeline on a faulty model', () => {
  reliability('is right with a check', { ...errors, run: (trial) => squares(trial, true), check: right })

  test('is not without one, and the gate says so', async () => {
    const report = await runTrials({ ...errors, run: (trial) => squares(trial, false), check: right })
    expect(report).not.toPassGate()
    expect(report).toMatchObject({ verdict: 'fail', trials: { repeated: 0 } })
    expect(report.failures[0]?.message).toMatch(/squares are wrong/)
  })

  test('is told apart nearly always: what these tests themselves are worth', () => {
    const gate = sequentialTest(errors)
    expect(gateBehaviour(gate, 0.999).pass).toBeGreaterThan(0.9999)
    expect(gateBehaviour(gate, 0.978 ** 20).fail).toBeGreaterThan(0.999)
  })
})
