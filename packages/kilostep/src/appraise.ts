import { type Appraisal, canonicalJson, settleJson, type Wanted } from '@kilostep/core'
import { failureOf } from './failure.ts'
import { type FailureOutcome, flagged } from './outcome.ts'
import { isThenable } from './thenable.ts'
import type { Alternative, AttemptContext, Worker } from './worker.ts'

/** How many alternatives one answer may name. */
const mostAlternatives = 1_000
/** A sum of probabilities may be over 1 by what adding them up loses. */
const slack = 1e-6

/**
 * The answer's key, and how sure its worker is, where that is wanted; a flagged failure where it cannot be had. Waits
 * only where the worker's own functions do: those of a worker in a thread or process of its own.
 */
export function appraise(
  worker: Worker,
  answer: unknown,
  wanted: Wanted,
  context: () => AttemptContext,
): Appraisal | FailureOutcome | Promise<Appraisal | FailureOutcome> {
  const { key, confidence, alternatives } = worker
  const parts: { key?: unknown; confidence?: unknown; alternatives?: unknown } = {}
  try {
    if (wanted.key && key !== undefined) parts.key = key(answer, context())
    if (wanted.confidence && confidence !== undefined) {
      parts.confidence = confidence(answer, context())
      if (wanted.key && alternatives !== undefined) parts.alternatives = alternatives(answer, context())
    }
    if (!Object.values(parts).some(isThenable)) return appraisalOf(worker, parts, context)
  } catch (error) {
    return unknown(failureOf(error).message, wanted)
  }
  const entries = Object.entries(parts)
  return Promise.all(entries.map(([, part]) => part)).then(
    (settled) => {
      const known = Object.fromEntries(entries.map(([name], at) => [name, settled[at]]))
      return appraisalOf(worker, known, context)
    },
    (error) => unknown(failureOf(error).message, wanted),
  )
}

function appraisalOf(
  worker: Worker,
  parts: { key?: unknown; confidence?: unknown; alternatives?: unknown },
  context: () => AttemptContext,
): Appraisal | FailureOutcome | Promise<Appraisal | FailureOutcome> {
  const { key, confidence, alternatives } = parts
  if (key !== undefined && typeof key !== 'string') {
    return flagged(
      'no-key',
      `The worker's "key" gave a ${typeof key} and not a text, so the answer cannot be told from others.`,
    )
  }
  const told: Appraisal = key === undefined ? {} : { key }
  if (confidence === undefined) return told
  if (typeof confidence !== 'number' || !(confidence >= 0 && confidence <= 1)) {
    return unsure(`"confidence" gave ${shown(confidence)}; it must be a number from 0 to 1.`)
  }
  if (alternatives === undefined) return { ...told, confidence }
  const others = alternatives as readonly Alternative[]
  if (!Array.isArray(others) || others.length > mostAlternatives) {
    return unsure(`"alternatives" must give a list of up to ${mostAlternatives}.`)
  }
  let sum = confidence
  for (const other of others) {
    const of: unknown = other?.confidence
    if (typeof of !== 'number' || !(of >= 0 && of <= 1))
      return unsure(
        'each of its "alternatives" must be { answer, confidence }, with a confidence from 0 to 1.',
      )
    sum += of
  }
  if (sum > 1 + slack)
    return unsure(`its answer and its "alternatives" have confidences that add up to ${sum}.`)
  return withKeys(worker, { ...told, confidence }, others, context)
}

/** The alternatives as data, each with its key; one that could not be an answer of the worker is a fault of it. */
function withKeys(
  worker: Worker,
  told: Appraisal,
  others: readonly Alternative[],
  context: () => AttemptContext,
): Appraisal | FailureOutcome | Promise<Appraisal | FailureOutcome> {
  const answers: unknown[] = []
  for (const { answer } of others) {
    const parsed = worker.output?.safeParse(answer)
    if (parsed?.success === false) return unsure('one of its "alternatives" does not fit its output.')
    const value = (parsed === undefined ? answer : parsed.data) ?? null
    const data = settleJson(value, Number.POSITIVE_INFINITY)
    if ('problem' in data) return unsure(`one of its "alternatives" ${data.problem}.`)
    answers.push(value)
  }
  const keyed = (keys: readonly unknown[]): Appraisal | FailureOutcome => {
    if (!keys.every((key) => typeof key === 'string'))
      return unsure('"key" gave no text for one of its "alternatives".')
    const alternatives = others
      .map(({ confidence }, at) => ({ key: keys[at] as string, answer: answers[at], confidence }))
      .filter(({ key }) => key !== told.key)
    return alternatives.length === 0 ? told : { ...told, alternatives }
  }
  try {
    const keys = answers.map((answer) => worker.key?.(answer, context()) ?? canonicalJson(answer))
    if (!keys.some(isThenable)) return keyed(keys)
    return Promise.all(keys).then(keyed, (error) => unsure(failureOf(error).message))
  } catch (error) {
    return unsure(failureOf(error).message)
  }
}

function unsure(why: string): FailureOutcome {
  return flagged('no-confidence', `How sure the worker is of the answer cannot be had: ${why}`)
}

function unknown(why: string, { confidence }: Wanted): FailureOutcome {
  const what = confidence ? 'key or the confidence' : 'key'
  return flagged('no-key', `The ${what} of the answer cannot be had: ${why}`)
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : `a ${typeof value}`
}
