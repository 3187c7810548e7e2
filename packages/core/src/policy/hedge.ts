import { z } from 'zod'

/**
 * A late duplicate of an attempt that takes longer than most: the first good answer counts, the other attempt is
 * cancelled. When it is late is told by `afterMs`, or learned.
 */
export const hedgeSchema = z
  .strictObject({
    /**
     * Late is what takes longer than this share of the worker's answers, ½ to under 1, as the run and the record have
     * seen them; until that share can be told (20 answers for 0.95) nothing is late. Default 0.95.
     */
    quantile: z.number().min(0.5).lt(1).optional(),
    /** Late is what takes longer than this, in ms, 1 to 2,147,483,647: instead of `quantile`. */
    afterMs: z.int().min(1).max(2_147_483_647).optional(),
    /**
     * The most duplicates, as a share of the worker's attempts, over 0 to 1, and one at least: a service that has become
     * slow is not asked for everything twice. Default 0.1.
     */
    share: z.number().gt(0).max(1).optional(),
  })
  .refine(({ quantile, afterMs }) => quantile === undefined || afterMs === undefined, {
    message: 'either "quantile" or "afterMs" says when an attempt is late, not both',
  })

/** When to start a duplicate, with every value decided. */
export interface Hedge {
  /** Null: `afterMs` says it. */
  readonly quantile: number | null
  readonly afterMs: number | null
  readonly share: number
}

export function resolveHedge(hedge: z.input<typeof hedgeSchema> | undefined): Hedge | null {
  if (hedge === undefined) return null
  const { afterMs = null, share = 0.1 } = hedge
  return { quantile: afterMs === null ? (hedge.quantile ?? 0.95) : null, afterMs, share }
}
