import type { TrialContext } from '@kilostep/testing'
import { addUp, type Invoice } from './pipeline.ts'

/** Twelve invoices of five prices each; all trials go over them in an order that their seed draws. */
const inputs: readonly Invoice[] = Array.from({ length: 12 }, (_, invoice) =>
  [1, 2, 3, 4, 5].map((line) => 100 + ((invoice * 733 + line * 419) % 900)),
)

/** A model that misreads 2 % of prices: 95 invoices of 100 come out right. At 6.6 % it would be 85. */
const misreads = Number(process.env['MISREADS'] ?? 0.02)

/**
 * What `kilostep trial gate.ts` tries, and what the test beside it tries: the pipeline must be right about 95 invoices
 * of 100, and must not be shipped at 85.
 */
const gate = {
  name: 'invoice pipeline',
  good: 0.95,
  bad: 0.85,
  inputs,
  run: ({ input, seed, signal }: TrialContext<Invoice>) => addUp(input, { seed, misreads, signal }),
  check: (total: number, { input }: TrialContext<Invoice>) => {
    const right = input.reduce((sum, cents) => sum + cents, 0)
    return total === right || `the total is ${total > right ? 'too high' : 'too low'}`
  },
}

export default gate
