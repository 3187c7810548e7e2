import { z } from 'zod'

const name = z.string().min(1).max(200)
const openRate = z.number().gt(0).lt(1)

/** Who verifies answers, and how far that is believed. */
export const verifySchema = z
  .strictObject({
    /**
     * A worker that judges: it is given `{ input, answer }` and says `true`, `false`, why not, a score, or
     * `{ accept, reason }`. Its time and cost are the attempt's. Default: the worker's own `verify`.
     */
    by: name.optional(),
    /** The least score that is accepted, where the verifier gives one, 0 to 1. Default 0.5. */
    least: z.number().min(0).max(1).optional(),
    /**
     * The share of right, and of wrong, answers that it accepts, each over 0 and under 1. With a vote, a verdict is then
     * weighed as evidence with the votes and not believed blindly. Default: what the record says of it, or else believed.
     */
    acceptsRight: openRate.optional(),
    acceptsWrong: openRate.optional(),
  })
  .refine(({ acceptsRight, acceptsWrong }) => (acceptsRight === undefined) === (acceptsWrong === undefined), {
    message: '"acceptsRight" and "acceptsWrong" go together',
  })
  .refine(({ acceptsRight = 1, acceptsWrong = 0 }) => acceptsRight > acceptsWrong, {
    message: '"acceptsRight" must be more than "acceptsWrong", or the verdict tells nothing',
  })

export interface Verification {
  /** Null: the worker's own function. */
  readonly by: string | null
  readonly least: number
  readonly rates: { readonly acceptsRight: number; readonly acceptsWrong: number } | null
}

export function resolveVerify(verify: z.input<typeof verifySchema> | undefined): Verification | null {
  if (verify === undefined) return null
  const { by = null, least = 0.5, acceptsRight, acceptsWrong } = verify
  const rates =
    acceptsRight === undefined || acceptsWrong === undefined ? null : { acceptsRight, acceptsWrong }
  return { by, least, rates }
}

/** Independent checks of a random share of accepted answers, when the run has ended. */
export const auditSchema = z.strictObject({
  /** The share of accepted answers that is audited, over 0 to 1, drawn from the run's seed. */
  share: z.number().gt(0).max(1),
  /** A worker that judges: a stronger one, a test, a person behind a function. It is given `{ subtask, input, answer }`. */
  by: name,
})

export interface Audit {
  readonly share: number
  readonly by: string
}
