import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom, type JournalEvent, type Random, replay, runReport } from '@kilostep/core'
import { eventsOf } from '@kilostep/testing'
import { createEngine, definePlan, defineWorker, memoryJournal, sqliteJournal } from 'kilostep'
import { describe, expect, it } from 'vitest'

/** A plan of what can happen in one: failures of all kinds, votes, ladders, checks, maps, growth, conditions, costs. */
function anyPlan(random: Random) {
  const fails = (share: number): void => {
    if (random.uniform() < share) throw new Error(`no ${random.integer(3)}`)
  }
  const retry = { attempts: 2 + random.integer(2), backoffMs: random.integer(2), maxBackoffMs: 2 }
  const plain = defineWorker({
    name: 'plain',
    policy: { retry },
    cost: { usd: 0.1, tokens: 3 },
    run: (n: number, { spend }) => {
      spend({ usd: random.uniform() / 10, tokens: 1 })
      fails(0.2)
      return { n, half: n / 2, list: [n, -n] }
    },
  })
  const judged = defineWorker({
    name: 'judged',
    policy: { retry },
    run: async (n: number) => {
      if (random.uniform() < 0.5) await new Promise((resolve) => setTimeout(resolve, random.integer(3)))
      return random.uniform() < 0.3 ? -1 : n
    },
    verify: (answer) => answer >= 0 || 'less than 0',
  })
  const strong = defineWorker({ name: 'strong', run: (n: number) => n + 1 })
  const voted = defineWorker({
    name: 'voted',
    policy: {
      retry,
      vote: { margin: random.uniform() < 0.5 ? 'auto' : 2, maxVotes: 9 },
      escalate: { to: 'strong', cost: 10 },
    },
    run: (n: number) => {
      fails(0.1)
      return random.uniform() < 0.8 ? n + 1 : random.integer(5)
    },
  })
  const part = definePlan('parts', (q) => [q.subtask(plain, 1), q.subtask(judged, 2)])
  const grows = defineWorker({ name: 'grows', policy: { retry }, run: () => part })
  const check = defineWorker({ name: 'check', policy: { retry }, run: () => random.uniform() < 0.6 })
  const seen = defineWorker({
    name: 'seen',
    undo: () => fails(0.3),
    run: (parts: unknown) => JSON.stringify(parts),
  })
  return definePlan(
    'anything',
    (p) => {
      const first = Array.from({ length: 6 }, (_, i) => p.subtask(plain, i))
      const second = first.map((one, i) => p.subtask(i % 2 === 0 ? judged : voted, one.at('n')))
      p.check(check, second.slice(0, 2))
      const grown = p.subtask(grows, undefined)
      const list = first[0] as (typeof first)[0]
      const mapped = p.map(list.at('list'), voted, (item) => item)
      const last = p.subtask(seen, { second: second.map((one) => one.or(null)), grown: grown.or(null) })
      p.subtask(plain, 9, { when: { value: last }, fallback: { n: 0, half: 0, list: [] } })
      return { last: last.or(null), mapped: mapped.or(null) }
    },
    [strong],
  )
}

const seeds = Array.from({ length: Number(process.env['REPLAY_SEEDS'] ?? 40) }, (_, i) => i)

describe('a journal that is replayed gives the same report to the byte', () => {
  it.each(seeds)('seed %d, through JSON', async (seed) => {
    const random = createRandom(`replay ${seed}`)
    const journal = memoryJournal()
    const engine = createEngine({ journal, concurrency: 1 + random.integer(5) })
    const budget = seed % 5 === 0 ? { budget: { attempts: 25, usd: 2 } } : {}
    const run = engine.start(anyPlan(random), { run: 'r', seed, ...budget })
    if (seed % 7 === 0) setTimeout(() => run.cancel(), random.integer(4))
    const { report } = await run.result
    if (seed % 3 === 0) await run.rollBack()
    const events = await eventsOf(await journal.open('r'))
    const copy = events.map((event) => JSON.parse(JSON.stringify(event)) as JournalEvent)
    expect(JSON.stringify(runReport(replay(copy)))).toBe(JSON.stringify(run.report()))
    if (seed % 3 !== 0) expect(JSON.stringify(run.report())).toBe(JSON.stringify(report))
    // And as it stood at any time before.
    const half = copy.slice(0, Math.ceil(copy.length / 2))
    expect(JSON.stringify(runReport(replay(half)))).toBe(
      JSON.stringify(runReport(replay(events.slice(0, half.length)))),
    )
  })

  it.each(seeds.slice(0, 6))('seed %d, through SQLite', async (seed) => {
    const folder = mkdtempSync(join(tmpdir(), 'kilostep-replay-'))
    const journal = sqliteJournal(join(folder, 'runs.db'), { synchronous: 'off' })
    try {
      const run = createEngine({ journal, concurrency: 3 }).start(anyPlan(createRandom(seed)), {
        run: 'r',
        seed,
      })
      const { report } = await run.result
      const events = await eventsOf(await journal.open('r'))
      expect(JSON.stringify(runReport(replay(events)))).toBe(JSON.stringify(report))
    } finally {
      await journal.close?.()
      rmSync(folder, { recursive: true })
    }
  })
})
