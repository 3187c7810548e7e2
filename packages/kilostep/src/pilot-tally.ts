import type { RunOptions } from '@kilostep/core'
import type { RunEvent } from './run-events.ts'
import type { Worker } from './worker.ts'

type Records = NonNullable<RunOptions['record']>

interface Kind {
  started: number
  transport: number
  flagged: number
  accepted: number
  rejected: number
  totalMs: number
  ended: number
  usd: number
  tokens: number
  /** Votes of each subtask, by key of the answer. */
  readonly ballots: Map<string, Map<string, number>>
}

/** Counts what the attempts of a pilot were like: the record that it leaves. */
export class PilotTally {
  readonly #kinds = new Map<string, Kind>()
  readonly #startedAt = new Map<string, number>()
  readonly #workers: ReadonlyMap<string, Worker>

  constructor(workers: ReadonlyMap<string, Worker>) {
    this.#workers = workers
  }

  take(event: RunEvent): void {
    if (
      event.type !== 'attempt-started' &&
      event.type !== 'attempt-succeeded' &&
      event.type !== 'attempt-failed'
    )
      return
    const kind = this.#kindOf(event.worker)
    const flight = `${event.attempt} ${event.subtask}`
    if (event.type === 'attempt-started') {
      kind.started++
      this.#startedAt.set(flight, event.at)
      return
    }
    kind.ended++
    kind.totalMs += event.at - (this.#startedAt.get(flight) ?? event.at)
    this.#startedAt.delete(flight)
    kind.usd += event.spent?.usd ?? 0
    kind.tokens += event.spent?.tokens ?? 0
    if (event.type === 'attempt-failed') {
      const { kind: what } = event.failure
      if (what === 'wrong') kind.rejected++
      else kind[what]++
      return
    }
    kind.accepted++
    if (event.key === undefined) return
    const ballot = kind.ballots.get(event.subtask) ?? new Map<string, number>()
    ballot.set(event.key, (ballot.get(event.key) ?? 0) + 1)
    kind.ballots.set(event.subtask, ballot)
  }

  record(): Records {
    return Object.fromEntries(
      [...this.#kinds].map(([worker, kind]) => {
        const judged = this.#workers.get(worker)?.verify !== undefined
        const of = kind.accepted + kind.rejected
        const ended = Math.max(1, kind.ended)
        const { started, transport, flagged } = kind
        return [
          worker,
          {
            // A verifier is the truth that a pilot has; without one there is only agreement.
            ...(judged && of > 0 ? { right: kind.accepted, of } : undefined),
            votes: votesOf(kind),
            attempts: {
              started,
              transport,
              flagged,
              meanMs: kind.totalMs / ended,
              usd: kind.usd / ended,
              tokens: kind.tokens / ended,
            },
          },
        ]
      }),
    )
  }

  #kindOf(worker: string): Kind {
    const kind = this.#kinds.get(worker) ?? {
      started: 0,
      transport: 0,
      flagged: 0,
      accepted: 0,
      rejected: 0,
      totalMs: 0,
      ended: 0,
      usd: 0,
      tokens: 0,
      ballots: new Map(),
    }
    this.#kinds.set(worker, kind)
    return kind
  }
}

/** How many subtasks had so many votes for the answer in front and for the next. */
function votesOf({ ballots }: Kind): NonNullable<Records[string]['votes']> {
  const lines = new Map<string, { leader: number; runnerUp: number; subtasks: number }>()
  for (const ballot of ballots.values()) {
    const [leader = 0, runnerUp = 0] = [...ballot.values()].sort((a, b) => b - a)
    const key = `${leader}/${runnerUp}`
    const line = lines.get(key) ?? { leader, runnerUp, subtasks: 0 }
    line.subtasks++
    lines.set(key, line)
  }
  return [...lines.values()].sort((a, b) => b.leader - a.leader || b.runnerUp - a.runnerUp)
}
