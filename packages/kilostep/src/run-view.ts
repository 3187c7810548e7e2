import {
  type Forecast,
  idOf,
  type LearnedFrom,
  nodeOf,
  type Policy,
  policyOf,
  type RunReport,
  type RunState,
  recordOf,
  runReport,
  status,
  type WorkerRecord,
} from '@kilostep/core'
import { type Waiting, waitingIn } from './decision.ts'
import { RunEmitter } from './emitter.ts'
import { Flights } from './flights.ts'
import { progressOf, type RunProgress } from './progress.ts'

/** What can be seen of a run. */
export abstract class RunView extends RunEmitter {
  readonly id: string
  /** @internal */
  readonly state: RunState
  /** @internal */
  readonly flights = new Flights()

  /** @internal */
  constructor(id: string, state: RunState) {
    super()
    this.id = id
    this.state = state
  }

  /** @internal */
  abstract now(): number

  /** The report as things stand; final once the run has ended. */
  report(): RunReport {
    return runReport(this.state)
  }

  /** What was known of the run's workers and what it learned: hand it to the next run as `record`, and that starts warm. */
  record(): WorkerRecord {
    return recordOf(this.state)
  }

  /** What its target was expected to take when it started, where its workers' records told; and what it knew them from. */
  get forecast(): Forecast | undefined {
    return this.state.forecast
  }
  get learned(): readonly LearnedFrom[] {
    return this.state.learned
  }

  /** Where the subtasks stand now, as counts: cheap, whatever the size of the plan. */
  progress(): RunProgress {
    return progressOf(this.state)
  }

  /** The attempts in flight, longest first: what is slow. */
  inFlight(): { readonly subtask: string; readonly attempt: number; readonly sinceMs: number }[] {
    const now = this.now()
    const flights = [...this.flights].sort((a, b) => a.startedAt - b.startedAt)
    return flights.map(({ node, attempt, startedAt }) => ({
      subtask: idOf(this.state.graph, node),
      attempt,
      sinceMs: now - startedAt,
    }))
  }

  /** What waits for a decision: give it with `decide`, or from elsewhere with `decideSubtask`. */
  waiting(): Waiting[] {
    return waitingIn(this.state)
  }

  /** The accepted answer of a subtask; undefined where there is none (yet). */
  answer(subtask: string): unknown {
    const node = nodeOf(this.state.graph, subtask)
    return node !== undefined && this.state.status[node] === status.succeeded
      ? this.state.answers[node]
      : undefined
  }

  /** @internal */
  get maxAnswerBytes(): number {
    return this.state.options.maxAnswerBytes ?? 10 * 1_048_576
  }

  /** @internal */
  policyOf(node: number): Policy {
    return policyOf(this.state, node)
  }
}
