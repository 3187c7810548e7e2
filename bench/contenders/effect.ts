import { Deferred, Effect, Semaphore } from 'effect'
import { answerOf, attempts, concurrency, type Workload } from '../workloads.ts'
import { attemptOf } from './graph.ts'

/** Effect: forEach where nothing waits, a deferred value a subtask and a semaphore where something does. */
export function run(workload: Workload): Promise<number> {
  const { subtasks, needs, results } = workload
  const attempt = attemptOf(workload)
  const work = (node: number, needed: readonly number[]) =>
    Effect.retry(
      Effect.try({
        try: () => {
          attempt(node)
          return answerOf(node, needed)
        },
        catch: (error) => error as Error,
      }),
      { times: attempts - 1 },
    )
  const nodes = Array.from({ length: subtasks }, (_, node) => node)
  const inputs = nodes.filter((node) => needs(node).length > 0)
  const sum = (answers: readonly number[]): number =>
    results.reduce((total, result) => total + (answers[result] as number), 0)
  const first = inputs[0]
  if (first === undefined) {
    return Effect.runPromise(
      Effect.map(
        Effect.forEach(nodes, (node) => work(node, []), { concurrency }),
        sum,
      ),
    )
  }
  if (inputs.length === 1 && first === subtasks - 1) {
    return Effect.runPromise(
      Effect.gen(function* () {
        const answers = yield* Effect.forEach(nodes.slice(0, -1), (node) => work(node, []), { concurrency })
        return yield* work(first, answers)
      }),
    )
  }
  return Effect.runPromise(
    Effect.gen(function* () {
      const semaphore = yield* Semaphore.make(concurrency)
      const answers = yield* Effect.forEach(nodes, () => Deferred.make<number, Error>())
      yield* Effect.forEach(
        nodes,
        (node) =>
          Effect.gen(function* () {
            const needed: number[] = []
            for (const need of needs(node))
              needed.push(yield* Deferred.await(answers[need] as Deferred.Deferred<number, Error>))
            const answer = yield* semaphore.withPermits(1)(work(node, needed))
            yield* Deferred.succeed(answers[node] as Deferred.Deferred<number, Error>, answer)
          }),
        { concurrency: 'unbounded', discard: true },
      )
      let total = 0
      for (const result of results)
        total += yield* Deferred.await(answers[result] as Deferred.Deferred<number, Error>)
      return total
    }),
  )
}
