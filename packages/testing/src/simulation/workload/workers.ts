import type { Random } from '@kilostep/core'
import { definePlan, defineWorker, type PolicyOptions, type Worker } from 'kilostep'
import { z } from 'zod'

/** What subtasks of a generated plan answer. */
export interface Value {
  readonly v: number
  readonly list: readonly number[]
}

const value = z.object({ v: z.int().min(-1), list: z.array(z.number()) })

/** Workers of every kind, with limits, policies and habits drawn from the seed. */
export function anyWorkers(random: Random): {
  readonly workers: readonly Worker[]
  readonly names: readonly string[]
} {
  const chance = (share: number): boolean => random.uniform() < share
  const some = (least: number, most: number): number => least + random.integer(most - least + 1)
  const policy = (effects: 'idempotent' | 'once' = 'idempotent'): PolicyOptions => ({
    retry: {
      attempts: some(1, 4),
      backoffMs: some(0, 100),
      jitter: random.uniform(),
      ...(chance(0.3) ? { flagged: some(1, 4) } : undefined),
      ...(chance(0.3) ? { wrong: some(1, 4) } : undefined),
    },
    timeoutMs: some(100, 5_000),
    graceMs: some(0, 500),
    ...(chance(0.2) ? { idleMs: some(50, 2_000) } : undefined),
    ...(chance(0.15) ? { onFailure: 'stop' as const } : undefined),
    ...(effects !== 'once' && chance(0.2)
      ? { hedge: { afterMs: some(10, 300), share: 0.2 + 0.8 * random.uniform() } }
      : undefined),
  })
  const limits = () => ({
    ...(chance(0.3) ? { concurrency: some(1, 3) } : undefined),
    ...(chance(0.2) ? { rate: { limit: some(1, 4), intervalMs: some(50, 1_000) } } : undefined),
  })
  const answer = (v: number): Value => ({ v, list: Array.from({ length: random.integer(4) }, (_, i) => i) })

  const plain = defineWorker({
    name: 'plain',
    policy: policy(),
    ...limits(),
    output: value,
    redFlag: ({ v }) => v === -1 && 'too long',
    run: (_input: unknown, { heartbeat }) => {
      heartbeat()
      return chance(0.05) ? ({ v: 'seven' } as never) : answer(chance(0.05) ? -1 : random.integer(3))
    },
  })
  const verified = defineWorker({
    name: 'verified',
    policy: policy(),
    ...limits(),
    run: () => answer(random.integer(4)),
    verify: ({ v }) => v !== 3 || 'not 3',
  })
  const costly = defineWorker({
    name: 'costly',
    policy: policy(),
    ...limits(),
    cost: { usd: 1, tokens: 100 },
    run: (_input: unknown, { spend }) => {
      spend({ usd: random.uniform() * 0.5, tokens: random.integer(51) })
      spend({ usd: random.uniform() * 0.5, tokens: random.integer(50) })
      return answer(random.integer(3))
    },
  })
  const once = defineWorker({
    name: 'once',
    effects: 'once',
    policy: policy('once'),
    run: () => answer(random.integer(3)),
  })
  const voted = defineWorker({
    name: 'voted',
    policy: {
      ...policy(),
      vote: { margin: chance(0.4) ? 'auto' : some(1, 3), maxVotes: some(3, 15) },
      ...(chance(0.5) ? { escalate: { to: 'strong', cost: 5 } } : undefined),
    },
    ...limits(),
    run: () => ({ v: chance(0.75) ? 1 : random.integer(3), list: [] }),
  })
  const climbs = defineWorker({
    name: 'climbs',
    policy: { ...policy(), escalate: { to: 'strong' } },
    run: () => answer(random.integer(3)),
    verify: ({ v }) => v === 0,
  })
  const strong = defineWorker({ name: 'strong', policy: policy(), run: () => answer(1) })
  const part = (): ReturnType<typeof definePlan> =>
    definePlan('part', (p) => {
      const first = p.subtask(plain, 1)
      for (let i = random.integer(3); i > 0; i--) p.subtask(chance(0.5) ? plain : verified, { first })
      return { v: 1, list: [1, 2] }
    })
  const grows = defineWorker({
    name: 'grows',
    policy: policy(),
    run: () => (chance(0.6) ? (part() as never) : answer(2)),
  })
  const judge = defineWorker({
    name: 'judge',
    policy: { ...policy(), ...(chance(0.3) ? { combine: { checks: some(1, 5) } } : undefined) },
    run: (): unknown => {
      const at = random.uniform()
      if (at < 0.5) return true
      return at < 0.8 ? { accept: false, reason: 'no', suspects: [] } : at < 0.95 ? 'no' : 7
    },
  })
  const names = ['plain', 'verified', 'costly', 'once', 'voted', 'climbs', 'grows']
  // Some runs are of one kind of worker alone, some of a few, some of all.
  const few = chance(0.5) ? names.filter(() => chance(0.4)) : names
  return {
    workers: [plain, verified, costly, once, voted, climbs, strong, grows, judge],
    names: few.length === 0 ? ['plain'] : few,
  }
}
