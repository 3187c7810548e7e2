import { existsSync, readFileSync } from 'node:fs'
import { createRandom } from '@kilostep/core'
import { wilson } from '@kilostep/core/reliability'
import { frozenClock } from '@kilostep/testing'
import { createEngine, definePlan, defineWorker, type PolicyOptions, recordedWorker } from 'kilostep'
import { type MakeTable, type Row, type Settings, type Table, widths } from './settings.ts'

const file = new URL('../../../../shared/data/outcomes/humaneval-codegen16b-odd.json', import.meta.url)
const problemsATask = 10
const target = 0.9

/** An answer, as far as a policy may know it; which sample it was is for scoring alone. */
interface Answer {
  readonly class: number
  readonly sample: number
}

interface Problem {
  readonly id: string
  /** Classes that only return None or raise. */
  readonly null: readonly number[]
  readonly samples: readonly { readonly c: number; readonly ok: 0 | 1 }[]
}

interface Way {
  readonly name: string
  readonly policy: PolicyOptions
  /** Whether answers that are none, or only None, are dropped. */
  readonly redFlags: boolean
  readonly ladder?: boolean
}

// As many answers may be dropped as there are: some problems have nine in ten without one.
const drop = { retry: { flagged: 100 } } as const
const ways: readonly Way[] = [
  { name: 'one sample', policy: {}, redFlags: false },
  ...[2, 3, 5].map((margin) => ({ name: `margin ${margin}`, policy: { vote: { margin } }, redFlags: false })),
  { name: 'auto', policy: { vote: { margin: 'auto' } }, redFlags: false },
  { name: 'one sample, red flags', policy: drop, redFlags: true },
  ...[2, 3, 5].map((margin) => ({
    name: `margin ${margin}, red flags`,
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

interface Outcome {
  readonly right: boolean
  /** The run failed, or said that it fell short of its target. */
  readonly flagged: boolean
  /** Samples drawn; one of the stronger worker counts ten. */
  readonly draws: number
}

async function attempt(
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

/** Errors that nobody made up: what a model answered to 82 programming problems, 100 times each. */
export const outcomesTable: MakeTable = async (settings) => {
  if (!existsSync(file)) return table([], ['Left out: `../shared/data/outcomes` is not there.'])
  const { problems } = JSON.parse(readFileSync(file, 'utf8')) as { problems: readonly Problem[] }
  const rate = ({ samples }: Problem): number => samples.filter(({ ok }) => ok === 1).length / samples.length
  const rows: Row[] = []
  for (const [tier, least] of [
    ['A', 0.5],
    ['B', 0.2],
  ] as const) {
    const list = problems.filter((problem) => rate(problem) >= least)
    for (const { shown, concurrency } of widths(settings, problemsATask, [1])) {
      for (const way of ways) rows.push(await row(settings, tier, list, way, shown, concurrency))
    }
  }
  return table(rows, [
    'Tier A: problems of which the model gets half or more of its answers right; tier B: a fifth or more. A task is right when all of its ten problems are.',
    'Flagged: the run failed, or its report said that it fell short of the target; silently wrong: it did neither.',
    'Draws: samples a task; the ladder goes to a stronger worker, simulated, right 98 times in 100, a sample of which counts as ten.',
  ])
}

async function row(
  settings: Settings,
  tier: string,
  problems: readonly Problem[],
  way: Way,
  shown: string,
  concurrency: number,
): Promise<Row> {
  settings.say(`table 6: tier ${tier}, ${way.name}`)
  const tasks = settings.plans ?? (settings.full ? 4_000 : 500)
  let [right, doubted, silent, told, draws] = [0, 0, 0, 0, 0]
  for (let task = 0; task < tasks; task++) {
    // The same problems, in the same order of samples, for every way: a paired comparison.
    const seed = `${settings.seed}/outcomes/${tier}/${task}`
    const outcome = await attempt(way, pick(problems, seed), seed, concurrency)
    // As in simulated.ts: what is only weakly held may go now.
    await new Promise((resolve) => setImmediate(resolve))
    if (outcome.right) right++
    else if (outcome.flagged) told++
    else silent++
    if (outcome.right && outcome.flagged) doubted++
    draws += outcome.draws / tasks
  }
  const { low, high } = wilson({ successes: right, trials: tasks })
  return {
    tier,
    way: way.name,
    flight: shown,
    tasks,
    success: right / tasks,
    low,
    high,
    silent: silent / tasks,
    told: told / tasks,
    doubted: doubted / tasks,
    draws,
  }
}

function pick(problems: readonly Problem[], seed: string): readonly Problem[] {
  const random = createRandom(seed)
  const left = [...problems]
  return Array.from(
    { length: problemsATask },
    () => left.splice(random.integer(left.length), 1)[0] as Problem,
  )
}

function table(rows: readonly Row[], notes: readonly string[]): Table {
  return {
    name: 'outcomes',
    title: 'Table 6. Recorded answers of a real model: tasks of 10 programming problems, target 0.9',
    columns: [
      { key: 'tier', head: 'tier' },
      { key: 'way', head: 'way' },
      { key: 'flight', head: 'in flight' },
      { key: 'tasks', head: 'tasks' },
      { key: 'success', head: 'all right', digits: 3 },
      { key: 'low', head: 'low', digits: 3 },
      { key: 'high', head: 'high', digits: 3 },
      { key: 'silent', head: 'silently wrong', digits: 3 },
      { key: 'told', head: 'wrong and flagged', digits: 3 },
      { key: 'doubted', head: 'right and flagged', digits: 3 },
      { key: 'draws', head: 'draws', digits: 0 },
    ],
    rows,
    notes,
  }
}
