import type { ReplanTask, SplitTask } from 'kilostep'

/** What a model planner takes: a task, one with data, or one of which a part has failed. */
export type PlannerTask = string | SplitTask | ReplanTask

export interface ReadTask {
  readonly task: string
  /** Undefined: nothing. */
  readonly given: unknown
  readonly replan: ReplanTask['replan'] | undefined
}

export function readTask(task: PlannerTask): ReadTask {
  if (typeof task === 'string') return { task, given: undefined, replan: undefined }
  return {
    task: task.task,
    given: 'given' in task ? task.given : undefined,
    replan: 'replan' in task ? task.replan : undefined,
  }
}
