import { idOf } from '../plan/graph.ts'
import { recordedRate, rungsFrom } from '../policy/ladder.ts'
import type { RouteRule } from '../policy/route.ts'
import { natsPerVote } from '../reliability/mix.ts'
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
  const to = said ?? (policy.route === 'record' ? best(state, node, rungs) : ruled(state, node, policy.route))
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

type Rungs = ReturnType<typeof rungsFrom>

/** The first rule that holds. */
function ruled(state: RunState, node: number, rules: readonly RouteRule[] | null): string | undefined {
  let size: number | undefined
  for (const rule of rules ?? []) {
    if (rule.inputOverChars !== undefined || rule.inputUnderChars !== undefined)
      size ??= JSON.stringify(inputOf(state, node).input ?? null).length
    if (holds(state, node, rule, size ?? 0)) return rule.to
  }
  return undefined
}

function holds(state: RunState, node: number, rule: RouteRule, size: number): boolean {
  if (rule.inputOverChars !== undefined && size <= rule.inputOverChars) return false
  if (rule.inputUnderChars !== undefined && size >= rule.inputUnderChars) return false
  if (rule.id !== undefined && !isLike(idOf(state.graph, node), rule.id)) return false
  if (rule.rateUnder === undefined) return true
  const own = state.graph.workers[state.graph.worker[node] as number] as string
  const rate = recordedRate(state.options.record?.[own])
  return rate !== undefined && rate < rule.rateUnder
}

/** Whether a text is like a pattern in which `*` stands for any text: in time linear in the text for each star. */
export function isLike(text: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return text === pattern
  if (!text.startsWith(first)) return false
  const last = rest.pop() as string
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return text.length - at >= last.length && text.endsWith(last)
}

/**
 * The rung that tells most for its cost. Where answers are voted on that is information: nats a vote; where one is
 * enough, how often it is right. A rung that nothing is known of is as its ladder says, the first then stays.
 */
function best(state: RunState, node: number, rungs: Rungs): string | undefined {
  const voted = policyOf(state, node).vote !== null
  let found: string | undefined
  let most = 0
  for (const { name: worker, cost, rate: said } of rungs) {
    const rate = recordedRate(state.options.record?.[worker]) ?? said
    if (rate === undefined) return undefined
    const inside = Math.min(1 - 1e-6, Math.max(1e-6, rate))
    const worth = (voted ? (inside > 0.5 ? natsPerVote(inside) : 0) : inside) / cost
    if (worth <= most) continue
    most = worth
    found = worker
  }
  return found
}
