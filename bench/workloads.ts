/**
 * What every contender is given: subtasks by number, what each needs, which of their attempts fail, and in which order
 * they are wanted. The worker is trivial – a number made of those of its needs – so that what is left is the cost of
 * the framework.
 */
export interface Workload {
  readonly name: string
  readonly subtasks: number
  /** The numbers of the subtasks that each one needs, all smaller than its own. */
  readonly needs: (node: number) => readonly number[]
  /** How many attempts of it fail before one succeeds. */
  readonly failures: (node: number) => number
  /** Higher starts first; undefined where all are equal. */
  readonly priority?: (node: number) => number
  /** The answers that somebody waits for, which are added up. */
  readonly results: readonly number[]
}

/** Attempts that a subtask has, the first included. */
export const attempts = 5
/** Attempts in flight at most. */
export const concurrency = 64

const modulus = 1_000_003
const none: readonly number[] = []
const noFailure = (): number => 0

/** What a subtask answers, from its number and what it needs. */
export function answerOf(node: number, needed: readonly number[]): number {
  let sum = node
  for (const one of needed) sum += one
  return sum % modulus
}

/** The sum of the answers that somebody waits for, worked out in a loop: what every contender must arrive at. */
export function expectedSum(workload: Workload): number {
  const answers = new Float64Array(workload.subtasks)
  for (let node = 0; node < workload.subtasks; node++) {
    let sum = node
    for (const need of workload.needs(node)) sum += answers[need] as number
    answers[node] = sum % modulus
  }
  return workload.results.reduce((sum, node) => sum + (answers[node] as number), 0)
}

/** Evenly distributed from 0 to below 1, by place alone (the finaliser of MurmurHash3). */
export function draw(seed: number): number {
  let hash = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

function fanOut(subtasks: number): Workload {
  const join = subtasks - 1
  const all = range(0, join)
  return {
    name: 'fan-out and join',
    subtasks,
    needs: (node) => (node === join ? all : none),
    failures: noFailure,
    results: [join],
  }
}

function layers(subtasks: number): Workload {
  const width = 100
  return {
    name: 'layers of 100',
    subtasks,
    needs: (node) => {
      if (node < width) return none
      const place = node % width
      const before = node - place - width
      return [before + place, before + ((place + 1) % width)]
    },
    failures: noFailure,
    results: range(subtasks - width, subtasks),
  }
}

function chain(subtasks: number): Workload {
  return {
    name: 'chain',
    subtasks,
    needs: (node) => (node === 0 ? none : [node - 1]),
    failures: noFailure,
    results: [subtasks - 1],
  }
}

function failing(subtasks: number): Workload {
  return {
    name: '10 % of attempts fail',
    subtasks,
    needs: () => none,
    // Seeds are such that no subtask fails five times: every contender ends with every answer.
    failures: (node) => {
      let failures = 0
      while (failures < attempts - 1 && draw(node * 8 + failures) < 0.1) failures++
      return failures
    },
    results: range(0, subtasks),
  }
}

function priorities(subtasks: number): Workload {
  return {
    name: 'random priorities',
    subtasks,
    needs: () => none,
    failures: noFailure,
    priority: (node) => Math.floor(draw(node) * 2_001) - 1_000,
    results: range(0, subtasks),
  }
}

function equalPriorities(subtasks: number): Workload {
  const { priority: _, ...rest } = priorities(subtasks)
  return { ...rest, name: 'equal priorities' }
}

function randomGraph(subtasks: number): Workload {
  const wanted = (node: number): number[] => {
    const needs = new Set<number>()
    for (let i = 0; i < 3 && node > 0; i++) needs.add(Math.floor(draw(node * 4 + i) * node))
    return [...needs]
  }
  return {
    name: 'random graph',
    subtasks,
    needs: wanted,
    failures: noFailure,
    results: range(Math.max(0, subtasks - 100), subtasks),
  }
}

export const workloads: Readonly<Record<string, (subtasks: number) => Workload>> = {
  'fan-out': fanOut,
  layers,
  chain,
  failing,
  priorities,
  'equal-priorities': equalPriorities,
  'random-graph': randomGraph,
}
