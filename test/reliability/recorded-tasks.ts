import { existsSync, readFileSync } from 'node:fs'
import { createRandom } from '@kilostep/core'
import { frozenClock } from '@kilostep/testing'
import { createEngine, definePlan, defineWorker, type PolicyOptions, recordedWorker } from 'kilostep'

const file = new URL('../../../shared/data/outcomes/humaneval-codegen16b-odd.json', import.meta.url)
export const problemsATask = 10
const target = 0.9

/** The problems by tier, from a file of the same form or the one that is shared; nothing where that is not there. */
export function recordedTiers(
  from: string | undefined = undefined,
): readonly { readonly tier: string; readonly problems: readonly Problem[] }[] {
  if (from === undefined && !existsSync(file)) return []
  const { problems } = JSON.parse(readFileSync(from ?? file, 'utf8')) as { problems: readonly Problem[] }
  const rate = ({ samples }: Problem): number => samples.filter(({ ok }) => ok === 1).length / samples.length
  return [
    { tier: 'A', problems: problems.filter((problem) => rate(problem) >= 0.5) },
    { tier: 'B', problems: problems.filter((problem) => rate(problem) >= 0.2) },
  ]
}

/** The problems of one task. */
export function pick(problems: readonly Problem[], seed: string): readonly Problem[] {
  const random = createRandom(seed)
  const left = [...problems]
  return Array.from(
    { length: problemsATask },
    () => left.splice(random.integer(left.length), 1)[0] as Problem,
  )
}

/** An answer, as far as a policy may know it; which sample it was is for scoring alone. */
interface Answer {
  readonly class: number
  readonly sample: number
}

export interface Problem {
  readonly id: string
  /** Classes that only return None or raise. */
  readonly null: readonly number[]
  readonly samples: readonly { readonly c: number; readonly ok: 0 | 1 }[]
}

export interface Way {
  readonly name: string
  readonly policy: PolicyOptions
  /** Its margin, where that is fixed. */
  readonly margin?: number
  /** Whether answers that are none, or only None, are dropped. */
  readonly redFlags: boolean
  readonly ladder?: boolean
}

// As many answers may be dropped as there are: some problems have nine in ten without one.
const drop = { retry: { flagged: 100 } } as const
export const ways: readonly Way[] = [
  { name: 'one sample', policy: {}, redFlags: false },
  ...[2, 3, 5].map((margin) => ({
    name: `margin ${margin}`,
    margin,
    policy: { vote: { margin } },
    redFlags: false,
  })),
  { name: 'auto', policy: { vote: { margin: 'auto' } }, redFlags: false },
  { name: 'one sample, red flags', policy: drop, redFlags: true },
  ...[2, 3, 5].map((margin) => ({
    name: `margin ${margin}, red flags`,
    margin,
    policy: { ...drop, vote: { margin } },
    redFlags: true,
  })),
  { name: 'auto, red flags', policy: { ...drop, vote: { margin: 'auto' } }, redFlags: true },
  {
    name: 'auto, red flags, ladder',
    policy: { ...drop, vote: { margin: 'auto' }, escalate: { to: 'stronger', cost: 10, rate: 0.98 } },
    redFlags: true,
    ladder: true,
  },
]

export interface Outcome {
  readonly right: boolean
  /** The run failed, or said that it fell short of its target. */
  readonly flagged: boolean
  /** Samples drawn; one of the stronger worker counts ten. */
  readonly draws: number
}

/** One task, by the real engine. */
export async function attempt(
  way: Way,
  problems: readonly Problem[],
  seed: string,
  concurrency: number,
): Promise<Outcome> {
  const model = recordedWorker<string, Answer>({
    name: 'model',
    samples: Object.fromEntries(problems.map((problem) => [problem.id, problem.samples.map(read)])),
    order: 'shuffled',
    seed,
    key: (answer) => String(answer.class),
    ...(way.redFlags && {
      redFlag: (answer: Answer, id: string) =>
        answer.class === -1 ||
        (problems.find((problem) => problem.id === id)?.null ?? []).includes(answer.class),
    }),
    policy: way.policy,
  })
  const random = createRandom(`${seed}/stronger`)
  const stronger = defineWorker<string, Answer>({
    name: 'stronger',
    run: () => (random.uniform() < 0.98 ? { class: -2, sample: -2 } : { class: -3, sample: -3 }),
  })
  const plan = definePlan(
    'ten problems',
    (p) => problems.map((problem) => p.subtask(model, problem.id)),
    way.ladder ? [stronger] : [],
  )
  const run = createEngine({ concurrency, clock: frozenClock }).start(plan, { target, seed })
  const { status, output, report } = await run.result
  const right =
    status === 'succeeded' &&
    output.every(({ sample }, i) => sample === -2 || problems[i]?.samples[sample]?.ok === 1)
  const draws = report.kinds.reduce(
    (sum, { worker, attempts }) => sum + attempts.started * (worker === 'stronger' ? 10 : 1),
    0,
  )
  return { right, flagged: status !== 'succeeded' || report.success.targetMet === false, draws }
}

function read({ c }: { readonly c: number }, sample: number): { readonly answer: Answer } {
  return { answer: { class: c, sample } }
}
