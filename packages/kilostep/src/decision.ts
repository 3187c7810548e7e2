import {
  type Decision,
  decisionFault,
  didYouMean,
  idOf,
  inputOf,
  KilostepError,
  nodeOf,
  parseOptions,
  quote,
  type RunState,
  settleJson,
} from '@kilostep/core'
import { z } from 'zod'
import { failureOf } from './failure.ts'
import type { Journal } from './journal.ts'
import { issues } from './outcome.ts'
import { withoutFields } from './redact.ts'
import { foldLog } from './resume.ts'
import type { Worker } from './worker.ts'

/** What somebody says of a subtask or check that waits for a decision. */
export type DecisionOptions =
  /** It may be done, or done again; a check that waits for an answer accepts. */
  | { readonly approve: true }
  /** It fails for good, for this reason; a check that waits for an answer rejects. */
  | { readonly reject: string }
  /** The answer, in place of the worker's; of a check, its verdict. */
  | { readonly answer: unknown }

const one = 'must say "approve: true", "reject" with a reason, or "answer", one of them'
const decisionSchema = z
  .strictObject({
    approve: z.literal(true).optional(),
    reject: z.string().min(1).max(100_000).optional(),
    answer: z.unknown().optional(),
  })
  .refine((given) => Object.keys(given).length === 1, one)

/** A subtask or check that waits for somebody. */
export interface Waiting {
  readonly subtask: string
  /** For leave to start, for its answer, or to be told whether it was done before its host was lost. */
  readonly for: 'approval' | 'answer' | 'unsure'
  readonly worker: string
  /** What it is, or would be, given. */
  readonly input: unknown
}

export function waitingIn(state: RunState): Waiting[] {
  const { graph, held, phase } = state
  // Nobody is asked any more about a run that is being stopped.
  if (phase === 'stopping') return []
  return [...held].map(([node, awaited]) => ({
    subtask: idOf(graph, node),
    for: awaited,
    worker: graph.workers[graph.worker[node] as number] as string,
    input: inputOf(state, node).input ?? null,
  }))
}

/**
 * What waits for a decision in a run, as its journal stands.
 *
 * @throws KilostepError `unknown-run`, `journal-damaged`.
 */
export async function waitingSubtasks(journal: Journal, run: string): Promise<Waiting[]> {
  const { state } = await foldLog(await journal.open(run), run)
  return state.phase === 'finished' ? [] : waitingIn(state)
}

/** @throws KilostepError `invalid-options`. */
export function readDecision(options: DecisionOptions): Decision {
  const { approve, reject, answer } = parseOptions(decisionSchema, options, 'a decision')
  if (approve) return { type: 'approve' }
  if (reject !== undefined) return { type: 'reject', reason: reject }
  const settled = settleJson(answer ?? null, Number.POSITIVE_INFINITY)
  if ('problem' in settled) throw new KilostepError('invalid-options', `The answer ${settled.problem}.`)
  return { type: 'answer', answer: answer ?? null }
}

/** @throws KilostepError `unknown-subtask`. */
export function requireNode(state: RunState, subtask: string): number {
  const node = nodeOf(state.graph, subtask)
  if (node !== undefined) return node
  const { graph } = state
  const known = Array.from({ length: Math.min(graph.size, 10_000) }, (_, place) => idOf(graph, place))
  throw new KilostepError(
    'unknown-subtask',
    `Run ${quote(state.run)} has no subtask or check ${quote(subtask)}.${didYouMean(subtask, known)}`,
  )
}

/** @throws KilostepError `not-waiting` where the decision cannot be taken. */
function requireDecidable(state: RunState, node: number, decision: Decision): void {
  const fault = decisionFault(state, node, decision)
  if (fault !== undefined) throw new KilostepError('not-waiting', fault)
}

/**
 * The node that waits for this decision now.
 *
 * @throws KilostepError `unknown-subtask`, `not-waiting`.
 */
export function requireHeld(state: RunState, subtask: string, decision: Decision): number {
  const node = requireNode(state, subtask)
  requireDecidable(state, node, decision)
  if (state.held.has(node)) return node
  throw new KilostepError('not-waiting', `${quote(subtask)} does not wait yet: decide when it does.`)
}

/** The decision as the run takes it, or why it cannot: an answer has to be what a worker might have answered. */
export function checkedDecision(
  worker: Worker,
  decision: Decision,
  maxAnswerBytes: number,
): Decision | { readonly problem: string } {
  if (decision.type !== 'answer') return decision
  let answer = decision.answer
  try {
    const parsed = worker.output?.safeParse(answer)
    if (parsed?.success === false)
      return { problem: `The answer is none of worker ${quote(worker.name)}: ${issues(parsed.error)}` }
    if (parsed !== undefined) answer = parsed.data ?? null
  } catch (error) {
    return { problem: `The answer cannot be read: ${failureOf(error).message}` }
  }
  const settled = settleJson(answer, maxAnswerBytes)
  if ('problem' in settled) return { problem: `The answer ${settled.problem}.` }
  return { type: 'answer', answer: withoutFields(answer, worker.redact ?? []) }
}

/**
 * Leaves a decision in the journal, for whichever process has the run or will resume it: it is heeded within a second
 * by one that has it. A subtask that will wait may be decided on before it does.
 *
 * @throws KilostepError `unknown-run`, `unknown-subtask`; `not-waiting`, also where its run has ended;
 * `no-decisions` where the journal cannot hold them.
 */
export async function decideSubtask(
  journal: Journal,
  run: string,
  subtask: string,
  options: DecisionOptions,
): Promise<void> {
  const decision = readDecision(options)
  if (journal.decide === undefined) {
    throw new KilostepError(
      'no-decisions',
      'This journal holds no decisions. Say it to the run: run.decide(…).',
    )
  }
  const { state } = await foldLog(await journal.open(run), run)
  requireDecidable(state, requireNode(state, subtask), decision)
  await journal.decide(run, { subtask, decision })
}
