import { type JournalEvent, type Plan, replay } from '@kilostep/core'
import { eventsOf } from '@kilostep/testing'
import {
  createEngine,
  type DefinedPlan,
  definePlan,
  defineWorker,
  type Journal,
  memoryJournal,
  type Run,
  type StartOptions,
  type Worker,
} from 'kilostep'

/** One kind of run that golden journals are made of. */
interface Shape {
  readonly plan: DefinedPlan<unknown>
  readonly options?: StartOptions
  /** What is done to the run while it goes on; a run that this leaves open is cut off there, as by a crash. */
  during?(run: Run, journal: Journal): Promise<unknown> | undefined
}

const patient = { retry: { attempts: 3, backoffMs: 0 } }
const double = defineWorker({
  name: 'double',
  policy: patient,
  cost: { usd: 0.5, tokens: 10 },
  run: (n: number, { attempt, spend }) => {
    spend({ usd: 0.125 * attempt, tokens: n })
    if (n % 3 === 0 && attempt === 1) throw new Error('not at the first time')
    return n * 2
  },
})
const sum = defineWorker({
  name: 'sum',
  undo: () => undefined,
  run: (parts: readonly (number | null)[]) => parts.reduce<number>((total, part) => total + (part ?? 0), 0),
})
const list = defineWorker({ name: 'list', run: () => [1, 2, 3, 4] })
const never = defineWorker({
  name: 'never',
  policy: { retry: { attempts: 1 } },
  run: (): number => fail('never'),
})
const waits = defineWorker({ name: 'waits', run: (n: number) => n, policy: { wait: 'approval' } })
const strong = defineWorker({ name: 'strong', run: (n: number) => n + 1 })

function fail(message: string): never {
  throw new Error(message)
}

/** Right but at every fifth sample; where it is hard, every second. */
const vote = (name: string, margin: 'auto' | number, hard = false) =>
  defineWorker({
    name,
    policy: { vote: { margin, maxVotes: 12 }, ...(hard ? { escalate: { to: 'strong' } } : undefined) },
    run: (n: number, { sample }) => (sample % (hard ? 2 : 5) === 0 ? -sample : n + 1),
  })

const vote2 = vote('vote2', 2)
const voteAuto = vote('voteAuto', 'auto')
const voteHard = vote('voteHard', 3, true)
const secondRound = defineWorker({
  name: 'secondRound',
  policy: patient,
  run: (_: unknown, { attempt }) =>
    attempt > 1 || { accept: false, reason: 'once more', suspects: ['double-1'] },
})
const rejects = defineWorker({ name: 'rejects', policy: { retry: { attempts: 2 } }, run: () => 'never good' })
const judge = defineWorker({ name: 'judge', policy: { wait: 'answer' }, run: () => true })
const endless = defineWorker({
  name: 'endless',
  policy: { retry: { attempts: 5, backoffMs: 0 } },
  run: (n: number, { attempt, signal }) =>
    attempt > 1
      ? n
      : new Promise<number>((_, reject) =>
          signal.addEventListener('abort', () => reject(new Error('told to stop'))),
        ),
})
const part = definePlan('part', (q) => q.subtask(double, q.subtask(double, 2)))
const grows = defineWorker({ name: 'grows', run: () => part })

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve))
}

const chain = definePlan('plain', (p) =>
  sumOf(
    p,
    [1, 2, 3, 4, 5].map((n) => p.subtask(double, n)),
  ),
)
function sumOf(p: Parameters<Parameters<typeof definePlan>[1]>[0], parts: readonly unknown[]) {
  return p.subtask(sum, parts as never)
}

/** Kinds of runs, by name. Their events are written down once; what the shapes here make may change. */
export const shapes: Readonly<Record<string, Shape>> = {
  plain: { plan: chain as DefinedPlan<unknown> },
  votes: {
    plan: definePlan(
      'votes',
      (p) => {
        for (let n = 0; n < 6; n++) p.subtask(vote2, n)
        for (let n = 0; n < 6; n++) p.subtask(voteAuto, n)
      },
      [strong],
    ),
  },
  escalation: {
    plan: definePlan('escalation', (p) => [1, 2, 3].map((n) => p.subtask(voteHard, n)), [strong]),
  },
  checks: {
    plan: definePlan('checks', (p) => {
      const parts = [1, 2, 4].map((n) => p.subtask(double, n))
      p.check(secondRound, parts)
      const others = [5, 7].map((n) => p.subtask(double, n))
      p.check(rejects, others)
      return sumOf(p, [...parts, ...others.map((other) => other.or(null))])
    }),
  },
  failure: {
    plan: definePlan('failure', (p) => {
      const bad = p.subtask(never, 1)
      p.subtask(sum, [bad])
      p.subtask(never, 2, { fallback: 7 })
      return sumOf(p, [bad.or(null), p.subtask(double, 1)])
    }),
    options: { rollBack: 'on-failure' },
  },
  budget: {
    plan: definePlan('budget', (p) => [1, 2, 3, 4, 5, 6].map((n) => p.subtask(double, n))),
    options: { budget: { usd: 0.8, attempts: 100 }, concurrency: 1 },
  },
  cancelled: {
    plan: definePlan('cancelled', (p) => [p.subtask(endless, 1), p.subtask(double, 1)]),
    during: async (run) => {
      await until(() => run.progress().succeeded === 1)
      run.cancel()
    },
  },
  killed: {
    plan: definePlan('killed', (p) =>
      sumOf(p, [p.subtask(double, 1), p.subtask(double, 3), p.subtask(endless, 2)]),
    ),
    during: (run) => until(() => run.progress().succeeded === 2),
  },
  growth: {
    plan: definePlan('growth', (p) => {
      const mapped = p.map(p.subtask(list, undefined), double, (item) => item)
      const grown = p.subtask(grows, undefined)
      const skipped = p.subtask(double, 9, { when: { value: grown, equals: 0 } })
      return { mapped, all: p.subtask(sum, [grown, skipped.or(null)] as never) }
    }),
  },
  decisions: {
    plan: definePlan('decisions', (p) => {
      const one = p.subtask(waits, 1)
      const two = p.subtask(waits, 2)
      const three = p.subtask(waits, 3)
      p.check(judge, [p.subtask(double, 5)])
      return sumOf(p, [one, two, three.or(null)])
    }),
    during: async (run) => {
      await until(() => run.waiting().length === 4)
      run.decide('waits-1', { approve: true })
      run.decide('waits-2', { answer: 20 })
      run.decide('waits-3', { reject: 'not that one' })
      run.decide('judge-1', { reject: 'again' })
      await until(() => run.waiting().length === 1)
      run.decide('judge-1', { approve: true })
    },
  },
  waiting: {
    plan: definePlan('waiting', (p) => sumOf(p, [p.subtask(waits, 1), p.subtask(double, 1)])),
    during: (run) => until(() => run.waiting().length === 1 && run.progress().succeeded === 1),
  },
}

/** Runs of every shape, and one that goes on from another, as events. */
export async function* runsOfToday(): AsyncGenerator<{ name: string; events: readonly JournalEvent[] }> {
  const journal = memoryJournal()
  const engine = createEngine({ journal, concurrency: 4 })
  for (const [name, { plan, options, during }] of Object.entries(shapes)) {
    const run = engine.start(plan, { ...options, run: name, seed: `golden ${name}` }) as Run
    await during?.(run, journal)
    if (run.state.phase === 'running' && name !== 'killed' && name !== 'waiting') await run.result
    yield { name, events: await eventsOf(await journal.open(name)) }
    run.cancel()
    await run.result
  }
  const fork = await engine.fork('failure', { from: 'never-1', run: 'fork' })
  await fork.result
  yield { name: 'fork', events: await eventsOf(await journal.open('fork')) }
  await engine.close()
}

/** The workers that a run's plan needs. */
export function workersOf(events: readonly JournalEvent[]): Worker[] {
  const { plan } = replay(events) as { plan: Plan }
  return [...((shapes[plan.name]?.plan.workers.values() ?? []) as Iterable<Worker>)]
}
