import { frozenClock } from '@kilostep/testing'
import { createEngine, definePlan, defineWorker } from 'kilostep'
import { drawAt } from './reliability/simulated.ts'

/** Subtasks that are voted on, every answer right with probability 0.97793, through the whole engine: time and memory. */
const subtasks = Number(process.argv[2] ?? 100_000)
const draw = drawAt(0.8 ** 0.1, 'voted')
const worker = defineWorker({
  name: 'voted',
  run: async (subtask: number, { sample }) => draw(subtask, sample),
  policy: { vote: { margin: 'auto' } },
})
const mebibytes = (): number => Math.round(process.resourceUsage().maxRSS / 1_024)

const plan = definePlan('voted', (p) => {
  for (let i = 0; i < subtasks; i++) p.subtask(worker, i)
})
const run = createEngine({ concurrency: 64, clock: frozenClock }).start(plan, { target: 0.9, seed: 1 })
const planned = mebibytes()
const begun = performance.now()
const { report } = await run.result
const seconds = (performance.now() - begun) / 1_000
let wrong = 0
for (let i = 1; i <= subtasks; i++) if (run.answer(`voted-${i}`) !== true) wrong++
process.stdout.write(
  `${subtasks} subtasks, ${report.attempts.started} votes in ${seconds.toFixed(0)} s: ${wrong} wrong, predicted ${report.success.predicted.toFixed(3)}, peak ${mebibytes()} MiB, of which the plan has ${planned}\n`,
)
