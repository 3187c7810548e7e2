import { inputOf, type RouteAnswer, type RunState } from '@kilostep/core'
import type { Crew } from './crew.ts'
import { failureOf } from './failure.ts'

/** Asks a worker's own function where one of its subtasks is to start; what it must not do, it is told of. */
export function askRoute(state: RunState, crew: Crew): (node: number) => RouteAnswer {
  return (node) => {
    const { route, input: schema } = crew.worker(state.graph.worker[node] as number)
    const { input, missed } = inputOf(state, node)
    // What is missing or does not fit is told by the attempt.
    if (route === undefined || missed.length > 0) return undefined
    try {
      const parsed = schema?.safeParse(input)
      if (parsed?.success === false) return undefined
      const to: unknown = route(parsed === undefined ? input : parsed.data)
      if (to === undefined || typeof to === 'string') return to
      return {
        problem: `gave ${to === null ? 'null' : typeof to === 'object' ? 'an object' : `a ${typeof to}`}, and not the name of a worker.`,
      }
    } catch (error) {
      return { problem: `threw: ${failureOf(error).message}` }
    }
  }
}
