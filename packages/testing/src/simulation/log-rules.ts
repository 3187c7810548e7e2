import { emptyState, evolve, idOf, nodeOf, policyOf, type RunState, status } from '@kilostep/core'
import type { JournalEvent, Worker } from 'kilostep'
import type { Invariant } from './breach.ts'
import type { Call } from './call.ts'
import { brokenOf, type NodeHistory, newHistory, noteEvent } from './node-history.ts'
import { neededBy } from './references.ts'

type EventOf<T extends JournalEvent['type']> = Extract<JournalEvent, { type: T }>

/** What durable events are held against. */
export interface LogWitness {
  breach(invariant: Invariant, message: string): void
  /** The call that an attempt was, if there was one. */
  callOf(subtask: string, attempt: number): Call | undefined
  rateOf(worker: string): Worker['rate'] | undefined
  /** How many attempts of the run may be in flight at once. */
  readonly concurrency: number
}

const afterTheEnd: ReadonlySet<string> = new Set([
  'undo-started',
  'undo-succeeded',
  'undo-failed',
  'run-rolled-back',
  'attempt-stopped',
])

/** Reads a run's durable events as they come, and sees whether one of them must not be there. */
export class LogRules {
  /** The run as its durable events tell it. */
  readonly state: RunState = emptyState()
  length = 0
  readonly #witness: LogWitness
  readonly #nodes = new Map<number, NodeHistory>()
  /** When attempts of each worker that has a rate started on the present host. */
  readonly #starts = new Map<string, number[]>()
  #started = 0
  #lastAt = 0

  constructor(witness: LogWitness) {
    this.#witness = witness
  }

  /** How many attempts have started. */
  get started(): number {
    return this.#started
  }

  historyOf(node: number): NodeHistory {
    let history = this.#nodes.get(node)
    if (history === undefined) {
      history = newHistory()
      this.#nodes.set(node, history)
    }
    return history
  }

  /** Every accepted answer as JSON, by the id of its subtask. */
  *accepted(): Generator<[string, string]> {
    for (const [node, { accepted }] of this.#nodes)
      if (accepted !== undefined) yield [idOf(this.state.graph, node), accepted]
  }

  read(event: JournalEvent): void {
    const { state } = this
    if (event.at < this.#lastAt) this.#breach(11, `${event.type} is earlier than the event before it.`)
    this.#lastAt = event.at
    if (state.phase === 'finished' && !afterTheEnd.has(event.type))
      this.#breach(11, `${event.type} was written after the end of the run.`)
    if (event.type === 'run-finished') this.#finished()
    if (event.type === 'host-lost') this.#starts.clear()
    if ('node' in event) this.#node(event)
    try {
      evolve(state, event)
    } catch (error) {
      this.#breach(11, `${event.type} does not follow from what was written before: ${String(error)}`)
    }
    if ('node' in event) this.#note(event)
    this.length++
  }

  #note(event: Extract<JournalEvent, { readonly node: number }>): void {
    const history = this.historyOf(event.node)
    noteEvent(history, event)
    if (event.type !== 'subtask-succeeded' || history.accepted === undefined) return
    const answer = JSON.stringify(this.state.answers[event.node])
    const check = this.state.graph.check[event.node] as number
    const combined = check !== -1 && policyOf(this.state, check).combine !== null
    if (answer !== history.accepted && !combined)
      this.#breach(
        2,
        `${this.#idOf(event.node)} has the answer ${answer}, and ${history.accepted} was accepted.`,
      )
    history.accepted = answer
  }

  #node(event: Extract<JournalEvent, { readonly node: number }>): void {
    const history = this.historyOf(event.node)
    const id = this.#idOf(event.node)
    switch (event.type) {
      case 'attempt-started':
        this.#attemptStarted(event, history, id)
        break
      case 'attempt-succeeded':
      case 'attempt-failed':
      case 'attempt-cancelled':
        if (!history.open.has(event.attempt))
          this.#breach(
            4,
            `${event.type} was written of attempt ${event.attempt} of ${id}, which was not in flight.`,
          )
        if (event.type === 'attempt-succeeded') this.#attemptSucceeded(event, id)
        break
      case 'subtask-succeeded':
        if (history.final) this.#breach(3, `${id} succeeded though it had ended.`)
        else if (event.fallback === undefined) this.#accepted(event, history, id)
        break
      case 'subtask-failed':
      case 'subtask-skipped':
      case 'subtask-cancelled':
      case 'check-accepted':
      case 'check-failed':
        if (history.final) this.#breach(3, `${event.type} was written of ${id}, which had ended.`)
        break
    }
  }

  #attemptStarted(
    { node, attempt, sample, at }: EventOf<'attempt-started'>,
    history: NodeHistory,
    id: string,
  ): void {
    const { state } = this
    const who = `Attempt ${attempt} of ${id}`
    if (state.phase !== 'running') this.#breach(6, `${who} started while the run was ${state.phase}.`)
    if (history.final) this.#breach(6, `${who} started, and it had ended.`)
    if (attempt !== history.attempts + 1) this.#breach(6, `${who} started after attempt ${history.attempts}.`)
    const policy = policyOf(state, node)
    if (policy.vote === null && history.open.size === 0) {
      const expected = history.again ?? history.sample + 1
      if (sample !== expected) this.#breach(6, `${who} is sample ${sample} and should be ${expected}.`)
    }
    // Of votes in flight together each has its own retries.
    const single = policy.vote === null && policy.hedge === null
    const transport = single ? history.transport : brokenOf(history, sample)
    for (const [kind, count] of Object.entries({
      transport,
      flagged: history.flagged,
      wrong: history.wrong,
    })) {
      // A check that combines candidates tries some more when it has rejected as often as it may.
      const more = kind === 'wrong' ? (policy.combine?.checks ?? 0) : 0
      const limit = policy.retry[kind as 'transport'] + more
      if (count >= limit) this.#breach(6, `${who} started after ${count} ${kind} failures of ${limit}.`)
    }
    const votes = [...history.votes.values()].reduce((sum, count) => sum + count, 0)
    if (policy.vote !== null && votes >= policy.vote.maxVotes)
      this.#breach(6, `${who} started after ${votes} votes of ${policy.vote.maxVotes}.`)
    this.#started++
    const { budget, timeoutMs } = state.options
    if (budget?.attempts !== undefined && this.#started > budget.attempts)
      this.#breach(7, `${who} is attempt ${this.#started} of the run, whose budget is ${budget.attempts}.`)
    if (timeoutMs !== undefined && at > state.startedAt + timeoutMs)
      this.#breach(9, `${who} started after the ${timeoutMs} ms of the run.`)
    if (state.inFlight.size + 1 > this.#witness.concurrency)
      this.#breach(
        8,
        `${who} is one of ${state.inFlight.size + 1}, and ${this.#witness.concurrency} may be in flight.`,
      )
    this.#rate(state.graph.workers[state.graph.worker[node] as number] as string, at)
    for (const need of this.#needs(node)) {
      if (state.status[need] !== status.succeeded)
        this.#breach(5, `${who} started before the answer of ${this.#idOf(need)} was there.`)
    }
  }

  #rate(worker: string, at: number): void {
    const rate = this.#witness.rateOf(worker)
    if (rate === undefined) return
    const starts = this.#starts.get(worker) ?? []
    const before = starts.at(-rate.limit)
    if (before !== undefined && at < before + rate.intervalMs)
      this.#breach(8, `${rate.limit + 1} attempts of ${worker} started within ${rate.intervalMs} ms.`)
    this.#starts.set(worker, [...starts, at].slice(-rate.limit))
  }

  #attemptSucceeded(event: EventOf<'attempt-succeeded'>, id: string): void {
    const call = this.#witness.callOf(id, event.attempt)
    const who = `Attempt ${event.attempt} of ${id}`
    if (call?.end === undefined) {
      this.#breach(4, `${who} succeeded, and no worker had answered.`)
      return
    }
    const { fault, answer } = call.end
    if (fault !== undefined) this.#breach(10, `${who} succeeded with an answer of which ${fault}.`)
    // What a schema makes of an answer is its own affair, and a plan is no answer.
    if (call.worker.output !== undefined || event.answer === null) return
    if (JSON.stringify(answer ?? null) !== JSON.stringify(event.answer))
      this.#breach(2, `${who} succeeded with another answer than its worker gave.`)
  }

  #accepted(event: EventOf<'subtask-succeeded'>, history: NodeHistory, id: string): void {
    const { state } = this
    const { node, attempt } = event
    if (state.status[node] === status.expanded) return
    const check = state.graph.check[node] as number
    if (check !== -1 && state.status[check] !== status.succeeded)
      this.#breach(10, `${id} succeeded before its check ${this.#idOf(check)} had accepted it.`)
    if (attempt !== undefined && !history.answers.has(attempt))
      this.#breach(4, `${id} succeeded with attempt ${attempt}, which gave no answer.`)
    if (history.answers.size === 0)
      this.#breach(4, `${id} succeeded, and none of its attempts gave an answer.`)
    const { vote } = policyOf(state, node)
    // What somebody has decided is decided.
    if (vote === null || typeof vote.margin !== 'number' || check !== -1 || history.answers.has(0)) return
    const [first = 0, second = 0] = [...history.votes.values()].sort((a, b) => b - a)
    if (first - second < vote.margin)
      this.#breach(10, `${id} succeeded with ${first} votes to ${second}, and the margin is ${vote.margin}.`)
  }

  #finished(): void {
    const { state } = this
    for (let node = 0; node < state.graph.size; node++)
      if ((state.status[node] as number) < status.succeeded)
        this.#breach(9, `The run ended, and ${this.#idOf(node)} had not.`)
  }

  /** The nodes whose answers the node cannot do without. */
  #needs(node: number): number[] {
    const { graph } = this.state
    const spec = graph.specs[node] as { needs?: string[]; covers?: string[]; [key: string]: unknown }
    if (spec.covers !== undefined) return []
    const ids = [...(spec.needs ?? []), ...neededBy([spec['input'], spec['when'], spec['map']])]
    const scope = graph.scope[node] as number
    const prefix = scope === -1 ? '' : `${idOf(graph, scope)}/`
    return ids.map((id) => nodeOf(graph, prefix + id)).filter((need) => need !== undefined)
  }

  #idOf(node: number): string {
    return idOf(this.state.graph, node)
  }

  #breach(invariant: Invariant, message: string): void {
    this.#witness.breach(invariant, message)
  }
}
