import { createEngine, definePlan, defineWorker, type Handle } from 'kilostep'
import { answerOf, attempts, concurrency, type Workload } from '../workloads.ts'
import { attemptOf } from './graph.ts'

/** The whole engine as a user has it: events, policies, accounting and report. */
export async function run(workload: Workload): Promise<number> {
  const attempt = attemptOf(workload)
  const policy = { retry: { attempts, backoffMs: 0 } }
  const leaf = defineWorker({
    name: 'leaf',
    run: (node: number) => {
      attempt(node)
      return answerOf(node, [])
    },
    policy,
  })
  const work = defineWorker({
    name: 'work',
    run: ({ node, needed }: { node: number; needed: readonly number[] }) => {
      attempt(node)
      return answerOf(node, needed)
    },
    policy,
  })
  const add = defineWorker({
    name: 'add',
    run: (parts: readonly number[]) => parts.reduce((sum, part) => sum + part, 0),
  })
  const plan = definePlan(workload.name, (p) => {
    const handles: Handle<number>[] = []
    for (let node = 0; node < workload.subtasks; node++) {
      const options = workload.priority === undefined ? undefined : { priority: workload.priority(node) }
      const needs = workload.needs(node)
      if (needs.length === 0) handles.push(p.subtask(leaf, node, options))
      else {
        const needed = needs.map((need) => handles[need] as Handle<number>)
        handles.push(p.subtask(work, { node, needed }, options))
      }
    }
    return p.subtask(
      add,
      workload.results.map((node) => handles[node] as Handle<number>),
    )
  })
  const { output, report } = await createEngine({ concurrency }).start(plan).result
  if (report.subtasks.succeeded !== workload.subtasks + 1) throw new Error('Not every subtask succeeded.')
  return output
}
