import { createEngine, defineWorker, streamPlan } from 'kilostep'
import { answerOf, concurrency, type Workload } from '../workloads.ts'

/** The same from a source that is never in memory as a whole: each item with what is done to it, batch after batch. */
export async function run({ subtasks, needs }: Workload): Promise<number> {
  const join = subtasks - 1
  const work = defineWorker({ name: 'work', run: (node: number) => answerOf(node, []) })
  function* nodes() {
    for (let node = 0; node < join; node++) yield node
  }
  const stream = streamPlan(createEngine({ concurrency }), 'fan-out', nodes(), (p, node) =>
    p.subtask(work, node),
  )
  let sum = join
  for await (const item of stream) {
    if (item.status === 'failed') throw new Error(item.message)
    sum += item.output
  }
  if (stream.summary().subtasks.succeeded !== needs(join).length)
    throw new Error('Not every subtask succeeded.')
  return answerOf(sum, [])
}
