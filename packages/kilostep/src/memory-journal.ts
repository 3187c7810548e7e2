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
const kinds = ['attempt-started', 'attempt-succeeded', 'subtask-succeeded'] as const
const other = kinds.length

/**
 * Events as columns. Three in four events of a large run are of three simple types, and millions of small objects
 * would take six times the memory; they are made again when they are read.
 */
interface Block {
  readonly kind: Uint8Array
  readonly at: Float64Array
  readonly node: Int32Array
  readonly attempt: Uint16Array
  readonly sample: Uint16Array
  /** Answers of attempts that succeeded, and whole events of all other types. */
  readonly rest: unknown[]
}

function newBlock(): Block {
  return {
    kind: new Uint8Array(blockSize),
    at: new Float64Array(blockSize),
    node: new Int32Array(blockSize),
    attempt: new Uint16Array(blockSize),
    sample: new Uint16Array(blockSize),
    rest: [],
  }
}

function memoryLog(): RunLog {
  const blocks: Block[] = []
  let length = 0
  return {
    append(events) {
      for (const event of events) {
        const place = length++ % blockSize
        if (place === 0) blocks.push(newBlock())
        write(blocks[blocks.length - 1] as Block, place, event)
      }
      return undefined
    },
    *read(from) {
      for (let at = from; at < length; at++) {
        yield readAt(blocks[Math.floor(at / blockSize)] as Block, at % blockSize)
      }
    },
    get length() {
      return length
    },
  }
}

function write(block: Block, place: number, event: JournalEvent): void {
  const { type } = event
  const kind =
    type === 'attempt-started'
      ? 0
      : type === 'attempt-succeeded'
        ? 1
        : type === 'subtask-succeeded'
          ? 2
          : other
  // What a column has no room for: costs, fallbacks, and the key and the winner of a vote.
  const plain = type === 'subtask-succeeded' ? !('attempt' in event) : !('key' in event)
  if (kind === other || !plain || 'spent' in event || 'fallback' in event) {
    block.kind[place] = other
    block.rest[place] = event
    return
  }
  block.kind[place] = kind
  block.at[place] = event.at
  block.node[place] = (event as { node: number }).node
  if (type === 'subtask-succeeded') return
  block.attempt[place] = (event as { attempt: number }).attempt
  if (type === 'attempt-started') block.sample[place] = event.sample
  else block.rest[place] = (event as { answer: unknown }).answer
}

function readAt(block: Block, place: number): JournalEvent {
  const type = kinds[block.kind[place] as number]
  const at = block.at[place] as number
  const node = block.node[place] as number
  const attempt = block.attempt[place] as number
  switch (type) {
    case 'attempt-started':
      return { type, at, node, attempt, sample: block.sample[place] as number }
    case 'attempt-succeeded':
      return { type, at, node, attempt, answer: block.rest[place] }
    case 'subtask-succeeded':
      return { type, at, node }
    default:
      return block.rest[place] as JournalEvent
  }
}
