import { createRandom } from '@kilostep/core'
import type { RunOptions } from 'kilostep'
import type { SimulationFaults } from '../faults.ts'
import type { Scenario } from '../simulated-run.ts'
import { anyPlan } from './plan.ts'
import { anyWorkers } from './workers.ts'

/** A run of which everything is drawn from the seed: the plan, its workers, budgets, limits and policies. */
export function anyScenario(seed: number | string, faults: Required<SimulationFaults>): Scenario {
  const random = createRandom(`workload ${seed}`)
  const chance = (share: number): boolean => random.uniform() < share
  const { workers, names } = anyWorkers(random)
  const plan = anyPlan(random, names)
  const least = plan.subtasks.length
  const budget = {
    ...(chance(0.25) ? { attempts: least + random.integer(3 * least) } : undefined),
    ...(chance(0.3) ? { usd: 1 + random.integer(8) } : undefined),
    ...(chance(0.15) ? { tokens: 100 + random.integer(900) } : undefined),
  }
  const options: RunOptions = {
    seed: random.integer(1_000_000),
    ...(Object.keys(budget).length > 0 ? { budget } : undefined),
    ...(chance(0.3) ? { concurrency: 1 + random.integer(4) } : undefined),
    ...(chance(0.2) ? { timeoutMs: 500 + random.integer(20_000) } : undefined),
    ...(chance(0.2) ? { order: 'plan' as const } : undefined),
    ...(chance(0.15) ? { policy: { retry: { attempts: 1 + random.integer(6) } } } : undefined),
  }
  return { plan, workers, options, concurrency: 1 + random.integer(8), faults }
}
