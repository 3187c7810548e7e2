import type { Spend } from 'kilostep'
import type { Lane } from '../limits/allowance.ts'
import type { AttemptName } from '../telemetry/attempt-spans.ts'

/** On whose account a call is made: where its cost goes, and who may stop it. An attempt's context is one. */
export interface Account {
  readonly signal: AbortSignal
  /** Says what a call has cost. Also called where that is nothing. */
  spend(cost: Partial<Spend>): void
  /** Whose work comes first where the model's limits hold it up. Default `latency`. */
  readonly lane?: Lane | undefined
  /** What tells this call from others with the same prompt, for record and replay. */
  readonly label?: string | undefined
  /** The attempt that it is, for telemetry. */
  readonly attempt?: AttemptName | undefined
}

/** One call of a model, as it ended. */
export interface ModelCall {
  readonly model: string
  /** `answered`; `refused`: nothing is charged; `unsettled`: nobody knows what is, so the most that it can be counts. */
  readonly outcome: 'answered' | 'refused' | 'unsettled'
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number
  /** How long it waited for its turn, and how long the model took, in ms. */
  readonly waitedMs: number
  readonly tookMs: number
}

/** What all calls of a model came to. */
export interface ModelTotals {
  readonly calls: number
  readonly answered: number
  readonly refused: number
  readonly unsettled: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number
  /** The part of `usd` that is the most that unsettled calls can have cost. */
  readonly unsettledUsd: number
}
