import { type Outcome, settleJson } from '@kilostep/core'

/** What stands where a field was. */
const redacted = '[redacted]'

/**
 * The value without the fields at those paths, like `card.number` or `people.*.email`, where `*` is any key or place;
 * the value itself where there are none.
 */
export function withoutFields(value: unknown, paths: readonly string[]): unknown {
  let result = value
  for (const path of paths) result = without(result, path.split('.'), 0)
  // A copy is as final as what it is a copy of.
  if (result !== value) settleJson(result, Number.POSITIVE_INFINITY)
  return result
}

/** An attempt's outcome as it may be written down. */
export function redactedOutcome(outcome: Outcome, paths: readonly string[] | undefined): Outcome {
  if (outcome.type !== 'answer' || paths === undefined || paths.length === 0) return outcome
  const { alternatives } = outcome
  return {
    ...outcome,
    answer: withoutFields(outcome.answer, paths),
    ...(alternatives === undefined
      ? undefined
      : { alternatives: alternatives.map((one) => ({ ...one, answer: withoutFields(one.answer, paths) })) }),
  }
}

function without(value: unknown, path: readonly string[], at: number): unknown {
  if (at === path.length) return redacted
  if (value === null || typeof value !== 'object') return value
  const step = path[at] as string
  const keys = step === '*' ? Object.keys(value) : Object.hasOwn(value, step) ? [step] : []
  let copy: Record<string, unknown> | undefined
  for (const key of keys) {
    const before = (value as Record<string, unknown>)[key]
    const after = without(before, path, at + 1)
    if (after === before) continue
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>
    copy[key] = after
  }
  return copy ?? value
}
