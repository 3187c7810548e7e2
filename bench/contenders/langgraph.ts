import { Annotation, Send, START, StateGraph } from '@langchain/langgraph'
import { answerOf, attempts, concurrency, type Workload } from '../workloads.ts'
import { attemptOf, dependantsOf } from './graph.ts'

/** LangGraph.js: what is ready is sent to one node, superstep after superstep, up to 64 at once. */
export async function run(workload: Workload): Promise<number> {
  const { subtasks, needs, results } = workload
  const attempt = attemptOf(workload)
  const { waits, dependants } = dependantsOf(workload)
  const answers = new Array<number>(subtasks)
  const state = Annotation.Root({
    done: Annotation<number[]>({ reducer: (_, update) => update, default: () => [] }),
    node: Annotation<number>({ reducer: (_, update) => update, default: () => -1 }),
  })
  let released: number[] = []
  const ready: number[] = []
  for (let node = 0; node < subtasks; node++) if (waits[node] === 0) ready.push(node)
  const graph = new StateGraph(state)
    .addNode(
      'work',
      ({ node }) => {
        attempt(node)
        answers[node] = answerOf(
          node,
          needs(node).map((need) => answers[need] as number),
        )
        for (const next of dependants(node)) {
          waits[next] = (waits[next] as number) - 1
          if (waits[next] === 0) released.push(next)
        }
        return {}
      },
      {
        retryPolicy: {
          maxAttempts: attempts,
          initialInterval: 0,
          jitter: false,
          logWarning: false,
          retryOn: () => true,
        },
      },
    )
    .addNode('next', () => ({}))
    .addConditionalEdges(START, () => ready.map((node) => new Send('work', { node })))
    .addEdge('work', 'next')
    .addConditionalEdges('next', () => {
      const sends = released.map((node) => new Send('work', { node }))
      released = []
      return sends
    })
    .compile()
  await graph.invoke({}, { maxConcurrency: concurrency, recursionLimit: subtasks * 2 + 10 })
  return results.reduce((sum, node) => sum + (answers[node] as number), 0)
}
