import type { Between } from '@kilostep/testing'
import type { Journal, JournalEvent, RunLog } from 'kilostep'
import { type Bug, every } from './bug.ts'

type Append = RunLog['append']

/** A journal whose appends go another way. */
function appending(change: (append: Append, log: RunLog) => Append): Between {
  return logging((log) => withAppend(log, change(log.append.bind(log), log)))
}

function withAppend(log: RunLog, append: Append): RunLog {
  return {
    append,
    read: (from) => log.read(from),
    close: () => log.close(),
    get length() {
      return log.length
    },
  }
}

function logging(change: (log: RunLog, reopen: () => Promise<RunLog>) => RunLog): Between {
  return {
    journal: (journal: Journal) => ({
      ...journal,
      create: (run) => change(journal.create(run), () => journal.open(run)),
      open: async (run) => change(await journal.open(run), () => journal.open(run)),
    }),
  }
}

/** Nobody minds that it fails, because nobody waits for it. */
function unheeded(promise: Promise<void> | undefined): void {
  promise?.catch(() => undefined)
}

export const journalBugs: readonly Bug[] = [
  {
    name: 'acknowledge-first',
    what: 'an append is acknowledged before it is written',
    between: () => appending((append) => (events) => void unheeded(append(events))),
  },
  {
    name: 'no-sync',
    what: 'what is written is not synced, so a crash takes the last of it',
    between: () => ({
      disk(disk) {
        const lose = disk.lose.bind(disk)
        disk.lose = (log, uniform) => {
          lose(log, uniform)
          log.frames.length = Math.max(0, log.frames.length - 2)
        }
      },
    }),
  },
  {
    name: 'torn-taken-as-good',
    what: 'the whole events of a torn append are taken, and the rest of it is not missed',
    between: () => ({
      disk(disk) {
        const recover = disk.recover.bind(disk)
        disk.recover = (log) => {
          for (const [place, frame] of log.frames.entries()) {
            const events = salvaged(frame.text)
            if (events.length === frame.count || events.length === 0) continue
            log.frames.splice(place, 1)
            log.length -= frame.count
            disk.write(log, events)
          }
          recover(log)
        }
      },
    }),
  },
  {
    name: 'torn-throws',
    what: 'a torn append cannot be read, and that is an error',
    between: () => ({
      disk(disk) {
        const recover = disk.recover.bind(disk)
        disk.recover = (log) => {
          for (const { text } of log.frames) JSON.parse(text)
          recover(log)
        }
      },
    }),
  },
  {
    name: 'append-in-pieces',
    what: 'the events of one append are written one by one, and a crash may come between them',
    between: () => ({
      disk(disk) {
        const write = disk.write.bind(disk)
        disk.write = (log, events) => {
          const frames = events.map((event) => write(log, [event]))
          const last = frames.at(-1) ?? write(log, [])
          // The sync that follows is told of the last one only.
          for (const frame of frames) if (frame !== last) frame.synced = false
          return last
        }
        const sync = disk.sync.bind(disk)
        disk.sync = (log, frames) =>
          sync(log, frames === undefined ? undefined : log.frames.filter(({ synced }) => !synced))
      },
    }),
  },
  {
    name: 'lost-append',
    what: 'every 15th append is acknowledged and never written',
    between: () => {
      const lost = every(15)
      return appending((append) => (events) => (lost() ? undefined : append(events)))
    },
  },
  {
    name: 'doubled-append',
    what: 'every 15th append is written twice',
    between: () => {
      const doubled = every(15)
      return appending((append) => (events) => append(doubled() ? [...events, ...events] : events))
    },
  },
  {
    name: 'appends-swapped',
    what: 'two appends that wait together change places',
    between: () => {
      const swapped = every(6)
      let held:
        | { events: readonly JournalEvent[]; done: (appended: Promise<void> | undefined) => void }
        | undefined
      return appending((append) => (events) => {
        if (held === undefined && swapped()) {
          return new Promise<void>((resolve, reject) => {
            held = { events, done: (appended) => void Promise.resolve(appended).then(resolve, reject) }
          })
        }
        const appended = append(events)
        const before = held
        held = undefined
        if (before !== undefined) before.done(append(before.events))
        return appended
      })
    },
  },
  {
    name: 'failure-swallowed',
    what: 'an append that fails is taken for one that did not',
    between: () => appending((append) => (events) => append(events)?.catch(() => undefined)),
  },
  {
    name: 'zombie-writes-on',
    what: 'a host that slept while another took its run over goes on writing',
    between: () => ({
      disk(disk) {
        const set = disk.logs.set.bind(disk.logs)
        disk.logs.set = (run, log) => {
          let holder = log.holder
          Object.defineProperty(log, 'holder', {
            get: () => holder,
            set(next: typeof holder) {
              holder = next
              // Nobody is ever taken for alive.
              if (next !== undefined) Object.defineProperty(next, 'alive', { value: false })
            },
          })
          return set(run, log)
        }
      },
      ...logging((first, reopen) => {
        let log = first
        return withAppend(first, (events) =>
          Promise.resolve(log.append(events)).catch(async (error: { code?: string }) => {
            if (error.code !== 'run-taken') throw error
            log = await reopen()
            await log.append(events)
          }),
        )
      }),
    }),
  },
  {
    name: 'last-event-unread',
    what: 'a run that is resumed does not see the last event of its journal',
    between: () =>
      logging((log) => ({
        ...withAppend(log, log.append.bind(log)),
        async *read(from) {
          let last: JournalEvent | undefined
          for await (const event of log.read(from)) {
            if (last !== undefined) yield last
            last = event
          }
        },
      })),
  },
  {
    name: 'answer-shortened',
    what: 'the journal keeps no empty lists, so answers come back without them',
    between: () =>
      appending((append) => (events) => {
        const keep = (_key: string, value: unknown): unknown =>
          Array.isArray(value) && value.length === 0 ? undefined : value
        return append(
          events.map((event) =>
            event.type === 'attempt-succeeded'
              ? (JSON.parse(JSON.stringify(event, keep)) as JournalEvent)
              : event,
          ),
        )
      }),
  },
]

/** The events that are whole at the beginning of a piece of text. */
function salvaged(text: string): JournalEvent[] {
  for (let end = text.length; end > 0; end--) {
    if (text[end - 1] !== '}' && text[end - 1] !== ']') continue
    try {
      const piece = text.slice(0, end)
      return JSON.parse(piece.endsWith(']') ? piece : `${piece}]`) as JournalEvent[]
    } catch {
      // Not the end of an event.
    }
  }
  return []
}
