import type { JournalEvent } from '@kilostep/core'
import { EventColumns } from './event-columns.ts'
import type { Journal, RunEntry, RunLog } from './journal.ts'
import { journalFault } from './journal-faults.ts'

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
      const store: Store = { run, events: new EventColumns(), owner: undefined, ended: undefined }
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
    async delete(run) {
      if (known(run).owner !== undefined) throw journalFault.taken(run, 'another engine of this process')
      runs.delete(run)
    },
  }
}

interface Store {
  readonly run: string
  readonly events: EventColumns
  owner: MemoryLog | undefined
  ended: RunEntry['status'] | undefined
}

function entryOf({ run, events, owner, ended }: Store): RunEntry {
  const started = events.at(0)
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
    for (let at = from; at < this.#length; at++) yield this.#store.events.at(at)
  }

  async close(): Promise<void> {
    if (this.#store.owner === this) this.#store.owner = undefined
  }
}
