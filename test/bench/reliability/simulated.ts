import { hashUniform } from '@kilostep/core'
import { frozenClock } from '@kilostep/testing'
import {
  createEngine,
  definePlan,
  defineWorker,
  type PolicyOptions,
  type Worker,
  type WorkerRecord,
} from 'kilostep'

/** Whether sample `sample` (from 1) of subtask `subtask` (from 0) is right. Nothing but the worker asks. */
export type Draw = (subtask: number, sample: number) => boolean

export interface Simulation {
  readonly subtasks: number
  readonly concurrency: number
  readonly draw: Draw
  readonly policy: PolicyOptions
  readonly seed: string
  readonly target?: number
  readonly record?: WorkerRecord
  /** A perfect verifier. */
  readonly verified?: boolean
}

export interface Trial {
  /** Every subtask has the right answer. */
  readonly right: boolean
  /** The run said that it did not reach its target, or failed. */
  readonly flagged: boolean
  /** Attempts a subtask. */
  readonly attempts: number
  readonly predicted: number
  /** What was learned of the workers, for a warm start. */
  readonly record: WorkerRecord
}

/** One run of the engine over independent subtasks whose answers are right or wrong, all wrong ones alike. */
export async function simulate(simulation: Simulation): Promise<Trial> {
  const { subtasks, concurrency, draw, policy, seed, target = 0.9, record, verified } = simulation
  const worker: Worker<number, number> = defineWorker({
    name: 'worker',
    // Awaits, as every real worker does: so as many attempts are in flight as there are slots.
    run: async (subtask: number, { sample }) => (draw(subtask, sample) ? 1 : 0),
    ...(verified && { verify: (answer: number) => answer === 1 || 'wrong' }),
    policy,
  })
  const plan = definePlan('simulated', (p) => {
    for (let i = 0; i < subtasks; i++) p.subtask(worker, i)
  })
  const engine = createEngine({ concurrency, clock: frozenClock })
  const run = engine.start(plan, { target, seed, ...(record && { record }) })
  const { status, report } = await run.result
  let right = status === 'succeeded'
  for (let i = 1; right && i <= subtasks; i++) right = run.answer(`worker-${i}`) === 1
  return {
    right,
    flagged: status !== 'succeeded' || report.success.targetMet === false,
    attempts: report.attempts.started / subtasks,
    predicted: report.success.predicted,
    record: run.record(),
  }
}

/** Draws for subtasks of given rates: the same for a seed, whatever the order in which they are asked for. */
export function drawAt(rates: readonly number[] | number, seed: string): Draw {
  return (subtask, sample) =>
    hashUniform(seed, subtask, sample) < (typeof rates === 'number' ? rates : (rates[subtask] as number))
}

export interface Summary {
  readonly trials: number
  readonly right: number
  readonly flagged: number
  readonly success: number
  readonly attempts: number
  readonly predicted: number
}

/** What many trials came to, on average. */
export async function summary(trials: number, make: (trial: number) => Promise<Trial>): Promise<Summary> {
  let [right, flagged, attempts, predicted] = [0, 0, 0, 0]
  for (let i = 0; i < trials; i++) {
    const trial = await make(i)
    // With a clock that stands still nothing else gives the event loop a turn, and what is only weakly held stays.
    await new Promise((resolve) => setImmediate(resolve))
    if (trial.right) right++
    if (trial.flagged) flagged++
    attempts += trial.attempts / trials
    predicted += trial.predicted / trials
  }
  return { trials, right, flagged, success: right / trials, attempts, predicted }
}
