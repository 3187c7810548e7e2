import { expectedSum, type Workload, workloads } from './workloads.ts'

/**
 * One measurement in a process of its own, a line of JSON: `node dist/one.js <contender> <workload> <subtasks>`. Before
 * it, the same workload with 1,000 subtasks, so that no contender is charged for being compiled.
 */
const [contender = '', name = '', subtasks] = process.argv.slice(2)
const make = workloads[name] as (subtasks: number) => Workload
const { run } = (await import(`./contenders/${contender}.ts`)) as {
  run: (workload: Workload) => Promise<number>
}

async function measure(workload: Workload): Promise<number> {
  const expected = expectedSum(workload)
  const begun = performance.now()
  const sum = await run(workload)
  const ms = performance.now() - begun
  if (sum !== expected) throw new Error(`${contender} answered ${sum} and not ${expected}.`)
  return ms
}

const workload = make(Number(subtasks))
await measure(make(Math.min(1_000, workload.subtasks)))
const ms = await measure(workload)
const peakMiB = process.resourceUsage().maxRSS / 1_024
process.stdout.write(`${JSON.stringify({ us: (ms * 1_000) / workload.subtasks, peakMiB })}\n`)
process.exit(0)
