import { createEngine, definePlan, defineWorker } from 'kilostep'

/** Fan-out and join of N trivial subtasks through the whole engine: `node test/bench/fan-out.ts 1000000`. */
const double = defineWorker({ name: 'double', run: (n: number) => n * 2 })
const add = defineWorker({
  name: 'add',
  run: ({ parts }: { parts: readonly number[] }) => parts.reduce((sum, part) => sum + part, 0),
})
const subtasks = Number(process.argv[2] ?? 100_000)

const begun = performance.now()
const plan = definePlan('fan-out and join', (p) => {
  const parts = Array.from({ length: subtasks }, (_, i) => p.subtask(double, i))
  return p.subtask(add, { parts })
})
const planned = performance.now()
const engine = createEngine({ concurrency: 64 })
const run = engine.start(plan)
const started = performance.now()
const { output, report } = await run.result
const ended = performance.now()
if (output !== subtasks * (subtasks - 1) || report.subtasks.succeeded !== subtasks + 1)
  throw new Error('wrong')
const us = (from: number, to: number): string => (((to - from) / subtasks) * 1_000).toFixed(2)
process.stdout.write(
  `${subtasks} subtasks: plan ${us(begun, planned)}, start ${us(planned, started)}, run ${us(started, ended)} µs a subtask, peak ${Math.round(process.resourceUsage().maxRSS / 1_024)} MiB\n`,
)
