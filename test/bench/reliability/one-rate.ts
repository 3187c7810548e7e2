import { voteBound } from '@kilostep/core/reliability'
import { simulatePlans } from '../../reliability/simulate-votes.ts'
import { type MakeTable, type Row, widths } from './settings.ts'
import { drawAt, simulate, summary, type Trial } from './simulated.ts'

const rate = 0.8 ** 0.1
const target = 0.9
const policy = { vote: { margin: 'auto' } } as const

/** One rate for all, votes alone: how the number of subtasks, the record and the number in flight tell. */
export const oneRateTable: MakeTable = async (settings) => {
  const rows: Row[] = []
  for (const subtasks of [10, 100, 1_000]) {
    for (const { shown, concurrency } of widths(settings, subtasks, [1, 64, 'N'])) {
      for (const warm of [false, true]) {
        settings.say(`table 1: N = ${subtasks}, ${shown} in flight, ${warm ? 'warm' : 'cold'}`)
        const plans = settings.plans ?? (settings.full ? 200 : subtasks === 1_000 ? 20 : 100)
        const result = await summary(plans, (trial) =>
          trialOf(`${settings.seed}/one-rate/${trial}`, subtasks, concurrency, warm),
        )
        rows.push({
          how: 'engine',
          flight: shown,
          start: warm ? 'warm' : 'cold',
          ...about(subtasks),
          ...result,
        })
      }
    }
  }
  const subtasks = 1_000_000
  for (const { shown, concurrency } of widths(settings, subtasks, settings.full ? [1, 64] : [64])) {
    settings.say(`table 1: N = ${subtasks}, ${shown} in flight, the rule alone`)
    const trials = settings.plans ?? (settings.full ? 30 : 3)
    const seed = `${settings.seed}/one-rate/${shown}`
    const plan = { subtasks, target, inFlight: concurrency, draw: () => rate, seed, plans: trials }
    const result = simulatePlans(plan)
    const right = Math.round(result.success * trials)
    rows.push({ how: 'rule', flight: shown, start: 'cold', ...about(subtasks), trials, right, ...result })
  }
  if (settings.full) {
    settings.say(`table 1: N = ${subtasks}, 64 in flight, one run of the engine`)
    const result = await summary(1, () => trialOf(`${settings.seed}/one-rate/million`, subtasks, 64, false))
    rows.push({ how: 'engine', flight: '64', start: 'cold', ...about(subtasks), ...result })
  }
  return {
    name: 'one-rate',
    title: 'Table 1. Every attempt right with probability 0.97793, nothing to verify with, target 0.9',
    columns: [
      { key: 'subtasks', head: 'N' },
      { key: 'how', head: 'by' },
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
      'By the engine, or by the rule of `margin: auto` alone in a loop, because 30 plans of a million subtasks have 160 million votes.',
    ],
  }
}

function about(subtasks: number): Row {
  const bound = voteBound({ subtasks, target, mix: [{ rate, weight: 1 }] }) ?? 0
  return { subtasks, naive: rate ** subtasks, bound }
}

async function trialOf(at: string, subtasks: number, concurrency: number, warm: boolean): Promise<Trial> {
  const one = { concurrency, policy, target }
  const earlier = `${at}/before`
  const before = warm
    ? await simulate({ ...one, subtasks: 1_000, draw: drawAt(rate, earlier), seed: earlier })
    : undefined
  const draw = drawAt(rate, `${at}/${subtasks}`)
  return simulate({ ...one, subtasks, draw, seed: at, ...(before && { record: before.record }) })
}
