import { wilson } from '@kilostep/core/reliability'
import {
  attempt,
  type Outcome,
  type Problem,
  pick,
  problemsATask,
  recordedTiers,
  type Way,
  ways,
} from '../../reliability/recorded-tasks.ts'
import { type MakeTable, type Row, type Settings, type Table, widths } from './settings.ts'

/** Errors that nobody made up: what a model answered to programming problems, 100 times each. */
export const outcomesTable: MakeTable = async (settings) => {
  const tiers = recordedTiers(settings.outcomes)
  if (tiers.length === 0) return table([], ['Left out: `../shared/data/outcomes` is not there.'])
  const rows: Row[] = []
  for (const { tier, problems } of tiers) {
    for (const { shown, concurrency } of widths(settings, problemsATask, [1])) {
      const all = new Map<Way, readonly Outcome[]>()
      for (const way of ways) {
        settings.say(`table 6: tier ${tier}, ${way.name}, ${shown} in flight`)
        all.set(way, await tasksOf(settings, tier, problems, way, concurrency))
      }
      for (const [way, outcomes] of all) {
        const rival = ways.find(({ name }) => name === (way.redFlags ? 'auto, red flags' : 'auto')) as Way
        rows.push({ tier, flight: shown, ...row(way, outcomes, all.get(rival) as readonly Outcome[]) })
      }
    }
  }
  return table(rows, [
    'Tier A: problems of which the model gets half or more of its answers right; tier B: a fifth or more. A task is right when all of its ten problems are.',
    'Flagged: the run failed, or its report said that it fell short of the target; silently wrong: it did neither.',
    'Draws: samples a task; the ladder goes to a stronger worker, simulated, right 98 times in 100, a sample of which counts as ten.',
    'Ahead of auto: success of this way less that of `auto` on the same tasks with the same red flags, and its 95 % interval. A fixed margin is better where that is wholly above 0 and it takes no more draws.',
  ])
}

async function tasksOf(
  settings: Settings,
  tier: string,
  problems: readonly Problem[],
  way: Way,
  concurrency: number,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  const tasks = settings.plans ?? (settings.full ? 4_000 : 200)
  for (let task = 0; task < tasks; task++) {
    // The same problems, in the same order of samples, for every way: a paired comparison.
    const seed = `${settings.seed}/outcomes/${tier}/${task}`
    outcomes.push(await attempt(way, pick(problems, seed), seed, concurrency))
    // As in simulated.ts: what is only weakly held may go now.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return outcomes
}

function row(way: Way, outcomes: readonly Outcome[], rivals: readonly Outcome[]): Row {
  const tasks = outcomes.length
  const share = (holds: (outcome: Outcome) => boolean): number => outcomes.filter(holds).length / tasks
  const success = share(({ right }) => right)
  const { low, high } = wilson({ successes: Math.round(success * tasks), trials: tasks })
  const ahead = outcomes.map(({ right }, i) => Number(right) - Number(rivals[i]?.right))
  const mean = ahead.reduce((sum, one) => sum + one, 0) / tasks
  const error = (1.96 * Math.sqrt(ahead.reduce((sum, one) => sum + (one - mean) ** 2, 0))) / tasks
  return {
    way: way.name,
    tasks,
    success,
    low,
    high,
    silent: share(({ right, flagged }) => !right && !flagged),
    told: share(({ right, flagged }) => !right && flagged),
    doubted: share(({ right, flagged }) => right && flagged),
    draws: outcomes.reduce((sum, { draws }) => sum + draws, 0) / tasks,
    ...(way.margin !== undefined && { ahead: mean, aheadLow: mean - error, aheadHigh: mean + error }),
  }
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
      { key: 'ahead', head: 'ahead of auto', digits: 3 },
      { key: 'aheadLow', head: 'low', digits: 3 },
      { key: 'aheadHigh', head: 'high', digits: 3 },
    ],
    rows,
    notes,
  }
}
