import {
  emptyState,
  evolve,
  factsOf,
  idOf,
  inputOf,
  type JournalEvent,
  type RunState,
  status,
} from '@kilostep/core'
import type { Journal } from './journal.ts'
import { namedEvent, type RunEvent } from './run-events.ts'

/** An accepted answer with what it is an answer to: a line of a data set. */
export interface AcceptedAnswer {
  readonly run: string
  readonly subtask: string
  /** The worker that gave it; where a stronger one took over, that one. */
  readonly worker: string
  /** What the worker was given. */
  readonly prompt: unknown
  readonly answer: unknown
  /** How many votes it had, of how many; null where it was not voted on. */
  readonly votes: { readonly for: number; readonly of: number } | null
  /** What said that it is right, the strongest first; null where nothing did. */
  readonly judgedBy: 'check' | 'verifier' | 'votes' | null
  /** How many attempts the subtask took; 0 where this run was given the answer. */
  readonly attempts: number
}

/**
 * Every event of a run, as `run` itself tells them: with ids in place of numbers.
 *
 * @throws KilostepError `unknown-run`, `journal-damaged`.
 */
export async function* exportRun(journal: Journal, run: string): AsyncGenerator<RunEvent, void, undefined> {
  const log = await journal.open(run)
  const state = emptyState()
  for await (const event of log.read(0)) {
    evolve(state, event)
    yield namedEvent(state, event)
  }
}

/**
 * The accepted answers of a run, in the order of its plan: a data set to train or test another worker with. Left out is
 * what no worker answered: fallbacks, and what was put together from parts, which are there themselves.
 *
 * @throws KilostepError `unknown-run`, `journal-damaged`.
 */
export async function* exportAnswers(
  journal: Journal,
  run: string,
): AsyncGenerator<AcceptedAnswer, void, undefined> {
  const log = await journal.open(run)
  const state = emptyState()
  const polls = new Map<number, Poll>()
  for await (const event of log.read(0)) {
    evolve(state, event)
    count(polls, event)
  }
  for (let node = 0; node < state.graph.size; node++) {
    if (isAnswered(state, node)) yield accepted(state, node, polls.get(node))
  }
}

/** The keys that attempts gave, and which attempt was accepted. */
interface Poll {
  readonly keys: Map<number, string>
  accepted: number | undefined
}

function count(polls: Map<number, Poll>, event: JournalEvent): void {
  switch (event.type) {
    case 'attempt-succeeded': {
      if (event.key === undefined) return
      let poll = polls.get(event.node)
      if (poll === undefined) {
        poll = { keys: new Map(), accepted: undefined }
        polls.set(event.node, poll)
      }
      poll.keys.set(event.attempt, event.key)
      return
    }
    case 'candidate-chosen':
    case 'subtask-succeeded': {
      const poll = polls.get(event.node)
      if (poll !== undefined && event.attempt !== undefined) poll.accepted = event.attempt
      return
    }
    case 'subtask-escalated':
      // The votes for another worker's answers are no votes for this one's.
      polls.delete(event.node)
  }
}

function isAnswered({ graph, status: at, failures, children }: RunState, node: number): boolean {
  const own = graph.isCheck[node] === 0 && !children.has(node)
  return own && at[node] === status.succeeded && !failures.has(node)
}

function accepted(state: RunState, node: number, poll: Poll | undefined): AcceptedAnswer {
  const { graph } = state
  const votes = votesOf(poll)
  const judgedBy =
    graph.check[node] !== -1 ? 'check' : factsOf(state, node)?.verified ? 'verifier' : votes && 'votes'
  return {
    run: state.run,
    subtask: idOf(graph, node),
    worker: graph.workers[graph.worker[node] as number] as string,
    prompt: inputOf(state, node).input ?? null,
    answer: state.answers[node] ?? null,
    votes,
    judgedBy,
    attempts: state.attempts[node] as number,
  }
}

function votesOf(poll: Poll | undefined): AcceptedAnswer['votes'] {
  if (poll?.accepted === undefined) return null
  const key = poll.keys.get(poll.accepted)
  const all = [...poll.keys.values()]
  return { for: all.filter((other) => other === key).length, of: all.length }
}
