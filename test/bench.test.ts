import { expect, it } from 'vitest'
import { run as bare } from '../bench/contenders/bare.ts'
import { run as kilostep } from '../bench/contenders/kilostep.ts'
import { run as durable } from '../bench/contenders/kilostep-durable.ts'
import { run as map } from '../bench/contenders/kilostep-map.ts'
import { run as stream } from '../bench/contenders/kilostep-stream.ts'
import { expectedSum, type Workload, workloads } from '../bench/workloads.ts'

const made = Object.entries(workloads).map(([name, make]) => [name, make(300)] as const)

it.each(made)('%s: every answer is there, as a loop would have worked it out', async (_, workload) => {
  const expected = expectedSum(workload)
  expect(await bare(workload)).toBe(expected)
  expect(await kilostep(workload)).toBe(expected)
})

it('the special forms of the benchmark do the same work', async () => {
  const fanOut = workloads['fan-out']?.(300) as Workload
  expect(await map(fanOut)).toBe(expectedSum(fanOut))
  expect(await stream(fanOut)).toBe(expectedSum(fanOut))
  const equal = workloads['equal-priorities']?.(300) as Workload
  expect(await durable(equal)).toBe(expectedSum(equal))
})
