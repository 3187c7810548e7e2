import { inputOf, nodeOf, policyOf, type RunState, status } from '@kilostep/core'
import type { Journal, JournalEvent, RunLog, Worker } from 'kilostep'
import type { Breach, Invariant } from './breach.ts'
import type { Call } from './call.ts'
import type { SimulatedHost } from './host.ts'
import { LogRules } from './log-rules.ts'
import { sampleOf } from './node-history.ts'
import type { CallWatcher } from './stand-in.ts'
import type { World } from './world.ts'

/**
 * Sees a simulated run from outside: what the disk holds, what was acknowledged, which workers were called. Holds all
 * of it against the invariants, and shares nothing with the engine but the core's fold, on a state of its own.
 */
export class Observer implements CallWatcher {
  readonly #world: World
  readonly #engineConcurrency: number
  readonly #holds: (host: SimulatedHost) => boolean
  readonly #rules: LogRules
  readonly #calls = new Map<string, Call>()
  readonly #running = new Map<Call, number>()
  readonly #acknowledged: JournalEvent[] = []
  #usd = 0
  #tokens = 0
  breached: Breach | undefined

  /** @param holds whether the run is that host's now. */
  constructor(
    world: World,
    workers: readonly Worker[],
    engineConcurrency: number,
    holds: (host: SimulatedHost) => boolean,
  ) {
    this.#holds = holds
    const rates = new Map(workers.map(({ name, rate }) => [name, rate]))
    this.#world = world
    this.#engineConcurrency = engineConcurrency
    const observer = this
    this.#rules = new LogRules({
      breach: (invariant, message) => this.breach(invariant, message),
      callOf: (subtask, attempt) => this.#calls.get(keyOf(subtask, attempt)),
      rateOf: (worker) => rates.get(worker),
      get concurrency() {
        return Math.min(engineConcurrency, observer.state.options.concurrency ?? engineConcurrency)
      },
    })
  }

  /** The run as its durable events tell it. */
  get state(): RunState {
    return this.#rules.state
  }

  get started(): number {
    return this.#rules.started
  }

  get calls(): number {
    return this.#calls.size
  }

  accepted(): Iterable<[string, string]> {
    return this.#rules.accepted()
  }

  /** The first one counts: what follows from it says nothing. */
  breach(invariant: Invariant, message: string): void {
    if (this.breached !== undefined) return
    this.breached = { invariant, message }
    this.#world.log(`broken: ${invariant} ${message}`)
  }

  /** Events are on the disk for good. */
  durable(events: readonly JournalEvent[], first: number): void {
    if (first !== this.#rules.length) {
      const gone = first < this.#rules.length
      const message = `Event ${first} was written where event ${this.#rules.length} belongs.`
      this.breach(gone ? 1 : 11, gone ? `${message} What was there is gone.` : message)
      return
    }
    for (const event of events) {
      this.#world.log(`durable ${told(event)}`)
      this.#rules.read(event)
    }
  }

  called(call: Call): void {
    const { subtask, attempt, host, worker } = call
    const key = keyOf(subtask, attempt)
    // Its limit is that of its beginning: another host may have given the subtask to another worker meanwhile.
    const node = nodeOf(this.state.graph, subtask)
    const timeoutMs = node === undefined ? Number.POSITIVE_INFINITY : policyOf(this.state, node).timeoutMs
    this.#running.set(call, timeoutMs)
    this.#limits(call)
    const history = node === undefined ? undefined : this.#rules.historyOf(node)
    if (node === undefined || !history?.open.has(attempt)) {
      // A host that slept while another took its run over may still begin what was durable before it fell asleep.
      const belated = history !== undefined && history.attempts >= attempt && !this.#holds(host)
      if (!belated)
        this.breach(5, `Attempt ${attempt} of ${subtask} was performed before its start was durable.`)
      return
    }
    if (this.#calls.has(key)) this.breach(4, `Attempt ${attempt} of ${subtask} was performed twice.`)
    this.#calls.set(key, call)
    if (call.idempotencyKey !== `${this.state.run}/${subtask}/${sampleOf(history, attempt)}`)
      this.breach(6, `The idempotency key of attempt ${attempt} of ${subtask} is ${call.idempotencyKey}.`)
    if (worker.effects === 'once' && history.unsure.size > 0)
      this.breach(6, `${subtask} was repeated, and nobody knows how it had ended.`)
    if (worker.input !== undefined || this.state.status[node] !== status.running) return
    const expected = JSON.stringify(inputOf(this.state, node).input)
    if (JSON.stringify(call.input) !== expected)
      this.breach(
        2,
        `${subtask} was given ${JSON.stringify(call.input)} on ${host.name}, and should have got ${expected}.`,
      )
  }

  charged(usd: number, tokens: number): void {
    this.#usd += usd
    this.#tokens += tokens
    const { budget } = this.state.options
    if (budget?.usd !== undefined && this.#usd > budget.usd * (1 + 1e-9))
      this.breach(7, `${this.#usd} US dollars were spent of ${budget.usd}.`)
    if (budget?.tokens !== undefined && this.#tokens > budget.tokens)
      this.breach(7, `${this.#tokens} tokens were spent of ${budget.tokens}.`)
  }

  /** Looks at what must hold at every moment. */
  look(): void {
    for (const [call, timeoutMs] of this.#running) {
      const { host, startedAt, subtask, attempt, context } = call
      if (!call.running || host.state === 'down') {
        this.#running.delete(call)
        continue
      }
      if (host.state !== 'up') continue
      if (host.now() > startedAt + timeoutMs && !context.signal.aborted)
        this.breach(9, `Attempt ${attempt} of ${subtask} goes on after its ${timeoutMs} ms.`)
    }
  }

  /** The journal, but what it acknowledges is remembered, and looked for when it is read again. */
  watched(journal: Journal, host: SimulatedHost): Journal {
    const watch = (log: RunLog): RunLog => {
      let next = log.length
      return {
        append: (events) => {
          const first = next
          next += events.length
          const appended = log.append(events)
          if (appended === undefined) this.#acknowledge(events, first)
          else
            appended.then(
              () => this.#acknowledge(events, first),
              (error) => this.#world.log(`${host.name} cannot write: ${(error as Error).message}`),
            )
          return appended
        },
        read: (from) => (from === 0 ? this.#compared(log) : log.read(from)),
        close: () => log.close(),
        get length() {
          return log.length
        },
      }
    }
    return {
      ...journal,
      create: (run) => watch(journal.create(run)),
      open: async (run) => watch(await journal.open(run)),
    }
  }

  #acknowledge(events: readonly JournalEvent[], first: number): void {
    for (const [i, event] of events.entries()) this.#acknowledged[first + i] = event
  }

  async *#compared(log: RunLog): AsyncGenerator<JournalEvent, void, undefined> {
    let place = 0
    for await (const event of log.read(0)) {
      const before = this.#acknowledged[place++]
      if (before !== undefined && JSON.stringify(before) !== JSON.stringify(event))
        this.breach(2, `${told(before)} was acknowledged, and is now ${told(event)}.`)
      yield event
    }
    const missing = this.#acknowledged[place]
    if (missing !== undefined) this.breach(1, `${told(missing)} was acknowledged, and is gone.`)
  }

  #limits({ host, worker }: Call): void {
    let all = 0
    let own = 0
    for (const other of this.#running.keys()) {
      if (!other.running || other.host !== host) continue
      all++
      if (other.worker === worker) own++
    }
    if (all > this.#engineConcurrency)
      this.breach(8, `${all} attempts run on ${host.name}, and ${this.#engineConcurrency} may.`)
    const { concurrency, name } = worker
    if (concurrency !== undefined && own > concurrency)
      this.breach(8, `${own} attempts of ${name} run on ${host.name}, and ${concurrency} may.`)
  }
}

function keyOf(subtask: string, attempt: number): string {
  return `${subtask} ${attempt}`
}

function told(event: JournalEvent): string {
  const { node, attempt } = event as { node?: number; attempt?: number }
  return `${event.type}${node === undefined ? '' : ` ${node}`}${attempt === undefined ? '' : ` ${attempt}`}`
}
