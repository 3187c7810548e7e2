import type { JournalEvent } from '@kilostep/core'
import { ByteReader, ByteWriter } from './varint.ts'

const blockSize = 8_192
/** The first byte of an event: what it is. */
const kind = {
  started: 0,
  repeated: 1,
  answered: 2,
  answeredAgain: 3,
  accepted: 4,
  acceptedThen: 5,
  other: 6,
  repeatedMore: 7,
  voted: 8,
  elected: 9,
  continued: 10,
  continuedAwaited: 11,
  setAside: 12,
} as const

/**
 * Events as bytes. All but few events of a large run are of a few simple types, and millions of small objects would
 * take twenty times the memory; they are made again when they are read. Node and time are written as the difference to
 * the event before, so that most events take three bytes. Keys of votes are kept once a block, since votes of one
 * subtask come close together and mostly agree.
 */
export class PackedEvents {
  readonly #blocks: Block[] = []
  #last: Block | undefined
  /** Where the keys of the last block are. */
  readonly #keys = new Map<string, number>()
  #length = 0
  #at = 0
  #node = 0

  get length(): number {
    return this.#length
  }

  /** What the events take, without answers and events of other types, in bytes. */
  get byteLength(): number {
    return this.#blocks.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  push(event: JournalEvent): void {
    let block = this.#last
    if (block === undefined || block.count === blockSize) {
      block = { bytes: new ByteWriter(), rest: [], keys: [], count: 0 }
      this.#last?.bytes.fit()
      this.#keys.clear()
      this.#last = block
      this.#blocks.push(block)
      this.#at = 0
      this.#node = 0
    }
    block.count++
    this.#length++
    this.#write(block, event)
  }

  /** The events from the place `from` on, those among them that are appended meanwhile. */
  *from(from: number): Generator<JournalEvent, void, undefined> {
    for (let at = Math.floor(from / blockSize); at < this.#blocks.length; at++) {
      let place = at * blockSize
      for (const event of eventsOf(this.#blocks[at] as Block)) if (place++ >= from) yield event
    }
  }

  #write(block: Block, event: JournalEvent): void {
    const { bytes, rest } = block
    switch (event.type) {
      case 'attempt-started': {
        const { attempt, sample, more } = event
        if (!isWhole(event.at) || event.hedge !== undefined) break
        const first = attempt === 1 && sample === 1 && more === undefined
        const again = more === undefined ? kind.repeated : kind.repeatedMore
        this.#head(bytes, first ? kind.started : again, event.at, event.node)
        if (first) return
        bytes.unsigned(attempt)
        bytes.unsigned(sample)
        return
      }
      case 'attempt-succeeded': {
        const { key, spent, confidence, alternatives, doubted } = event
        const more = spent ?? confidence ?? alternatives ?? doubted
        if (more !== undefined || !isWhole(event.at)) break
        if (key !== undefined) {
          this.#head(bytes, kind.voted, event.at, event.node)
          bytes.unsigned(event.attempt)
          bytes.unsigned(this.#placeOf(key, block))
          rest.push(event.answer)
          return
        }
        this.#head(bytes, event.attempt === 1 ? kind.answered : kind.answeredAgain, event.at, event.node)
        if (event.attempt !== 1) bytes.unsigned(event.attempt)
        rest.push(event.answer)
        return
      }
      case 'subtask-succeeded': {
        if (event.fallback !== undefined || !isWhole(event.at)) break
        if (event.attempt !== undefined) {
          this.#head(bytes, kind.elected, event.at, event.node)
          bytes.unsigned(event.attempt)
        } else if (event.at === this.#at && event.node === this.#node) bytes.byte(kind.acceptedThen)
        else this.#head(bytes, kind.accepted, event.at, event.node)
        return
      }
      case 'vote-continued':
      case 'vote-set-aside': {
        if (!isWhole(event.at)) break
        const what = event.type === 'vote-set-aside' ? kind.setAside : continuedAs(event.awaited)
        this.#head(bytes, what, event.at, event.node)
        return
      }
    }
    bytes.byte(kind.other)
    rest.push(event)
  }

  #placeOf(key: string, { keys }: Block): number {
    const known = this.#keys.get(key)
    if (known !== undefined) return known
    this.#keys.set(key, keys.length)
    return keys.push(key) - 1
  }

  #head(bytes: ByteWriter, what: number, at: number, node: number): void {
    bytes.byte(what)
    bytes.signed(at - this.#at)
    bytes.signed(node - this.#node)
    this.#at = at
    this.#node = node
  }
}

interface Block {
  readonly bytes: ByteWriter
  /** Answers of attempts that succeeded, and whole events of all other types, in their order. */
  readonly rest: unknown[]
  /** Keys of votes, each once. */
  readonly keys: string[]
  count: number
}

/** Whether a time can be written as a difference: a clock of the user's may say anything. */
function isWhole(at: number): boolean {
  return Number.isInteger(at) && Math.abs(at) <= 2 ** 50
}

function continuedAs(awaited: true | undefined): number {
  return awaited ? kind.continuedAwaited : kind.continued
}

function* eventsOf({ bytes, rest, keys }: Block): Generator<JournalEvent, void, undefined> {
  const reader = new ByteReader(bytes)
  let at = 0
  let node = 0
  let taken = 0
  while (!reader.done) {
    const what = reader.byte()
    if (what === kind.other) {
      yield rest[taken++] as JournalEvent
      continue
    }
    if (what !== kind.acceptedThen) {
      at += reader.signed()
      node += reader.signed()
    }
    switch (what) {
      case kind.started:
        yield { type: 'attempt-started', at, node, attempt: 1, sample: 1 }
        break
      case kind.repeated:
        yield { type: 'attempt-started', at, node, attempt: reader.unsigned(), sample: reader.unsigned() }
        break
      case kind.repeatedMore: {
        const attempt = reader.unsigned()
        yield { type: 'attempt-started', at, node, attempt, sample: reader.unsigned(), more: true }
        break
      }
      case kind.answered:
        yield { type: 'attempt-succeeded', at, node, attempt: 1, answer: rest[taken++] }
        break
      case kind.answeredAgain:
        yield { type: 'attempt-succeeded', at, node, attempt: reader.unsigned(), answer: rest[taken++] }
        break
      case kind.voted: {
        const attempt = reader.unsigned()
        const key = keys[reader.unsigned()] as string
        yield { type: 'attempt-succeeded', at, node, attempt, answer: rest[taken++], key }
        break
      }
      case kind.elected:
        yield { type: 'subtask-succeeded', at, node, attempt: reader.unsigned() }
        break
      case kind.continued:
        yield { type: 'vote-continued', at, node }
        break
      case kind.continuedAwaited:
        yield { type: 'vote-continued', at, node, awaited: true }
        break
      case kind.setAside:
        yield { type: 'vote-set-aside', at, node }
        break
      default:
        yield { type: 'subtask-succeeded', at, node }
    }
  }
}
