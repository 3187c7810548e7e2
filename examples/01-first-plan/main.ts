import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createEngine, definePlan, defineWorker } from 'kilostep'
import { z } from 'zod'

/* Counts the words of every Markdown file at the top of this repository: a list, a subtask for each item, a sum. */
const folder = join(import.meta.dirname, '..', '..')

const list = defineWorker({
  name: 'list',
  input: z.object({ folder: z.string() }),
  output: z.array(z.string()),
  run: async (input) => (await readdir(input.folder)).filter((file) => file.endsWith('.md')),
})

const count = defineWorker({
  name: 'count',
  input: z.object({ file: z.string() }),
  output: z.object({ file: z.string(), words: z.int().min(0) }),
  run: async ({ file }, { signal, attempt }) => {
    // The disk is not at its best today: every other file cannot be read at the first attempt.
    if (attempt === 1 && file.length % 2 === 0) throw new Error(`${file} is busy`)
    const text = await readFile(join(folder, file), { encoding: 'utf8', signal })
    return { file, words: text.split(/\s+/).filter(Boolean).length }
  },
  verify: (answer) => answer.words > 0 || 'a file without a word is not right',
  policy: { retry: { attempts: 4, backoffMs: 20 }, timeoutMs: 5_000 },
})

const add = defineWorker({
  name: 'add',
  input: z.object({ counts: z.array(z.object({ file: z.string(), words: z.number() })) }),
  output: z.number(),
  run: ({ counts }) => counts.reduce((sum, { words }) => sum + words, 0),
})

const plan = definePlan('count words', (p) => {
  const files = p.subtask(list, { folder })
  const counts = p.map(files, count, (file) => ({ file }))
  return p.subtask(add, { counts })
})

const engine = createEngine({ concurrency: 8 })
const run = engine.start(plan)
run.on('attempt-failed', ({ subtask, attempt, failure }) => {
  console.log(`${subtask}, attempt ${attempt}: ${failure.message}`)
})
const { status, output, report } = await run.result

console.log(`${status}: ${output} words`)
console.log(
  `first attempts that were enough: ${JSON.stringify(report.kinds.map((kind) => [kind.worker, kind.firstAttempt.rate]))}`,
)
console.log(
  `compound success: ${report.success.naive.toFixed(3)} with one attempt each, ${report.success.predicted.toFixed(3)} like this`,
)
