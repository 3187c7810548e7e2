import { createRandom, KilostepError, quote, type Seed } from '@kilostep/core'
import { AttemptError } from '../failure.ts'
import { defineWorker, type Worker, type WorkerOptions } from '../worker.ts'

/** What once came of asking: an answer, an answer that was not to be trusted, or a failure on the way. */
export type RecordedSample<Answer> =
  | { readonly answer: Answer }
  /** No answer, or one with a red flag: why. Another sample is asked for. */
  | { readonly flag: string }
  /** A transport failure, in words; the sample after it in the list is what its retry gives. */
  | { readonly failure: string }

export interface RecordedOptions<Input, Answer>
  extends Omit<WorkerOptions<Input, Answer>, 'run' | 'effects' | 'undo' | 'dispose'> {
  /** What came of asking, by case: at least one sample each. */
  readonly samples: Readonly<Record<string, readonly RecordedSample<Answer>[]>>
  /** Which case an input is about. Default: the input itself as text. */
  readonly caseOf?: (input: Input) => string
  /**
   * `recorded` gives each subtask the samples of its case as they stand, `shuffled` in an order of its own, drawn
   * from `seed` without replacement. Default `recorded`.
   */
  readonly order?: 'recorded' | 'shuffled'
  /** Default 0. */
  readonly seed?: Seed
}

/**
 * A worker that replays what another once answered, so that policies can be tried, as often as one likes and for
 * nothing, on errors that nobody made up. What a subtask gets depends on its id, its sample number and the seed alone:
 * a transport retry gives the same sample, a new vote the next one. A subtask that asks for more samples than its case
 * has fails for good, with code `samples-used-up`: a sample given twice would agree with itself.
 *
 * @throws KilostepError `invalid-worker`.
 * @example recordedWorker({ name: 'model', samples: { 'case-1': [{ answer: 4 }, { flag: 'no number' }, { answer: 5 }] } })
 */
export function recordedWorker<Input = string, Answer = unknown>(
  options: RecordedOptions<Input, Answer>,
): Worker<Input, Answer> {
  const { samples, caseOf = String, order = 'recorded', seed = 0, ...rest } = options
  const cases = new Map(Object.entries(samples ?? {}).map(([name, list]) => [name, byKind(name, list)]))
  if (cases.size === 0) throw invalid('"samples" holds no case. Give the samples of one case or more.')
  const orders = new Map<string, Int32Array>()
  return defineWorker<Input, Answer>({
    ...rest,
    effects: 'none',
    run: (input, { subtask, sample, attempt }) => {
      const name = caseOf(input)
      const recorded = cases.get(name)
      if (recorded === undefined) {
        throw new AttemptError(
          `No samples were recorded for case ${quote(name)}. Have "caseOf" name one of those in "samples".`,
          { code: 'unknown-case', retryable: false },
        )
      }
      const { settled, failuresBefore, failures } = recorded
      // Attempts beyond the samples are retries. While the record has more failures by now than there were, one more fails.
      const retries = attempt - sample
      if (retries < (failuresBefore[sample - 1] ?? failures.length))
        throw new AttemptError(failures[retries] as string, { code: 'recorded-failure' })
      if (sample > settled.length) {
        throw new AttemptError(
          `All ${settled.length} samples recorded for case ${quote(name)} are used up. Record more, or ask for fewer votes.`,
          { kind: 'wrong', code: 'samples-used-up', retryable: false },
        )
      }
      const place =
        order === 'recorded' ? sample - 1 : (orderOf(subtask, settled.length)[sample - 1] as number)
      const outcome = settled[place] as Settled<Answer>
      if ('flag' in outcome) throw new AttemptError(outcome.flag, { kind: 'flagged', code: 'recorded-flag' })
      return outcome.answer
    },
  })

  function orderOf(subtask: string, length: number): Int32Array {
    const key = `${length}/${subtask}`
    const known = orders.get(key)
    if (known !== undefined) return known
    const random = createRandom(`${seed}/${subtask}`)
    // What is drawn can be drawn again: a bound is better than a list of every subtask there ever was.
    if (orders.size >= mostOrders) orders.clear()
    const drawn = Int32Array.from({ length }, (_, i) => i)
    for (let i = length - 1; i > 0; i--) {
      const j = random.integer(i + 1)
      const other = drawn[j] as number
      drawn[j] = drawn[i] as number
      drawn[i] = other
    }
    orders.set(key, drawn)
    return drawn
  }
}

const mostOrders = 10_000

type Settled<Answer> = Exclude<RecordedSample<Answer>, { readonly failure: string }>

/** A case's samples, and apart from them its failures, with how many of these come before each sample. */
interface Recorded<Answer> {
  readonly settled: readonly Settled<Answer>[]
  readonly failures: readonly string[]
  readonly failuresBefore: readonly number[]
}

function byKind<Answer>(name: string, list: readonly RecordedSample<Answer>[]): Recorded<Answer> {
  if (!Array.isArray(list) || list.length === 0)
    throw invalid(`"samples" of case ${quote(name)} must be a list of one sample or more.`)
  const settled: Settled<Answer>[] = []
  const failures: string[] = []
  const failuresBefore: number[] = []
  for (const outcome of list as readonly RecordedSample<Answer>[]) {
    if ('failure' in outcome) failures.push(outcome.failure)
    else if ('answer' in outcome || 'flag' in outcome) {
      settled.push(outcome)
      failuresBefore.push(failures.length)
    } else throw invalid(`A sample of case ${quote(name)} has neither "answer" nor "flag" nor "failure".`)
  }
  return { settled, failures, failuresBefore }
}

function invalid(message: string): KilostepError {
  return new KilostepError('invalid-worker', `recordedWorker: ${message}`)
}
