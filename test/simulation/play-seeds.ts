import { count } from '@kilostep/core'
import { invariants, type SeedResult } from '@kilostep/testing'
import { inThreads } from './threads.ts'
import type { Done, Work } from './work.ts'

const atOnce = 50

/** Plays many seeds and says what came of them. The command's exit code. */
export async function playSeeds({
  from,
  to,
  threads,
}: {
  readonly from: number
  readonly to: number
  readonly threads: number
}): Promise<number> {
  const works: Work[] = []
  for (let at = from; at < to; at += atOnce)
    works.push({ type: 'seeds', from: at, to: Math.min(to, at + atOnce) })
  const total = { seeds: 0, twice: 0, hosts: 0, attempts: 0, succeeded: 0, failed: 0, cancelled: 0 }
  const broken: SeedResult[] = []
  const began = performance.now()
  let told = 0
  await inThreads(works, threads, (_work, done) => {
    add(total, done)
    broken.push(...done.broken)
    const share = total.seeds / (to - from)
    if (share - told >= (process.stderr.isTTY ? 0.01 : 0.1)) {
      told = share
      process.stderr.write(
        `${process.stderr.isTTY ? '\r' : ''}${count(total.seeds)} of ${count(to - from)} seeds${process.stderr.isTTY ? '' : '\n'}`,
      )
    }
    return broken.length === 0
  })
  if (process.stderr.isTTY) process.stderr.write('\n')
  const seconds = (performance.now() - began) / 1_000
  const { user, system } = process.cpuUsage()
  const each = total.seeds / ((user + system) / 1e6)
  console.log(
    `${count(total.seeds)} seeds in ${seconds.toFixed(1)} s with ${threads} threads, ${count(Math.round(each))} a second of processor time; ${count(total.twice)} of them were played twice.`,
  )
  console.log(
    `${count(total.hosts)} hosts, ${count(total.attempts)} attempts; ${count(total.succeeded)} runs succeeded, ${count(total.failed)} failed, ${count(total.cancelled)} were cancelled.`,
  )
  const [first] = broken.sort((a, b) => Number(a.seed) - Number(b.seed))
  if (first?.breach === undefined) {
    console.log(
      `Nothing broke: ${Object.keys(invariants).length} invariants held in every run, and what was played twice went the same way.`,
    )
    return 0
  }
  const { invariant, message } = first.breach
  console.log(`\nSeed ${first.seed} broke an invariant: ${invariants[invariant]} (${invariant}).\n${message}`)
  console.log(`\nSee it again: npm run simulate -- --seed ${first.seed}`)
  return 1
}

function add(
  total: {
    seeds: number
    twice: number
    hosts: number
    attempts: number
    succeeded: number
    failed: number
    cancelled: number
  },
  { seeds, twice, hosts, attempts, statuses }: Done,
): void {
  total.seeds += seeds
  total.twice += twice
  total.hosts += hosts
  total.attempts += attempts
  total.succeeded += statuses.succeeded
  total.failed += statuses.failed
  total.cancelled += statuses.cancelled
}
