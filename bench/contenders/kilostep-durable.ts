import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine, definePlan, defineWorker, sqliteJournal } from 'kilostep'
import { answerOf, concurrency, type Workload } from '../workloads.ts'

/** Every start and every end of a subtask on disk before anything depends on it: SQLite, synchronous=FULL. */
export async function run({ subtasks, results }: Workload): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'kilostep-bench-'))
  const work = defineWorker({ name: 'work', run: (node: number) => answerOf(node, []) })
  const add = defineWorker({
    name: 'add',
    run: (parts: readonly number[]) => parts.reduce((sum, part) => sum + part, 0),
  })
  const plan = definePlan('durable', (p) => {
    const handles = Array.from({ length: subtasks }, (_, node) => p.subtask(work, node))
    return p.subtask(
      add,
      results.map((node) => handles[node] as (typeof handles)[number]),
    )
  })
  const engine = createEngine({ concurrency, journal: sqliteJournal(join(folder, 'runs.db')) })
  const { output } = await engine.start(plan).result
  await engine.close()
  rmSync(folder, { recursive: true })
  return output
}
