import { hashUniform } from '@kilostep/core'
import { frozenClock } from '@kilostep/testing'
import { createEngine, definePlan, defineWorker, type PolicyOptions } from 'kilostep'
import type { MakeTable, Row } from './settings.ts'
import { legalMoves, type Pegs, rightMove } from './tower.ts'

const rate = 0.9978

/** A chain of moves, each given the pegs that the one before left. Which move is wrong first, from 1; 0 where none is. */
async function solve(options: {
  readonly disks: number
  readonly moves: number
  readonly policy: PolicyOptions
  readonly concurrency: number
  readonly seed: string
}): Promise<{
  readonly firstWrong: number
  readonly attempts: number
  readonly predicted: number
  readonly done: boolean
}> {
  const { disks, moves, policy, concurrency, seed } = options
  const move = defineWorker({
    name: 'move',
    run: ({ pegs, number }: { pegs: Pegs; number: number }, { sample }): Pegs => {
      const right = rightMove(pegs, number, disks)
      if (hashUniform(seed, number, sample) < rate) return right
      const others = legalMoves(pegs, disks).filter((other) => other !== right)
      return others[Math.floor(hashUniform(`${seed}/which`, number, sample) * others.length)] as Pegs
    },
    key: String,
    policy,
  })
  const plan = definePlan(`towers of Hanoi, ${disks} disks`, (p) => {
    let pegs = p.subtask(move, { pegs: 0, number: 1 })
    for (let number = 2; number <= moves; number++) pegs = p.subtask(move, { pegs, number })
    return pegs
  })
  const run = createEngine({ concurrency, clock: frozenClock }).start(plan, { target: 0.9, seed })
  const { report } = await run.result
  let pegs: Pegs = 0
  let firstWrong = 0
  for (let number = 1; number <= moves && firstWrong === 0; number++) {
    const right = rightMove(pegs, number, disks)
    const made = run.answer(`move-${number}`) as Pegs | undefined
    if (made !== right) firstWrong = number
    pegs = right
  }
  // All disks on the last peg: the highest number that these pegs can have, or that of the middle one.
  const done =
    moves === 2 ** disks - 1 && firstWrong === 0 && (pegs === 3 ** disks - 1 || pegs === (3 ** disks - 1) / 2)
  return { firstWrong, attempts: report.attempts.started / moves, predicted: report.success.predicted, done }
}

/** Moves that depend on one another, a million of them: the longest chain with which agents were ever tried. */
export const hanoiTable: MakeTable = async (settings) => {
  const rows: Row[] = []
  // One after the other, whatever the number of slots.
  const concurrency = settings.concurrency === 'N' ? 1_000 : (settings.concurrency ?? 64)
  const chains = settings.plans ?? (settings.full ? 201 : 51)
  settings.say(`table 3: one attempt a move, the first 4,000 moves, ${chains} times`)
  const firsts: number[] = []
  for (let i = 0; i < chains; i++) {
    const seed = `${settings.seed}/hanoi/${i}`
    const { firstWrong } = await solve({ disks: 20, moves: 4_000, policy: {}, concurrency, seed })
    await new Promise((resolve) => setImmediate(resolve))
    firsts.push(firstWrong === 0 ? 4_001 : firstWrong)
  }
  firsts.sort((a, b) => a - b)
  const mean = firsts.reduce((sum, first) => sum + first, 0) / chains
  const median = firsts[Math.floor(chains / 2)] as number
  rows.push({
    how: 'one attempt a move',
    disks: 20,
    moves: 2 ** 20 - 1,
    chains,
    median,
    mean,
    errors: null,
    attempts: 1,
  })
  for (const disks of [10, 15, 20]) {
    const moves = 2 ** disks - 1
    settings.say(`table 3: ${moves} moves with votes`)
    const seed = `${settings.seed}/hanoi`
    const policy = { vote: { margin: 'auto' } } as const
    const result = await solve({ disks, moves, policy, concurrency, seed })
    const first = result.firstWrong === 0 ? null : result.firstWrong
    rows.push({
      how: 'votes',
      disks,
      moves,
      chains: 1,
      median: first,
      mean: first,
      done: result.done,
      attempts: result.attempts,
      predicted: result.predicted,
    })
  }
  return {
    name: 'hanoi',
    title:
      'Table 3. Towers of Hanoi: each move a subtask that needs the one before, right with probability 0.9978',
    columns: [
      { key: 'how', head: 'how' },
      { key: 'disks', head: 'disks' },
      { key: 'moves', head: 'moves' },
      { key: 'chains', head: 'runs' },
      { key: 'median', head: 'first wrong move: median' },
      { key: 'mean', head: 'mean', digits: 0 },
      { key: 'done', head: 'solved' },
      { key: 'attempts', head: 'attempts a move', digits: 2 },
      { key: 'predicted', head: 'predicted', digits: 3 },
    ],
    rows,
    notes: ['A wrong move is another legal one. Runs of one attempt a move were followed for 4,000 moves.'],
  }
}
