import { createRandom } from '@kilostep/core'
import { createEngine, definePlan, defineWorker } from 'kilostep'

/*
 * The same unreliable worker, right 97.8 % of the time, over 1,000 subtasks: once as it is, once with a vote, once
 * with a verifier. 0.978 to the power of 1,000 is 2 in 10,000,000,000.
 */
const rate = 0.8 ** (1 / 10)
const subtasks = 1_000

async function tryIt(what: string, extra: object): Promise<void> {
  const random = createRandom(what)
  const square = defineWorker({
    name: 'square',
    run: async (n: number) => n * n + (random.uniform() < rate ? 0 : 1),
    ...extra,
  })
  const plan = definePlan(what, (p) => Array.from({ length: subtasks }, (_, n) => p.subtask(square, n)))
  const { output, report } = await createEngine({ concurrency: 64 }).start(plan, { target: 0.9, seed: 1 })
    .result
  const wrong = output?.filter((answer, n) => answer !== n * n).length ?? subtasks
  const perSubtask = (report.attempts.started / subtasks).toFixed(2)
  console.log(
    `${what.padEnd(16)} ${String(wrong).padStart(3)} of ${subtasks} wrong, ${perSubtask} attempts a subtask, predicted ${report.success.predicted.toFixed(3)}`,
  )
}

await tryIt('one attempt', {})
await tryIt('vote', { policy: { vote: { margin: 'auto' } } })
await tryIt('verify', { verify: (answer: number, n: number) => answer === n * n || 'not a square' })
