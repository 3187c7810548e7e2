import { defineModel, modelPlanner, modelWorker } from '@kilostep/ai'
import { count, createRandom, dollars, duration, percent } from '@kilostep/core'
import { type ModelRequest, modelServer, runTrials } from '@kilostep/testing'
import { createEngine, defineWorker, planTask } from 'kilostep'
import { z } from 'zod'

/*
 * A language model splits a task into more than 100 subtasks and does 100 of them, over HTTP, on a server that fails 10 % of the
 * requests, breaks 5 % of the answers and is right in 97.793 % of the rest. A gate tries that until it is known
 * whether more than eight runs in ten end right, at an error rate of 5 %, and beside it the same model with retries
 * but without a check. Seeds are drawn anew each time, not chosen.
 */
const numbers = 100
const right = 0.8 ** (1 / 10)
const faults = {
  'rate-limit': 0.03,
  'server-error': 0.03,
  overloaded: 0.02,
  reset: 0.01,
  cut: 0.01,
  malformed: 0.05,
}
const price = { input: 0.25, output: 2 }

function primesOf(n: number): number[] {
  for (let p = 2; p * p <= n; p++) if (n % p === 0) return [p, ...primesOf(n / p)]
  return n === 1 ? [] : [n]
}

/** What the model says when it is right; the server makes some of it wrong. */
function say({ prompt, system }: ModelRequest) {
  if (!system.startsWith('You split a task'))
    return { json: { primes: primesOf(Number(/"n": (\d+)/.exec(prompt)?.[1])) } }
  const map = { over: { $from: 'numbers' } }
  const subtasks = [
    { id: 'numbers', worker: 'list', input: {} },
    { id: 'factors', worker: 'factor', map, input: { n: { $item: [] } } },
    { id: 'largest', worker: 'largest', input: { all: { $from: 'factors' } } },
  ]
  return { json: { name: 'largest prime factor', subtasks, output: { $from: 'largest' } } }
}

interface Sums {
  runs: number
  subtasks: number
  calls: number
  usd: number
}

async function trial(
  seed: string,
  checked: boolean,
  sums: Sums,
): Promise<{ passed: boolean; message: string }> {
  await using server = await modelServer({
    answer: say,
    seed,
    faults,
    wrong: { rate: 1 - right },
    retryAfterMs: 5,
  })
  const model = defineModel(`${server.url}#sim`, { price, maxInputTokens: 20_000, maxOutputTokens: 400 })
  const random = createRandom(seed)
  const given = Array.from({ length: numbers }, () => 2 + random.integer(1_000_000))
  const list = defineWorker({ name: 'list', description: 'Lists the numbers.', run: () => given })
  const factor = modelWorker({
    name: 'factor',
    description: 'Finds the prime factors of one number.',
    model,
    instructions: 'Give the prime factors of n, each as often as it divides n.',
    input: z.object({ n: z.int().min(2) }),
    output: z.object({ primes: z.array(z.int().min(2)).max(64) }),
    // To multiply is easier than to factor, so code can check what it takes a model to find.
    ...(checked && {
      verify: ({ primes }: { primes: number[] }, { n }: { n: number }) =>
        primes.reduce((product, p) => product * p, 1) === n && primes.every((p) => primesOf(p).length === 1),
    }),
    policy: { retry: { attempts: 12, backoffMs: 5 } },
  })
  const largest = defineWorker({
    name: 'largest',
    description: 'The largest of all prime factors.',
    input: z.object({ all: z.array(z.object({ primes: z.array(z.number()) })) }),
    run: ({ all }) => ({ all, largest: Math.max(...all.flatMap(({ primes }) => primes)) }),
  })
  const workers = [list, factor, largest]
  const plan = await planTask(
    'What is the largest prime factor of the numbers?',
    modelPlanner({ model, attempts: 10 }),
    { workers },
  )
  const engine = createEngine({ concurrency: 16 })
  const { output, report } = await engine.start(plan, { seed, budget: { usd: 2 } }).result
  sums.runs++
  sums.subtasks += report.subtasks.planned
  sums.calls += model.totals.calls
  sums.usd += model.totals.usd
  const answers = (output as { all: { primes: number[] }[] } | undefined)?.all ?? []
  const product = (factors: readonly number[]): number => factors.reduce((a, b) => a * b, 1)
  const wrong = given.filter((n, i) => !answers[i] || product(answers[i].primes) !== n).length
  return { passed: wrong === 0, message: `${wrong} of ${numbers} numbers are wrong.` }
}

const lines: string[][] = [['', 'gate', 'runs right', 'trials', 'calls a subtask', 'cost of a run', 'time']]
for (const checked of [true, false]) {
  const sums: Sums = { runs: 0, subtasks: 0, calls: 0, usd: 0 }
  const report = await runTrials({ run: ({ seed }) => trial(seed, checked, sums), good: 0.9, bad: 0.8 })
  lines.push([
    checked ? 'checked, asked again' : 'as it is',
    report.verdict,
    percent(report.success.rate ?? 0),
    count(report.trials.counted),
    (sums.calls / sums.subtasks).toFixed(2),
    dollars(sums.usd / sums.runs),
    duration(report.durationMs),
  ])
}
const widths = (lines[0] ?? []).map((_, column) =>
  Math.max(...lines.map((line) => (line[column] ?? '').length)),
)
const row = (line: readonly string[]): string =>
  line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('   ')
console.log(`Each run: a model splits a task into more than ${numbers} subtasks and does them, over HTTP; 10 % of requests fail, 5 % of answers are
broken, and of the rest ${percent(right)} are right. The gate tells 80 % from 90 % at an error rate of 5 %.
`)
console.log(lines.map(row).join('\n'))
process.exitCode = lines[1]?.[1] === 'pass' && lines[2]?.[1] === 'fail' ? 0 : 1
