import { wilson } from '../reliability/interval.ts'
import { DIFFICULTY_GRID, fitMix, type TallyCount } from '../reliability/mix.ts'
import type { KnownMix } from '../reliability/stopping.ts'
import type { WorkerFacts } from '../run/events.ts'
import type { LatencyCount } from '../run/latency.ts'
import type { RunOptions } from '../run/options.ts'
import type { PredictedKind, PredictedRange } from './prediction.ts'

/** As far as the evidence goes: what is expected, the worst and the best of it (95 %). */
export const cases = ['expected', 'low', 'high'] as const
export type Case = (typeof cases)[number]

/** What is known of one worker before the run. */
export interface Known {
  readonly worker: string
  readonly basis: PredictedKind['basis']
  readonly evidence: PredictedKind['evidence']
  /** How often one attempt is right; undefined where nothing is known. */
  readonly rate: PredictedRange | undefined
  /** How hard its subtasks are in each case, as votes see it. */
  readonly mixes: Readonly<Record<Case, KnownMix>>
  /** Whether the mix was seen, or every subtask is taken to be equally hard. */
  readonly mixSeen: boolean
  /** Share of subtasks whose usual answer is wrong; undefined where no truth tells. */
  readonly usualWrong: number | undefined
  readonly verified: boolean
  readonly acceptsWrong: number | undefined
  /** What `margin: 'auto'` starts from. */
  readonly history: readonly TallyCount[]
  /** Attempts for one answer: over 1 where some throw or are flagged. */
  readonly attemptsPerAnswer: number
  readonly cost: { readonly usd: number; readonly tokens: number } | undefined
  /** How long its answers took. */
  readonly latencies: readonly LatencyCount[]
}

type RecordOf = NonNullable<RunOptions['record']>[string]

export function knownOf(
  worker: string,
  facts: WorkerFacts | undefined,
  record: RecordOf | undefined,
  given: number | undefined,
): Known {
  const history = record?.votes?.filter(({ leader, subtasks }) => leader > 0 && subtasks > 0) ?? []
  const answers = history.reduce((sum, line) => sum + (line.leader + line.runnerUp) * line.subtasks, 0)
  const { attempts } = record ?? {}
  const failed = attempts === undefined ? 0 : attempts.transport + attempts.flagged
  const measured = attempts !== undefined && attempts.usd + attempts.tokens > 0 ? attempts : undefined
  const cost = measured ?? facts?.cost
  const rest = {
    worker,
    verified: facts?.verified ?? false,
    acceptsWrong: record?.acceptsWrong,
    history,
    latencies: record?.latencies ?? [],
    // A worker that never answered tells nothing of how often it will: one answer is imagined.
    attemptsPerAnswer: attempts === undefined ? 1 : attempts.started / Math.max(1, attempts.started - failed),
    cost: cost === undefined ? undefined : { usd: cost.usd, tokens: cost.tokens },
  }
  const truth = truthOf(record)
  if (given !== undefined) {
    const rate = { expected: given, low: given, high: given }
    return { ...rest, ...alike(rate), basis: 'given', evidence: none, usualWrong: undefined }
  }
  // What is voted on behind a verifier has passed it: those votes do not tell how often a first attempt is right.
  if (answers > 0 && !(rest.verified && truth !== undefined)) {
    const mixes = fitted(history, answers)
    const subtasks = history.reduce((sum, line) => sum + line.subtasks, 0)
    const agree = { expected: mean(mixes.expected), low: mean(mixes.low), high: mean(mixes.high) }
    // Only where the two intervals do not meet have the votes been seen to agree on what is wrong.
    const apart = truth !== undefined && truth.high < agree.low
    return {
      ...rest,
      basis: truth === undefined ? 'votes' : 'truth',
      evidence: { subtasks: Math.max(subtasks, record?.of ?? 0), answers },
      rate: truth ?? agree,
      mixes,
      mixSeen: true,
      usualWrong: truth === undefined ? undefined : apart ? agree.expected - truth.expected : 0,
    }
  }
  if (truth !== undefined) {
    const of = record?.of ?? 0
    return {
      ...rest,
      ...alike(truth),
      basis: 'truth',
      evidence: { subtasks: of, answers: of },
      usualWrong: undefined,
    }
  }
  return { ...rest, ...unknown, basis: 'nothing', evidence: none, usualWrong: undefined }
}

const none = { subtasks: 0, answers: 0 }
const unknown = { rate: undefined, mixes: { expected: [], low: [], high: [] }, mixSeen: false } as const

/** Every subtask equally hard. */
function alike(rate: PredictedRange): Pick<Known, 'rate' | 'mixes' | 'mixSeen'> {
  const all = (value: number): KnownMix => [{ rate: value, weight: 1 }]
  return {
    rate,
    mixes: { expected: all(rate.expected), low: all(rate.low), high: all(rate.high) },
    mixSeen: false,
  }
}

/** Never 0 or 1, which no number of answers could show: half an answer of the other kind is imagined. */
function truthOf(record: RecordOf | undefined): PredictedRange | undefined {
  const { right, of } = record ?? {}
  if (right === undefined || of === undefined) return undefined
  const inside = right > 0 && right < of
  const expected = inside ? right / of : (right + 0.5) / (of + 1)
  const { low, high } = wilson({ successes: right, trials: of })
  return { expected, low: Math.max(low, 0.25 / of), high: Math.min(high, 1 - 0.25 / of) }
}

const LIGHT_PRIOR_TIMES = 10
const FITS = 40
/** Below this no vote tells anything, so that votes cannot speak of it. */
const LEAST_RATE = 0.55

/**
 * What votes say of how hard the subtasks are. Expected: the likeliest mix, the prior counting next to nothing. Low:
 * the rule's own fit, whose prior keeps hard subtasks in mind that have not been seen, and no better than the low end
 * of the agreement. High: all alike, at the high end of the agreement.
 */
function fitted(history: readonly TallyCount[], answers: number): Record<Case, KnownMix> {
  const many = history.map((line) => ({ ...line, subtasks: line.subtasks * LIGHT_PRIOR_TIMES, times: 1 }))
  let mix = fitMix(many)
  for (let i = 1; i < FITS; i++) mix = fitMix(many, mix)
  const expected = asMix(mix)
  const careful = asMix(fitMix(history.map((line) => ({ ...line, times: 1 }))))
  const agreed = Math.round(mean(expected) * answers)
  const { high, low } = wilson({ successes: agreed, trials: answers })
  const shift = Math.min(1, (1 - mean(careful)) / Math.max(1e-9, 1 - low))
  return {
    expected,
    // Where the fit alone is no more careful than the interval, errors are raised to it.
    low: careful.map(({ rate, weight }) => ({ rate: Math.max(LEAST_RATE, 1 - (1 - rate) / shift), weight })),
    high: [{ rate: Math.min(Math.max(high, mean(expected)), 1 - 0.25 / answers), weight: 1 }],
  }
}

function asMix(weights: readonly number[]): KnownMix {
  return DIFFICULTY_GRID.map((rate, i) => ({ rate, weight: weights[i] ?? 0 })).filter(
    ({ weight }) => weight > 1e-6,
  )
}

/** The rate of one attempt at a subtask drawn from the mix. */
function mean(mix: KnownMix): number {
  let all = 0
  let right = 0
  for (const { rate, weight } of mix) {
    all += weight
    right += weight * rate
  }
  return right / all
}
