import { answerOf, attempts, concurrency, type Workload } from '../workloads.ts'
import { attemptOf, dependantsOf } from './graph.ts'

/** What one writes by hand: counters, a list of what is ready, and 64 promises at a time. No limit, report or event. */
export function run(workload: Workload): Promise<number> {
  const { subtasks, needs, results } = workload
  const attempt = attemptOf(workload)
  const { waits, dependants } = dependantsOf(workload)
  const answers = new Array<number>(subtasks)
  const ready: number[] = []
  for (let node = 0; node < subtasks; node++) if (waits[node] === 0) ready.push(node)
  if (workload.priority !== undefined) {
    const rank = workload.priority
    ready.sort((a, b) => rank(b) - rank(a))
  }
  return new Promise((resolve, reject) => {
    let head = 0
    let active = 0
    let done = 0
    const work = async (node: number): Promise<number> => {
      for (let tried = 1; ; tried++) {
        try {
          attempt(node)
          return answerOf(
            node,
            needs(node).map((need) => answers[need] as number),
          )
        } catch (error) {
          if (tried === attempts) throw error
        }
      }
    }
    const one = async (node: number): Promise<void> => {
      answers[node] = await work(node)
      for (const next of dependants(node)) {
        waits[next] = (waits[next] as number) - 1
        if (waits[next] === 0) ready.push(next)
      }
      done++
      active--
      if (done === subtasks) resolve(results.reduce((sum, result) => sum + (answers[result] as number), 0))
      else pump()
    }
    const pump = (): void => {
      while (active < concurrency && head < ready.length) {
        active++
        one(ready[head++] as number).catch(reject)
      }
    }
    pump()
  })
}
