import { hashUniform } from '@kilostep/core'
import { calibrate } from '@kilostep/core/reliability'
import { type JudgedMix, MIXES, simulatePlans } from '../../reliability/simulate-votes.ts'
import { plansOfMix, shownMixes, subtasks, target } from './mixes.ts'
import { type MakeTable, type Row, widths } from './settings.ts'
import { type Draw, drawAt, simulate, summary } from './simulated.ts'

const rate = 0.8 ** 0.1

/** In one of ten the answer is that of the sample before: votes that repeat one another. */
function copied(seed: string): Draw {
  const own = drawAt(rate, seed)
  const draw: Draw = (subtask, sample) =>
    sample > 1 && hashUniform(`${seed}/copy`, subtask, sample) < 0.1
      ? draw(subtask, sample - 1)
      : own(subtask, sample)
  return draw
}

/** One subtask in a thousand is right three times in ten: its usual answer is wrong. */
function usuallyWrong(seed: string): Draw {
  const rates = Array.from({ length: subtasks }, (_, i) =>
    hashUniform(`${seed}/hard`, i, 0) < 0.001 ? 0.3 : rate,
  )
  return drawAt(rates, seed)
}

const broken = [
  ['**1 vote in 10 copied**', copied],
  ['**0.1 % usually wrong**', usuallyWrong],
] as const

interface Counted {
  readonly trials: number
  readonly right: number
  readonly success: number
  readonly predicted: number
}

/** What runs said of themselves before the truth was known, beside the truth: where it can be known, and where not. */
export const predictionTable: MakeTable = async (settings) => {
  const rows: Row[] = []
  const row = (name: string, how: string, shown: string, result: Counted): Row => {
    const { right, trials, predicted } = result
    const { difference = 0, z = 0 } = calibrate(predicted, { successes: right, trials }) ?? {}
    const verdict = z < -3 ? '**TOO BOLD**' : difference > 0.05 ? 'too modest' : 'holds'
    return { mix: name, how, flight: shown, ...result, difference, z, verdict }
  }
  for (const { shown, concurrency } of widths(settings, subtasks, [64])) {
    for (const name of shownMixes) {
      settings.say(`table 5: ${name}, ${shown} in flight, the rule alone`)
      const trials = settings.plans ?? (settings.full ? 2_000 : 100)
      const { draw } = MIXES[name] as JudgedMix
      const alone = { subtasks, target, inFlight: concurrency, draw, plans: trials }
      const result = simulatePlans({ ...alone, seed: `${settings.seed}/prediction/${name}` })
      rows.push(row(name, 'rule', shown, { ...result, trials, right: Math.round(result.success * trials) }))
      settings.say(`table 5: ${name}, ${shown} in flight, the engine`)
      const plans = settings.plans ?? (settings.full ? 60 : 5)
      const seed = `${settings.seed}/prediction/${name}`
      const mix = MIXES[name] as JudgedMix
      rows.push(row(name, 'engine', shown, await plansOfMix({ mix, plans, concurrency, seed, warm: false })))
    }
    for (const [name, drawOf] of broken) {
      settings.say(`table 5: ${name}, ${shown} in flight`)
      const plans = settings.plans ?? (settings.full ? 500 : 40)
      const result = await summary(plans, (trial) => {
        const seed = `${settings.seed}/prediction/${name}/${trial}`
        const policy = { vote: { margin: 'auto' } } as const
        return simulate({ subtasks, concurrency, draw: drawOf(seed), policy, seed, target })
      })
      rows.push(row(name, 'engine', shown, result))
    }
  }
  return {
    name: 'prediction',
    title: 'Table 5. Predicted beside measured, N = 1,000, target 0.9',
    columns: [
      { key: 'mix', head: 'rates' },
      { key: 'how', head: 'by' },
      { key: 'flight', head: 'in flight' },
      { key: 'trials', head: 'plans' },
      { key: 'predicted', head: 'predicted', digits: 3 },
      { key: 'success', head: 'measured', digits: 3 },
      { key: 'difference', head: 'difference', digits: 3 },
      { key: 'z', head: 'z', digits: 1 },
      { key: 'verdict', head: 'prediction' },
    ],
    rows,
    notes: [
      'By the engine, or by the rule of `margin: auto` alone in a loop, which is the same rule and thirty times as fast.',
      'z is the difference in standard errors; below −3 the prediction was too bold.',
      '**WARNING: the last two rows break what a vote rests on.** Votes that repeat one another agree without being right, and where the usual answer is wrong no number of votes finds out. A run cannot see either in its votes: audit a share of its answers.',
    ],
  }
}
