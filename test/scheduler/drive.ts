import { accountingFaults, idOf, type JournalEvent, type PlanGraph, type Random } from '@kilostep/core'
import { settled, VirtualClock } from '@kilostep/testing'
import {
  AttemptError,
  createEngine,
  DefinedPlan,
  defineWorker,
  type Journal,
  memoryJournal,
  type Plan,
  type RunReport,
} from 'kilostep'
import { type End, ReferenceScheduler } from './reference.ts'
import { randomPlan } from './shapes.ts'

interface Flight {
  readonly id: string
  readonly settle: (end: End) => void
}

/** A journal in memory that shows what is written into it. */
export function openJournal(): { readonly journal: Journal; readonly events: JournalEvent[] } {
  const events: JournalEvent[] = []
  const memory = memoryJournal()
  const journal: Journal = {
    ...memory,
    create(run) {
      const log = memory.create(run)
      if (log instanceof Promise) throw new Error('A journal in memory opens at once.')
      const append = log.append.bind(log)
      log.append = (more) => {
        events.push(...more)
        return append(more)
      }
      return log
    },
  }
  return { journal, events }
}

/**
 * Runs a plan through the engine beside the reference: each attempt ends when and as `random` says, and after each
 * everything that can be told from outside is held against the reference.
 *
 * @throws Error with the first thing that differs.
 */
export async function drive(plan: Plan, concurrency: number, random: Random): Promise<RunReport> {
  const clock = new VirtualClock()
  const reference = new ReferenceScheduler(plan)
  const flights: Flight[] = []
  const faults: string[] = []
  const run = async (_input: unknown, { subtask: id, signal }: { subtask: string; signal: AbortSignal }) => {
    try {
      reference.start(id, clock.now())
    } catch (error) {
      faults.push((error as Error).message)
    }
    return new Promise((resolve, reject) => {
      const flight: Flight = {
        id,
        settle(end) {
          flights.splice(flights.indexOf(flight), 1)
          if (end.type === 'failure') reject(new AttemptError('It broke.', { kind: end.kind }))
          else if (end.type === 'answer') resolve({ v: end.v, list: end.list })
          else if (end.type === 'plan') resolve(new DefinedPlan(end.plan, new Map()))
          else resolve(end.type === 'accept' ? true : { accept: false, suspects: end.suspects })
        },
      }
      flights.push(flight)
      if (flights.length > concurrency) faults.push(`${flights.length} in flight of ${concurrency}.`)
      signal.addEventListener('abort', () => {
        flights.splice(flights.indexOf(flight), 1)
        reject(signal.reason)
      })
    })
  }
  const { journal, events } = openJournal()
  const workers = [defineWorker({ name: 'work', run }), defineWorker({ name: 'check', run })]
  const engine = createEngine({ clock, concurrency, journal, workers })
  const started = engine.start(plan, { seed: 1 })
  let over = false
  const end = (): void => {
    over = true
  }
  started.result.then(end, end)
  let seen = 0
  for (;;) {
    await settled()
    for (; seen < events.length; seen++) {
      const event = events[seen] as JournalEvent
      if (event.type === 'retry-scheduled') reference.waits(subtaskOf(started, event.node), event.dueAt)
    }
    const [ready] = reference.ready(clock.now())
    if (ready !== undefined && flights.length < concurrency)
      faults.push(`${ready} waits, and a slot is free.`)
    if (faults.length > 0) throw new Error(faults.join('\n'))
    if (over) break
    const flight = flights[random.integer(Math.max(1, flights.length))]
    if (flight === undefined) {
      if (!clock.ring()) throw new Error('Nothing is in flight or to come, and the run has not ended.')
      continue
    }
    const outcome = draw(reference, flight.id, random)
    reference.end(flight.id, outcome)
    flight.settle(outcome)
  }
  const { report } = await started.result
  compare(reference, started, events, report)
  if (clock.pending > 0) throw new Error(`${clock.pending} timers are left.`)
  return report
}

function draw(reference: ReferenceScheduler, id: string, random: Random): End {
  const node = reference.nodes.get(id)
  const at = random.uniform()
  if (at < 0.12) return { type: 'failure', kind: 'transport' }
  if (at < 0.18) return { type: 'failure', kind: 'flagged' }
  if (node?.covers !== undefined) {
    if (at < 0.75) return { type: 'accept' }
    const { covers, prefix } = node
    return {
      type: 'reject',
      suspects: covers.filter(() => random.uniform() < 0.4).map((one) => one.slice(prefix.length)),
    }
  }
  const covered = [...reference.nodes.values()].some(({ covers }) => covers?.includes(id))
  if (at < 0.28 && !covered && id.split('/').length < 3) {
    return { type: 'plan', plan: { ...randomPlan(random, 4), output: { v: 1, list: [1, 2] } } }
  }
  const list = Array.from({ length: random.integer(4) }, (_, i) => i)
  return { type: 'answer', v: random.integer(2), list }
}

interface Started {
  readonly state: { readonly graph: PlanGraph }
}

function subtaskOf(run: Started, node: number): string {
  return idOf(run.state.graph, node)
}

const ends: Readonly<Record<string, string>> = {
  'subtask-succeeded': 'succeeded',
  'check-accepted': 'succeeded',
  'subtask-failed': 'failed',
  'check-failed': 'failed',
  'subtask-skipped': 'skipped',
}

/** Every subtask ended once, and as the reference says; the report's counts are those of the events. */
function compare(
  reference: ReferenceScheduler,
  run: Started,
  events: readonly JournalEvent[],
  report: RunReport,
): void {
  const came: Record<string, string> = {}
  const counts = { started: 0, succeeded: 0, transport: 0, flagged: 0, wrong: 0, cancelled: 0 }
  for (const event of events) {
    const as = event.type === 'check-rejected' && event.final ? 'failed' : ends[event.type]
    if (as !== undefined && 'node' in event) {
      const id = subtaskOf(run, event.node)
      if (came[id] !== undefined) throw new Error(`${id} ended twice.`)
      came[id] = as
    }
    if (event.type === 'attempt-started') counts.started++
    else if (event.type === 'attempt-succeeded') counts.succeeded++
    else if (event.type === 'attempt-failed') counts[event.failure.kind]++
    else if (event.type === 'attempt-cancelled') counts.cancelled++
    else if (event.type === 'check-rejected') {
      counts.succeeded -= event.suspects.length
      counts.wrong += event.suspects.length
    }
  }
  const covered = new Set([...reference.nodes.values()].flatMap(({ covers }) => covers ?? []))
  const expected = reference.statuses()
  for (const id of new Set([...Object.keys(expected), ...Object.keys(came)])) {
    // A subtask both of whose check and of whose needs came to nothing is skipped or failed, whichever is first.
    const either = covered.has(id) && came[id] !== 'succeeded' && expected[id] !== 'succeeded'
    if (came[id] !== expected[id] && !either)
      throw new Error(`${id} should be ${expected[id]} and is ${came[id]}.`)
  }
  const subtasks = [...reference.nodes.values()].filter(({ covers }) => covers === undefined)
  const many = (status: string): number => subtasks.filter(({ id }) => came[id] === status).length
  const recount = {
    planned: subtasks.length,
    succeeded: many('succeeded'),
    failed: many('failed'),
    skipped: many('skipped'),
    cancelled: 0,
  }
  same('subtasks', report.subtasks, recount)
  same('attempts', report.attempts, counts)
  const faults = accountingFaults(report)
  if (faults.length > 0) throw new Error(faults.join(' '))
}

function same(
  what: string,
  said: Readonly<Record<string, number | undefined>>,
  counted: Readonly<Record<string, number>>,
): void {
  for (const [key, count] of Object.entries(counted)) {
    if (said[key] !== count)
      throw new Error(`The report has ${said[key]} ${what} ${key}, and there were ${count}.`)
  }
}
