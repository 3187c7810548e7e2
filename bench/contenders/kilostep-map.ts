import { createEngine, definePlan, defineWorker } from 'kilostep'
import { answerOf, concurrency, type Workload } from '../workloads.ts'

/** Fan-out and join as Kilostep's users write it where the list is data: a map, one subtask an item. */
export async function run({ subtasks }: Workload): Promise<number> {
  const nodes = defineWorker({
    name: 'nodes',
    run: (count: number) => Array.from({ length: count }, (_, node) => node),
  })
  const work = defineWorker({ name: 'work', run: (node: number) => answerOf(node, []) })
  const join = defineWorker({
    name: 'join',
    run: ({ node, needed }: { node: number; needed: readonly number[] }) => answerOf(node, needed),
  })
  const plan = definePlan('fan-out and join', (p) =>
    p.subtask(join, {
      node: subtasks - 1,
      needed: p.map(p.subtask(nodes, subtasks - 1), work, (item) => item),
    }),
  )
  const { output, report } = await createEngine({ concurrency }).start(plan, { maxAnswerBytes: 2 ** 30 })
    .result
  if (report.subtasks.succeeded !== subtasks + 2) throw new Error('Not every subtask succeeded.')
  return output
}
