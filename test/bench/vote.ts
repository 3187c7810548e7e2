import { createRandom } from '@kilostep/core'
import { createEngine, definePlan, defineWorker } from 'kilostep'

/* Votes through the whole engine: `node test/bench/vote.ts [subtasks] [concurrency] [plans] [rate]`. */
const [subtasks = 1_000, concurrency = 64, plans = 20, rate = 0.8 ** 0.1] = process.argv.slice(2).map(Number)
let right = 0
let attempts = 0
let predicted = 0
for (let seed = 0; seed < plans; seed++) {
  const random = createRandom(`vote/${seed}`)
  const answer = defineWorker({
    name: 'answer',
    run: async () => (random.uniform() < rate ? 'right' : 'wrong'),
    policy: { vote: { margin: 'auto' } },
  })
  const plan = definePlan('votes', (p) => {
    for (let i = 0; i < subtasks; i++) p.subtask(answer, i)
  })
  const run = createEngine({ concurrency }).start(plan, { target: 0.9, seed })
  const { report, output } = await run.result
  if (Object.values(output ?? {}).every((one) => one === 'right')) right++
  attempts += report.attempts.started / subtasks
  predicted += report.success.predicted
}
process.stdout.write(
  `${subtasks} subtasks, ${concurrency} at once: ${right} of ${plans} plans right, ${(attempts / plans).toFixed(2)} attempts a subtask, predicted ${(predicted / plans).toFixed(3)}\n`,
)
