import async from 'async'
import { answerOf, attempts, concurrency, type Workload } from '../workloads.ts'
import { attemptOf } from './graph.ts'

type Task = (answers: Record<string, number>) => Promise<number>

/** `async.auto`, each task under `async.retry`. */
export async function run(workload: Workload): Promise<number> {
  const { subtasks, needs, results } = workload
  const attempt = attemptOf(workload)
  const tasks: Record<string, Task | (string | Task)[]> = {}
  for (let node = 0; node < subtasks; node++) {
    const needed = needs(node)
    const task: Task = (answers) =>
      async.retry<number, Error>(attempts, async () => {
        attempt(node)
        return answerOf(
          node,
          needed.map((need) => answers[need] as number),
        )
      }) as unknown as Promise<number>
    tasks[node] =
      needed.length === 0 ? async () => task({}) : [...needed.map(String), async (answers) => task(answers)]
  }
  const answers = await (
    async.auto as unknown as (tasks: object, concurrency: number) => Promise<Record<string, number>>
  )(tasks, concurrency)
  return results.reduce((sum, result) => sum + (answers[result] as number), 0)
}
