import { defineModel, modelWorker } from '@kilostep/ai'
import { createEngine, definePlan, sqliteJournal } from 'kilostep'
import { z } from 'zod'

/* Starts or resumes a run of 100 subtasks on a model, within a budget. Killed by the test again and again. */
const [journal = '', url = '', usd = ''] = process.argv.slice(2)
const model = defineModel(`${url}#sim`, {
  price: { input: 1, output: 5 },
  maxInputTokens: 2_000,
  maxOutputTokens: 100,
  circuit: false,
})
const worker = modelWorker({
  name: 'square',
  model,
  instructions: 'Give the square of n.',
  output: z.object({ square: z.int() }),
  policy: { retry: { attempts: 20, backoffMs: 1 }, timeoutMs: 60_000 },
})
const plan = definePlan('squares', (p) => Array.from({ length: 100 }, (_, n) => p.subtask(worker, { n })))
const store = sqliteJournal(journal)
const engine = createEngine({ journal: store, concurrency: 12 })
const known = (await store.runs()).some(({ run }) => run === 'budget')
const run = known
  ? await engine.resume('budget', { plan })
  : engine.start(plan, { run: 'budget', budget: { usd: Number(usd) } })
await run.result
await engine.close()
