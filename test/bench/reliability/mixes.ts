import { createRandom } from '@kilostep/core'
import { voteBound } from '@kilostep/core/reliability'
import { type JudgedMix, MIXES } from '../../reliability/simulate-votes.ts'
import { type MakeTable, type Row, widths } from './settings.ts'
import { drawAt, type Summary, simulate, summary } from './simulated.ts'

export const subtasks = 1_000
export const target = 0.9
/** The three of the design, and two of our own: a wide spread, and a few hard ones hidden among very easy ones. */
export const shownMixes = [
  'all .97793',
  'Beta(44, 1)',
  '95 % .995, 5 % .6',
  'uniform .6–1',
  '99 % .999, 1 % .58',
]

/** Plans of one mix, each with rates of its own. */
export async function plansOfMix(options: {
  readonly mix: JudgedMix
  readonly plans: number
  readonly concurrency: number
  readonly seed: string
  readonly warm: boolean
}): Promise<Summary> {
  const { mix, plans, concurrency, seed, warm } = options
  const run = (at: string, record?: Awaited<ReturnType<typeof simulate>>['record']) => {
    const random = createRandom(at)
    const rates = Array.from({ length: subtasks }, () => mix.draw(random))
    const policy = { vote: { margin: 'auto' } } as const
    return simulate({
      subtasks,
      concurrency,
      draw: drawAt(rates, at),
      policy,
      seed: at,
      target,
      ...(record && { record }),
    })
  }
  return summary(plans, async (trial) => {
    const at = `${seed}/${trial}`
    return run(at, warm ? (await run(`${at}/before`)).record : undefined)
  })
}

/** Mixes of difficulty that the rule is not told, against the fewest votes of a rule that is. */
export const mixesTable: MakeTable = async (settings) => {
  const rows: Row[] = []
  for (const name of shownMixes) {
    const mix = MIXES[name] as JudgedMix
    const bound = voteBound({ subtasks, target, mix: mix.known }) ?? 0
    for (const { shown, concurrency } of widths(settings, subtasks, settings.full ? [1, 64, 'N'] : [64])) {
      for (const warm of [false, true]) {
        settings.say(`table 2: ${name}, ${shown} in flight, ${warm ? 'warm' : 'cold'}`)
        const plans = settings.plans ?? (settings.full ? 200 : 10)
        const seed = `${settings.seed}/${name}`
        const result = await plansOfMix({ mix, plans, concurrency, seed, warm })
        rows.push({
          mix: name,
          flight: shown,
          start: warm ? 'warm' : 'cold',
          ...result,
          bound,
          ratio: result.attempts / bound,
        })
      }
    }
  }
  return {
    name: 'mixes',
    title: 'Table 2. Mixes of easy and hard subtasks, N = 1,000, target 0.9, votes alone',
    columns: [
      { key: 'mix', head: 'rates' },
      { key: 'flight', head: 'in flight' },
      { key: 'start', head: 'start' },
      { key: 'trials', head: 'plans' },
      { key: 'right', head: 'all right' },
      { key: 'success', head: 'success', digits: 3 },
      { key: 'attempts', head: 'attempts a subtask', digits: 2 },
      { key: 'bound', head: 'bound', digits: 2 },
      { key: 'ratio', head: '× bound', digits: 2 },
      { key: 'predicted', head: 'predicted', digits: 3 },
    ],
    rows,
    notes: [
      'Warm: with the record of an earlier run of the same mix. Bound: the fewest votes with which a rule that knows the mix reaches the target.',
    ],
  }
}
