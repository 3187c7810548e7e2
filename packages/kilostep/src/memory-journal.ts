import type { JournalEvent } from '@kilostep/core'
import type { Journal, RunEntry, RunLog, StoredDecision } from './journal.ts'
import { journalFault } from './journal-faults.ts'
import { PackedEvents } from './packed-events.ts'

/** A journal in memory: fast, and gone with the process. A run that nobody has any more is forgotten. */
export function memoryJournal(): Journal {
  // The run itself keeps its log: when nobody has the run any more, its events can go.
  const runs = new Map<string, WeakRef<Store>>()
  const known = (run: string): Store => {
    const store = runs.get(run)?.deref()
    if (store === undefined) throw journalFault.unknown(run, 'memory')
    return store
  }
  return {
    create(run) {
      if (runs.get(run)?.deref() !== undefined) throw journalFault.exists(run)
      const store: Store = { run, events: new PackedEvents(), owner: undefined, ended: undefined, inbox: [] }
      runs.set(run, new WeakRef(store))
      return new MemoryLog(store)
    },
    async open(run) {
      return new MemoryLog(known(run))
    },
    async runs() {
      const stores = [...runs.values()].map((store) => store.deref())
      const entries = stores.filter((store) => store !== undefined && store.events.length > 0) as Store[]
      return entries.map(entryOf).sort((a, b) => b.startedAt - a.startedAt)
    },
    async decide(run, decision) {
      const { inbox } = known(run)
      inbox.push({ ...decision, id: (inbox.at(-1)?.id ?? 0) + 1 })
    },
    async delete(run) {
      if (known(run).owner !== undefined) throw journalFault.taken(run, 'another engine of this process')
      runs.delete(run)
    },
  }
}

interface Store {
  readonly run: string
  readonly events: PackedEvents
  owner: MemoryLog | undefined
  ended: RunEntry['status'] | undefined
  inbox: StoredDecision[]
}

function entryOf({ run, events, owner, ended }: Store): RunEntry {
  const [started] = events.from(0) as Iterable<JournalEvent> as [JournalEvent]
  return {
    run,
    plan: started.type === 'run-started' ? started.plan.name : '',
    startedAt: started.at,
    status: ended ?? 'open',
    taken: owner !== undefined,
    events: events.length,
  }
}

class MemoryLog implements RunLog {
  readonly #store: Store
  #length: number

  constructor(store: Store) {
    this.#store = store
    this.#length = store.events.length
  }

  get length(): number {
    return this.#length
  }

  append(events: readonly JournalEvent[]): Promise<void> | undefined {
    const { run, owner, events: kept } = this.#store
    if ((owner !== undefined && owner !== this) || kept.length !== this.#length) {
      return Promise.reject(journalFault.taken(run, 'another engine of this process'))
    }
    this.#store.owner = this
    for (const event of events) {
      kept.push(event)
      if (event.type === 'run-finished') this.#store.ended = event.status
    }
    this.#length = kept.length
    return undefined
  }

  *read(from: number): Generator<JournalEvent, void, undefined> {
    let place = from
    for (const event of this.#store.events.from(from)) {
      // What another host has appended since is not this one's to tell.
      if (place++ >= this.#length) return
      yield event
    }
  }

  async decisions(): Promise<readonly StoredDecision[]> {
    return [...this.#store.inbox]
  }

  forget(ids: readonly number[]): undefined {
    this.#store.inbox = this.#store.inbox.filter(({ id }) => !ids.includes(id))
  }

  async close(): Promise<void> {
    if (this.#store.owner === this) this.#store.owner = undefined
  }
}
