import { appendFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { hashUniform } from '@kilostep/core'
import { createEngine, definePlan, defineWorker, sqliteJournal } from 'kilostep'

/**
 * A run of 1,000 subtasks, each of which leaves a line in a file; begins it or goes on with it. To be killed at any
 * moment: `node program.ts <journal> <effects file> <result file> <times file>`.
 */
const [journalFile, effectsFile, resultFile, firstFile] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
]

const leave = (context: { subtask: string; attempt: number; idempotencyKey: string }): void =>
  appendFileSync(effectsFile, `${context.subtask} ${context.attempt} ${context.idempotencyKey}\n`)
// Every crash may lose an attempt of the same subtask, and none of them is to fail for it.
const policy = { retry: { attempts: 1_000, backoffMs: 1, maxBackoffMs: 5 } }

const part = defineWorker({
  name: 'part',
  policy,
  run: async (n: number, context) => {
    leave(context)
    // The same each time for the same subtask, so that two runs fail alike.
    const draw = hashUniform('crash', context.subtask, context.sample)
    await sleep(draw * 10)
    if (n % 50 === 7 && context.reason === undefined) throw new Error('not at the first time')
    return { n, text: n % 100 === 3 ? 'x'.repeat(20_000) : `part ${n}` }
  },
})
const gather = defineWorker({
  name: 'gather',
  policy,
  run: async (parts: readonly { n: number }[], context) => {
    leave(context)
    await sleep(2)
    return parts.reduce((sum, { n }) => sum + n, 0)
  },
})

const plan = definePlan('a thousand', (p) => {
  const sums = Array.from({ length: 100 }, (_, group) => {
    const parts = Array.from({ length: 9 }, (__, i) => p.subtask(part, group * 9 + i))
    return p.subtask(gather, parts)
  })
  return { sums }
})

const journal = sqliteJournal(journalFile)
const engine = createEngine({ journal, concurrency: 32 })
const known = (await journal.runs()).some(({ run }) => run === 'crash')
const run = known
  ? await engine.resume('crash', { plan })
  : engine.start(plan, { run: 'crash', seed: 'crash' })
// From the start of the process, and so with the loading of the program and the reading of the journal.
run.once('subtask-succeeded', () => {
  const { user, system } = process.cpuUsage()
  appendFileSync(firstFile, `${performance.now()} ${(user + system) / 1_000}\n`)
})
const { status, output, report } = await run.result
writeFileSync(resultFile, JSON.stringify({ status, output, report }))
