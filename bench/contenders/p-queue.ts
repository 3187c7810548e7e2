import PQueue from 'p-queue'
import pRetry from 'p-retry'
import { answerOf, attempts, concurrency, type Workload } from '../workloads.ts'
import { attemptOf, dependantsOf } from './graph.ts'

/** A page of p-queue and p-retry; dependencies by counters. */
export async function run(workload: Workload): Promise<number> {
  const { subtasks, needs, results, priority } = workload
  const attempt = attemptOf(workload)
  const { waits, dependants } = dependantsOf(workload)
  const answers = new Array<number>(subtasks)
  const queue = new PQueue({ concurrency })
  const add = (node: number): void => {
    const work = async (): Promise<void> => {
      await pRetry(
        async () => {
          attempt(node)
          answers[node] = answerOf(
            node,
            needs(node).map((need) => answers[need] as number),
          )
        },
        { retries: attempts - 1, minTimeout: 0, maxTimeout: 0 },
      )
      for (const next of dependants(node)) {
        waits[next] = (waits[next] as number) - 1
        if (waits[next] === 0) add(next)
      }
    }
    void queue.add(work, priority === undefined ? undefined : { priority: priority(node) })
  }
  const ready: number[] = []
  for (let node = 0; node < subtasks; node++) if (waits[node] === 0) ready.push(node)
  for (const node of ready) add(node)
  await queue.onIdle()
  return results.reduce((sum, result) => sum + (answers[result] as number), 0)
}
