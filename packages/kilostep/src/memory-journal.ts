import { type JournalEvent, KilostepError } from '@kilostep/core'
import type { Journal, RunLog } from './journal.ts'

/** A journal in memory: fast, and gone with the process. */
export function memoryJournal(): Journal {
  const runs = new Map<string, WeakRef<RunLog>>()
  return {
    create(run) {
      if (runs.get(run)?.deref() !== undefined) {
        throw new KilostepError('run-exists', `There is a run "${run}" already. Give the new one another id.`)
      }
      const log = memoryLog()
      // The run itself keeps its log: when nobody has the run any more, its events can go.
      runs.set(run, new WeakRef(log))
      return log
    },
  }
}

const blockSize = 65_536

function memoryLog(): RunLog {
  // Blocks, because growing one array of millions copies it again and again.
  const blocks: JournalEvent[][] = []
  let last: JournalEvent[] = []
  let length = 0
  return {
    append(events) {
      for (const event of events) {
        if (length % blockSize === 0) blocks.push((last = []))
        last.push(event)
        length++
      }
      return undefined
    },
    *read(from) {
      for (let at = from; at < length; at++) {
        yield (blocks[Math.floor(at / blockSize)] as JournalEvent[])[at % blockSize] as JournalEvent
      }
    },
    get length() {
      return length
    },
  }
}
