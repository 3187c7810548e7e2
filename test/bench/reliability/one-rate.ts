import { voteBound } from '@kilostep/core/reliability'
import { type MakeTable, type Row, widths } from './settings.ts'
import { drawAt, simulate, summary } from './simulated.ts'

const rate = 0.8 ** 0.1
const target = 0.9
const policy = { vote: { margin: 'auto' } } as const

/** One rate for all, votes alone: how the number of subtasks, the record and the number in flight tell. */
export const oneRateTable: MakeTable = async (settings) => {
  const rows: Row[] = []
  const { seed } = settings
  const sizes = settings.full ? [10, 100, 1_000, 1_000_000] : [10, 100, 1_000, 100_000]
  for (const subtasks of sizes) {
    const large = subtasks > 1_000
    const bound = voteBound({ subtasks, target, mix: [{ rate, weight: 1 }] }) ?? 0
    for (const { shown, concurrency } of widths(settings, subtasks, large ? [64] : [1, 64, 'N'])) {
      for (const warm of large ? [false] : [false, true]) {
        settings.say(`table 1: N = ${subtasks}, ${shown} in flight, ${warm ? 'warm' : 'cold'}`)
        const plans = settings.plans ?? (large ? (settings.full ? 30 : 3) : settings.full ? 200 : 100)
        const result = await summary(plans, async (trial) => {
          const at = `${seed}/one-rate/${trial}`
          const one = { concurrency, policy, target }
          const before = warm
            ? await simulate({
                ...one,
                subtasks: 1_000,
                draw: drawAt(rate, `${at}/before`),
                seed: `${at}/before`,
              })
            : undefined
          const draw = drawAt(rate, `${at}/${subtasks}`)
          return simulate({ ...one, subtasks, draw, seed: at, ...(before && { record: before.record }) })
        })
        rows.push({
          subtasks,
          flight: shown,
          start: warm ? 'warm' : 'cold',
          naive: rate ** subtasks,
          ...result,
          bound,
        })
      }
    }
  }
  return {
    name: 'one-rate',
    title: 'Table 1. Every attempt right with probability 0.97793, nothing to verify with, target 0.9',
    columns: [
      { key: 'subtasks', head: 'N' },
      { key: 'flight', head: 'in flight' },
      { key: 'start', head: 'start' },
      { key: 'trials', head: 'plans' },
      { key: 'right', head: 'all right' },
      { key: 'success', head: 'success', digits: 3 },
      { key: 'attempts', head: 'attempts a subtask', digits: 2 },
      { key: 'bound', head: 'bound', digits: 2 },
      { key: 'predicted', head: 'predicted', digits: 3 },
    ],
    rows,
    notes: [
      'Warm: with the record of an earlier run of 1,000 subtasks. Bound: the fewest votes with which a rule that knows the rate reaches the target.',
      ...(settings.full
        ? []
        : [
            'A million subtasks, 30 plans of them, are in the table with `--full`; without it 100,000 stand in for them.',
          ]),
    ],
  }
}
