import { KilostepError, type TrialResult } from '@kilostep/core'
import type { RunReport } from 'kilostep'
import { z } from 'zod'
import { isRunReport, resultOfReport } from './read-report.ts'
import type { TrialCheck, TrialContext } from './trial.ts'

/** A result, with what tells whether it came out of a cache. */
export interface ReadOutcome {
  readonly result: TrialResult
  /** What names the answer: a run's or a response's id. */
  readonly id?: string | undefined
  /** The answer itself, where an object that comes again was not made anew. */
  readonly object?: object | undefined
  /** The plan of the run that it was. */
  readonly plan?: RunReport['plan'] | undefined
}

const cost = z.number().min(0)
const outcomeSchema = z.strictObject({
  passed: z.boolean(),
  message: z.string().optional(),
  firstAttempt: z.boolean().optional(),
  answer: z.unknown().optional(),
  id: z.string().min(1).optional(),
  subtasks: z.record(z.string(), z.boolean()).optional(),
  usd: cost.optional(),
  tokens: cost.optional(),
  attempts: z.int().min(0).optional(),
})

/**
 * What a function returned, as a trial.
 *
 * @throws KilostepError `trial-outcome` where nothing says whether it passed.
 */
export async function readOutcome<Input>(
  value: unknown,
  check: TrialCheck<Input> | undefined,
  trial: TrialContext<Input>,
): Promise<ReadOutcome> {
  const settled = isRun(value) ? await value.result : value
  const run = reportIn(settled)
  if (run !== undefined) {
    const result = resultOfReport(run.report)
    const judged =
      check === undefined || !result.passed
        ? result
        : { ...result, ...(await judge(check, run.hasOutput ? run.output : settled, trial)) }
    const { subtasks } = settled as { readonly subtasks?: TrialResult['subtasks'] }
    return {
      result: { ...judged, ...(Array.isArray(subtasks) && { subtasks }) },
      id: `run ${run.report.run}`,
      plan: run.report.plan,
    }
  }
  if (check !== undefined) {
    const object =
      typeof settled === 'object' && settled !== null && settled !== trial.input ? settled : undefined
    return { result: await judge(check, settled, trial), object }
  }
  if (settled === undefined || typeof settled === 'boolean')
    return { result: settled === false ? { passed: false, message: 'It returned false.' } : { passed: true } }
  return ofOutcome(settled, trial)
}

function ofOutcome<Input>(value: unknown, { index }: TrialContext<Input>): ReadOutcome {
  const object = typeof value === 'object' && value !== null
  if (!object || !Object.hasOwn(value, 'passed')) {
    const what = value === null ? 'null' : object ? 'an object' : `a value of type ${typeof value}`
    throw new KilostepError(
      'trial-outcome',
      `Trial ${index + 1} returned ${what}, and nothing says whether that is right. Return true or false, { passed }, or the report of a run; throw; or give "check", which judges what is returned.`,
    )
  }
  const read = outcomeSchema.safeParse(value)
  if (!read.success) {
    const [issue] = read.error.issues
    throw new KilostepError(
      'trial-outcome',
      `Trial ${index + 1} returned { passed } with something that cannot be read: ${issue?.path.join('.')}: ${issue?.message}.`,
    )
  }
  const { answer, id, subtasks, ...rest } = read.data
  const key = textOf(answer)
  const parts = Object.entries(subtasks ?? {}).map(([subtask, succeeded]) => ({
    subtask,
    succeeded: succeeded ? 1 : 0,
    first: succeeded ? 1 : 0,
    of: 1,
  }))
  const result = { ...rest, ...(key && { answer: key }), ...(subtasks && { subtasks: parts }) }
  return { result: result as TrialResult, id: id === undefined ? undefined : `id ${id}` }
}

/** A mistake of the caller's that no further trial can mend. */
export function isTrialMistake(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return code === 'trial-outcome' || code === 'incomparable'
}

async function judge<Input>(
  check: TrialCheck<Input>,
  answer: unknown,
  trial: TrialContext<Input>,
): Promise<{ readonly passed: boolean; readonly message?: string }> {
  const verdict = await check(answer, trial)
  // An assertion of vitest or chai that did not throw held.
  const held = typeof verdict === 'object' && verdict !== null && '__flags' in verdict
  if (verdict === undefined || verdict === true || held) return { passed: true }
  if (verdict === false) return { passed: false, message: 'The check said no.' }
  if (typeof verdict === 'string') return { passed: false, message: verdict }
  throw new KilostepError(
    'trial-outcome',
    `"check" returned ${verdict === null ? 'null' : `a value of type ${typeof verdict}`}. Return true, false, or a text that says what is wrong.`,
  )
}

const longestAnswer = 100_000

/** The answer as text, where it is data and not too large to keep. */
function textOf(answer: unknown): string | undefined {
  if (answer === undefined) return undefined
  try {
    const text = JSON.stringify(answer)
    return text !== undefined && text.length <= longestAnswer ? text : undefined
  } catch {
    return undefined
  }
}

interface SomeRun {
  readonly result: Promise<unknown>
}

function isRun(value: unknown): value is SomeRun {
  const { id, result, report } = (value ?? {}) as Partial<Record<string, unknown>>
  return typeof id === 'string' && typeof report === 'function' && result instanceof Promise
}

function reportIn(
  value: unknown,
): { readonly report: RunReport; readonly output?: unknown; readonly hasOutput: boolean } | undefined {
  if (isRunReport(value)) return { report: value, hasOutput: false }
  const { report } = (value ?? {}) as { readonly report?: unknown }
  if (!isRunReport(report)) return undefined
  return { report, output: (value as { readonly output?: unknown }).output, hasOutput: true }
}
