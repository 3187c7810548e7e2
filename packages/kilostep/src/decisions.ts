import {
  type Decision,
  decisionFault,
  type Input,
  type JournalEvent,
  KilostepError,
  nodeOf,
} from '@kilostep/core'
import type { Crew } from './crew.ts'
import { checkedDecision, type DecisionOptions, readDecision, requireHeld } from './decision.ts'
import { Inbox } from './inbox.ts'
import type { RunLog, StoredDecision } from './journal.ts'
import type { Run } from './run.ts'
import type { RunHost } from './run-host.ts'

/** The run whose decisions they are, and what can be done about it. */
interface Deciding {
  readonly run: Run
  readonly crew: Crew
  over(): boolean
  tell(input: Input): void
  commit(events: readonly JournalEvent[]): void
}

/** The decisions that a run waits for: those that are said to it, and those that others leave in its journal. */
export class Decisions {
  readonly #host: RunHost
  readonly #of: Deciding
  readonly #inbox: Inbox

  constructor(log: RunLog, host: RunHost, of: Deciding) {
    this.#host = host
    this.#of = of
    const waits = (): boolean => !of.over() && of.run.state.held.size > 0
    this.#inbox = new Inbox(log, host.after, waits, (decision) => this.#received(decision))
  }

  /** Something waits for a decision now. */
  watch(): void {
    this.#inbox.watch()
  }

  close(): void {
    this.#inbox.close()
  }

  /** @throws KilostepError `unknown-subtask`, `not-waiting`, `invalid-answer`, `invalid-options`. */
  decide(subtask: string, options: DecisionOptions): void {
    const decision = readDecision(options)
    const problem = this.#heed(requireHeld(this.#of.run.state, subtask, decision), decision)
    if (problem !== undefined) throw new KilostepError('invalid-answer', problem)
  }

  /** Heeds a decision on what waits for it; where it cannot be taken, why. */
  #heed(node: number, given: Decision): string | undefined {
    const { run, crew, tell } = this.#of
    const { graph } = run.state
    const worker = crew.worker(graph.worker[node] as number)
    const decision = graph.isCheck[node] === 1 ? given : checkedDecision(worker, given, run.maxAnswerBytes)
    if ('problem' in decision) return decision.problem
    tell({ type: 'decision', at: run.now(), node, decision })
    this.#host.changed(run)
    return undefined
  }

  /** A decision that was left in the journal; whether it is over with it, because what it is for may not wait yet. */
  #received({ subtask, decision }: StoredDecision): boolean {
    const { run, commit } = this.#of
    const node = nodeOf(run.state.graph, subtask)
    if (node === undefined) return true
    const fault = decisionFault(run.state, node, decision)
    if (!run.state.held.has(node)) return fault !== undefined
    const message = fault ?? this.#heed(node, decision)
    if (message !== undefined) commit([{ type: 'decision-refused', at: run.now(), node, message }])
    return true
  }
}
