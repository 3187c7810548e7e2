import { KilostepError, type TrialResult } from '@kilostep/core'

const kinds = ['usd', 'tokens', 'attempts'] as const

/** What trials have cost, and whether there is enough for another one. */
export interface Purse {
  /** Throws KilostepError `trial-outcome` where a trial does not say what is budgeted for. */
  requireCost(result: TrialResult, index: number): void
  pay(result: TrialResult): void
  /** Whether one more may start beside so many that have not ended. */
  affords(inFlight: number): boolean
}

/**
 * Each trial is taken to cost what the dearest has cost so far. Before the first has ended nothing is known of that,
 * so it runs alone.
 */
export function createPurse(budget: { readonly [K in (typeof kinds)[number]]?: number | undefined }): Purse {
  const limits = kinds.filter((kind) => budget[kind] !== undefined)
  const spent = { usd: 0, tokens: 0, attempts: 0 }
  const dearest = { usd: 0, tokens: 0, attempts: 0 }
  let paid = 0
  return {
    requireCost(result, index) {
      const kind = limits.find((one) => result.passed && result[one] === undefined)
      if (kind === undefined) return
      throw new KilostepError(
        'trial-outcome',
        `A budget of ${kind} is set, and trial ${index + 1} does not say what it took. Return { passed, ${kind} }, or the report of a run.`,
      )
    },
    pay(result) {
      paid++
      for (const kind of limits) {
        // What a failed trial cost nobody may know: then as much as any.
        const cost = result[kind] ?? dearest[kind]
        spent[kind] += cost
        dearest[kind] = Math.max(dearest[kind], cost)
      }
    },
    affords(inFlight) {
      if (limits.length === 0) return true
      if (paid === 0) return inFlight === 0
      return limits.every((kind) => spent[kind] + (inFlight + 1) * dearest[kind] <= (budget[kind] ?? 0))
    },
  }
}
