import type { EventType, JournalEvent, RunState } from '@kilostep/core'
import { idOf } from '@kilostep/core'

/** A journal's event as a listener gets it: with the id of its subtask in place of a number. */
export type RunEvent<T extends EventType = EventType> = Named<Extract<JournalEvent, { type: T }>>

const listsOfNodes = ['suspects', 'nodes', 'superseded', 'kept'] as const
type ListOfNodes = (typeof listsOfNodes)[number]

type Named<E> = E extends { readonly node: number }
  ? Omit<E, 'node' | 'cause' | 'choice' | ListOfNodes> & {
      /** The id of the subtask or check. */
      readonly subtask: string
      readonly worker: string
    } & (E extends { readonly cause?: number } ? { readonly cause?: string } : unknown) & {
        readonly [K in keyof E & ListOfNodes]: readonly string[]
      } & (E extends { readonly choice: unknown }
        ? { readonly choice: readonly (readonly [subtask: string, candidate: number])[] }
        : unknown)
  : E

/** Every event by its type, and `event` for all of them. */
export type RunEventMap = { [T in EventType]: [event: RunEvent<T>] } & { event: [event: RunEvent] }

/** The event with ids in place of numbers. */
export function namedEvent(state: RunState, event: JournalEvent): RunEvent {
  if (!('node' in event)) return event
  const { graph } = state
  const { node, ...rest } = event
  const { type, at, ...more } = rest
  const worker = graph.workers[graph.worker[node] as number]
  const named: Record<string, unknown> = { type, at, subtask: idOf(graph, node), worker, ...more }
  if ('cause' in event && event.cause !== undefined) named['cause'] = idOf(graph, event.cause)
  for (const list of listsOfNodes) {
    const nodes = named[list] as readonly number[] | undefined
    if (nodes !== undefined) named[list] = nodes.map((other) => idOf(graph, other))
  }
  if ('choice' in event) named['choice'] = event.choice.map(([at, candidate]) => [idOf(graph, at), candidate])
  return named as unknown as RunEvent
}
