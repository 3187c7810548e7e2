import type { JournalEvent } from '@kilostep/core'

const blockSize = 65_536
const kinds = ['attempt-started', 'attempt-succeeded', 'subtask-succeeded'] as const
const other = kinds.length

/**
 * Events as columns. Three in four events of a large run are of three simple types, and millions of small objects
 * would take six times the memory; they are made again when they are read.
 */
export class EventColumns {
  readonly #blocks: Block[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  push(event: JournalEvent): void {
    const place = this.#length++ % blockSize
    if (place === 0) this.#blocks.push(newBlock())
    write(this.#blocks[this.#blocks.length - 1] as Block, place, event)
  }

  at(place: number): JournalEvent {
    return readAt(this.#blocks[Math.floor(place / blockSize)] as Block, place % blockSize)
  }
}

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
  if (kind === other || !isPlain(event)) {
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

/** Without what a column has no room for: costs, fallbacks, and the key and the winner of a vote. */
function isPlain(event: JournalEvent): boolean {
  if (event.type === 'attempt-succeeded') return event.key === undefined && event.spent === undefined
  if (event.type === 'subtask-succeeded') return event.attempt === undefined && event.fallback === undefined
  return true
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
