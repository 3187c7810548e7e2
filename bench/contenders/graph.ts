import type { Workload } from '../workloads.ts'

/** Says of every attempt whether it fails, by throwing: how often, the workload says. */
export function attemptOf(workload: Workload): (node: number) => void {
  const tried = new Uint8Array(workload.subtasks)
  return (node) => {
    if (workload.failures(node) <= (tried[node] as number)) return
    tried[node] = (tried[node] as number) + 1
    throw new Error('not this time')
  }
}

/** The edges the other way round: what contenders without a graph of their own must keep by hand. */
export function dependantsOf({ subtasks, needs }: Workload): {
  readonly waits: Int32Array
  readonly dependants: (node: number) => Iterable<number>
} {
  const waits = new Int32Array(subtasks)
  const first = new Int32Array(subtasks + 1)
  for (let node = 0; node < subtasks; node++) {
    for (const need of needs(node)) {
      first[need + 1] = (first[need + 1] as number) + 1
      waits[node] = (waits[node] as number) + 1
    }
  }
  for (let node = 0; node < subtasks; node++)
    first[node + 1] = (first[node + 1] as number) + (first[node] as number)
  const to = new Int32Array(first[subtasks] as number)
  const place = first.slice()
  for (let node = 0; node < subtasks; node++) {
    for (const need of needs(node)) {
      to[place[need] as number] = node
      place[need] = (place[need] as number) + 1
    }
  }
  return { waits, dependants: (node) => to.subarray(first[node], first[node + 1]) }
}
