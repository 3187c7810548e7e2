import { createStep, createWorkflow } from '@mastra/core/workflows'
import { z } from 'zod'
import { answerOf, attempts, concurrency, type Workload } from '../workloads.ts'
import { attemptOf } from './graph.ts'

const numbers = z.array(z.number())

/**
 * Mastra workflows: `foreach` over what is on one level, one level after another, each answer handed on as its output.
 */
export async function run(workload: Workload): Promise<number> {
  const { subtasks, needs, results } = workload
  const attempt = attemptOf(workload)
  const answers = new Array<number>(subtasks)
  const each = createStep({
    id: 'work',
    inputSchema: z.number(),
    outputSchema: z.number(),
    retries: attempts - 1,
    execute: async ({ inputData: node }) => {
      attempt(node)
      const answer = answerOf(
        node,
        needs(node).map((need) => answers[need] as number),
      )
      answers[node] = answer
      return answer
    },
  })
  const levels = levelsOf(workload)
  // biome-ignore lint/suspicious/noExplicitAny: the type of a workflow grows with each of its steps
  let workflow: any = createWorkflow({ id: 'bench', inputSchema: numbers, outputSchema: numbers })
  for (const [index, level] of levels.entries()) {
    if (level.length === 1) {
      workflow = workflow.then(
        createStep({
          id: `level-${index}`,
          inputSchema: z.any(),
          outputSchema: numbers,
          retries: attempts - 1,
          execute: async () => {
            const node = level[0] as number
            attempt(node)
            answers[node] = answerOf(
              node,
              needs(node).map((need) => answers[need] as number),
            )
            return levels[index + 1] ?? []
          },
        }),
      )
    } else {
      workflow = workflow.foreach(each, { concurrency })
      workflow = workflow.then(
        createStep({
          id: `next-${index}`,
          inputSchema: z.any(),
          outputSchema: numbers,
          execute: async () => levels[index + 1] ?? [],
        }),
      )
    }
  }
  const started = await workflow.commit().createRun()
  const result = await started.start({ inputData: levels[0] })
  if (result.status !== 'success') throw new Error(`The workflow ended as ${result.status}.`)
  return results.reduce((sum, node) => sum + (answers[node] as number), 0)
}

/** The subtasks by how many lie before them at most. */
function levelsOf({ subtasks, needs }: Workload): number[][] {
  const level = new Int32Array(subtasks)
  const levels: number[][] = []
  for (let node = 0; node < subtasks; node++) {
    for (const need of needs(node)) level[node] = Math.max(level[node] as number, (level[need] as number) + 1)
    const place = level[node] as number
    const list = levels[place]
    if (list === undefined) levels[place] = [node]
    else list.push(node)
  }
  return levels
}
