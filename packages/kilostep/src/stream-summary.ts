import type { RunReport } from '@kilostep/core'

/** What the batches of a stream came to. */
export interface StreamSummary {
  readonly batches: number
  /** Items that were read, and those among them that failed. */
  readonly items: number
  readonly failedItems: number
  /** As in the report of a run, over all batches. */
  readonly subtasks: Pick<RunReport['subtasks'], 'planned' | 'succeeded' | 'failed' | 'skipped' | 'cancelled'>
  readonly attempts: RunReport['attempts']
  readonly spend: RunReport['spend']
  /** The probability that every subtask of every batch is right; with one attempt a subtask each; what was asked for. */
  readonly success: { readonly predicted: number; readonly naive: number }
}

const nothing = { planned: 0, succeeded: 0, failed: 0, skipped: 0, cancelled: 0 }

export const emptySummary: StreamSummary = {
  batches: 0,
  items: 0,
  failedItems: 0,
  subtasks: nothing,
  attempts: { started: 0, succeeded: 0, transport: 0, flagged: 0, wrong: 0, cancelled: 0, stuck: 0 },
  spend: { usd: 0, tokens: 0 },
  success: { predicted: 1, naive: 1 },
}

/** The summary with one more batch, whose subtasks are independent of those before. */
export function addBatch(
  sum: StreamSummary,
  report: RunReport,
  batch: { readonly items: number; readonly failed: number },
): StreamSummary {
  return {
    batches: sum.batches + 1,
    items: sum.items + batch.items,
    failedItems: sum.failedItems + batch.failed,
    subtasks: added(sum.subtasks, report.subtasks),
    attempts: added(sum.attempts, report.attempts),
    spend: added(sum.spend, report.spend),
    success: {
      predicted: sum.success.predicted * report.success.predicted,
      naive: sum.success.naive * report.success.naive,
    },
  }
}

function added<T extends object>(one: T, other: { readonly [K in keyof T]?: unknown }): T {
  return Object.fromEntries(
    Object.entries(one).map(([key, value]) => [key, (value as number) + (other[key as keyof T] as number)]),
  ) as T
}
