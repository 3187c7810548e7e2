import { quote } from '@kilostep/core'
import { failureOf } from './failure.ts'
import { type FailureOutcome, failure, issues } from './outcome.ts'
import { isThenable } from './thenable.ts'
import { type ReadVerdict, readVerdict } from './verdict.ts'
import type { AttemptContext, Verdict, Worker } from './worker.ts'

/** An answer that is to be verified, and by whom. */
export interface Verifying {
  readonly worker: Worker
  /** The worker that judges in place of the worker's own `verify`. */
  readonly judge: Worker | undefined
  readonly least: number
  readonly answer: unknown
  readonly input: unknown
}

/**
 * What the verifier says; a failure in transport where it threw or said nothing that could be understood. Waits only
 * where the verifier does.
 */
export function verifyAnswer(
  { worker, judge, least, answer, input }: Verifying,
  context: AttemptContext,
): ReadVerdict | FailureOutcome | Promise<ReadVerdict | FailureOutcome> {
  let said: unknown
  let pending: boolean
  try {
    said =
      judge === undefined ? worker.verify?.(answer, input, context) : ask(judge, { input, answer }, context)
    pending = isThenable(said)
  } catch (error) {
    return threw(error)
  }
  if (!pending) return understood(said, least)
  return Promise.resolve(said as PromiseLike<unknown>).then((value) => understood(value, least), threw)
}

/** What a judging worker answers to a question. Throws where the question does not fit it. */
export function ask(judge: Worker, question: object, context: AttemptContext): unknown {
  const parsed = judge.input?.safeParse(question)
  if (parsed?.success === false)
    throw new Error(`What is to be judged does not fit worker ${quote(judge.name)}: ${issues(parsed.error)}`)
  return judge.run(parsed === undefined ? question : parsed.data, context)
}

function understood(said: unknown, least: number): ReadVerdict | FailureOutcome {
  try {
    const verdict = readVerdict(said as Verdict, least)
    if (verdict !== null) return verdict
  } catch (error) {
    return threw(error)
  }
  const message = 'The verifier said neither true, nor false, nor a reason, nor a score from 0 to 1.'
  return failure('transport', 'invalid-verdict', message)
}

function threw(error: unknown): FailureOutcome {
  return failure('transport', 'verifier-failed', `The verifier threw: ${failureOf(error).message}`)
}
