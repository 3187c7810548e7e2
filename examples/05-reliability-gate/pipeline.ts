import { createEngine, definePlan, defineWorker, type RunResult } from 'kilostep'
import { draw } from './draw.ts'

/** An invoice: the prices on it as somebody wrote them, in cents. */
export type Invoice = readonly number[]

export interface PipelineOptions {
  /** Whatever draws is given this, so that a trial can be repeated. */
  readonly seed: string
  /** How often the model misreads a price. */
  readonly misreads: number
  readonly signal?: AbortSignal
}

/**
 * What is tried: a pipeline that reads each price with a model and adds them up. The model is a stand-in for yours. Half
 * of its mistakes can be seen, because a price is not negative, and are read again; the other half nobody sees.
 */
export async function addUp(invoice: Invoice, options: PipelineOptions): Promise<RunResult<number>> {
  const { seed, misreads, signal } = options
  const read = defineWorker({
    name: 'read',
    policy: { retry: { attempts: 5, backoffMs: 1 } },
    run: async (cents: number, { subtask, attempt }) => {
      const luck = draw(`${seed}/${subtask}/${attempt}`)
      if (luck < misreads / 2) return -cents
      return luck < misreads ? cents * 10 : cents
    },
    verify: (cents) => cents >= 0 || 'a price is not negative',
  })
  const add = defineWorker({
    name: 'add',
    run: ({ prices }: { prices: number[] }) => prices.reduce((sum, cents) => sum + cents, 0),
  })
  const plan = definePlan('invoice', (p) =>
    p.subtask(add, { prices: invoice.map((cents) => p.subtask(read, cents)) }),
  )
  return createEngine().start(plan, signal === undefined ? {} : { signal }).result
}
