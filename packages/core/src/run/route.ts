import { idOf } from '../plan/graph.ts'
import { bestRung, ruledRung } from '../policy/choose-rung.ts'
import { recordedRate, rungsFrom } from '../policy/ladder.ts'
import { didYouMean, quote } from '../suggest.ts'
import { inputOf } from './answers.ts'
import type { JournalEvent } from './events.ts'
import { failForGood, name } from './fail.ts'
import { factsOf, policyOf, type RunState } from './state.ts'

/** What a worker's own function says: the rung to start on, nothing, or why it cannot say. */
export type RouteAnswer = string | undefined | { readonly problem: string }

/**
 * Which rung of its ladder a subtask starts on, decided once, before its first attempt: empty where it is its own
 * worker's.
 */
export function route(
  state: RunState,
  node: number,
  at: number,
  ask: ((node: number) => RouteAnswer) | undefined,
): readonly JournalEvent[] {
  const policy = policyOf(state, node)
  const said = factsOf(state, node)?.routes === true ? ask?.(node) : undefined
  if (said === undefined && policy.route === null) return []
  const own = state.graph.workers[state.graph.worker[node] as number] as string
  if (typeof said === 'object') return refused(state, node, at, `"route" of ${quote(own)} ${said.problem}`)
  const rungs = rungsFrom(own, policy, (worker) => rungOf(state, worker))
  const record = state.options.record ?? {}
  const to =
    said ??
    (policy.route === 'record'
      ? bestRung(
          rungs.map((rung) => ({ ...rung, rate: recordedRate(record[rung.name]) ?? rung.rate })),
          policy.vote !== null,
        )
      : ruledRung(policy.route ?? [], {
          id: idOf(state.graph, node),
          chars: () => JSON.stringify(inputOf(state, node).input ?? null).length,
          rate: recordedRate(record[own]),
        }))
  if (to === undefined || to === own) return []
  const rung = rungs.find((one) => one.name === to)
  if (rung !== undefined) return [{ type: 'subtask-routed', at, node, to, error: 1 - (rung.rate ?? 1) }]
  const names = rungs.map((one) => one.name)
  const ladder = names.map(quote).join(' → ')
  return refused(
    state,
    node,
    at,
    `"route" of ${quote(own)} says ${quote(to)}, which is no rung of its ladder (${ladder}).${didYouMean(to, names)}`,
  )
}

function refused(state: RunState, node: number, at: number, problem: string): readonly JournalEvent[] {
  const message = `Where ${name(state, node)} is to start cannot be told: ${problem}`
  return failForGood(state, node, { kind: 'flagged', code: 'invalid-route', message }, at)
}

/** A worker of the ladder with its policy, laid over by the run's. */
function rungOf(
  state: RunState,
  worker: string,
): { name: string; policy: ReturnType<typeof policyOf> } | undefined {
  const place = state.graph.workers.indexOf(worker)
  const policy = state.policies[place]
  return policy === undefined ? undefined : { name: worker, policy }
}
