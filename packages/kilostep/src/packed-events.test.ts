import type { JournalEvent } from '@kilostep/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PackedEvents } from './packed-events.ts'

const at = fc.oneof(
  { arbitrary: fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_100 }), weight: 4 },
  fc.constantFrom(0, -5, 0.25, 2 ** 53, Number.MAX_VALUE),
)
const node = fc.oneof(fc.nat(5), fc.nat(2 ** 31 - 1))
const attempt = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 200_000 }))
const event: fc.Arbitrary<JournalEvent> = fc.oneof(
  fc.record({ type: fc.constant('attempt-started' as const), at, node, attempt, sample: attempt }),
  fc.record(
    {
      type: fc.constant('attempt-succeeded' as const),
      at,
      node,
      attempt,
      answer: fc.jsonValue(),
      key: fc.string(),
      spent: fc.constant({ usd: 1, tokens: 2 }),
    },
    { requiredKeys: ['type', 'at', 'node', 'attempt', 'answer'] },
  ),
  fc.record(
    { type: fc.constant('subtask-succeeded' as const), at, node, attempt },
    { requiredKeys: ['type', 'at', 'node'] },
  ),
  fc.record(
    { type: fc.constant('vote-continued' as const), at, node, awaited: fc.constant(true as const) },
    { requiredKeys: ['type', 'at', 'node'] },
  ),
  fc.record({ type: fc.constant('vote-set-aside' as const), at, node }),
  fc.record({ type: fc.constant('run-paused' as const), at }),
)

it('gives back what it was given, from every place on', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), fc.nat(60), (events, from) => {
      const packed = new PackedEvents()
      for (const one of events) packed.push(one)
      expect(packed.length).toBe(events.length)
      expect([...packed.from(from)]).toEqual(events.slice(from))
    }),
  )
})

it('keeps its place across blocks, and tells what is appended while it is read', () => {
  const packed = new PackedEvents()
  const accepted = (n: number): JournalEvent => ({ type: 'subtask-succeeded', at: 1_000 + n, node: n })
  for (let n = 0; n < 8_190; n++) packed.push(accepted(n))
  const reader = packed.from(8_185)
  const read: JournalEvent[] = []
  for (let n = 8_190; n < 16_400; n++) {
    packed.push(accepted(n))
    read.push(reader.next().value as JournalEvent)
  }
  for (const left of reader) read.push(left)
  expect(read).toEqual(Array.from({ length: 16_400 - 8_185 }, (_, i) => accepted(8_185 + i)))
})

it('takes some bytes for a vote too, and keeps a key once however many share it', () => {
  const packed = new PackedEvents()
  for (let n = 0; n < 100_000; n++) {
    const node = n >> 2
    const attempt = (n & 3) + 1
    packed.push({ type: 'attempt-started', at: 1_700_000_000_000 + n, node, attempt, sample: attempt })
    packed.push({
      type: 'attempt-succeeded',
      at: 1_700_000_000_000 + n,
      node,
      attempt,
      answer: node,
      key: `${node}`,
    })
    packed.push({ type: 'vote-continued', at: 1_700_000_000_000 + n, node })
  }
  expect(packed.byteLength / 300_000).toBeLessThan(5)
  const read = [...packed.from(299_998)]
  expect(read[0]).toMatchObject({ answer: 24_999, key: '24999', attempt: 4 })
})

it('takes some bytes an event, not some dozens', () => {
  const packed = new PackedEvents()
  for (let n = 0; n < 100_000; n++) {
    packed.push({ type: 'attempt-started', at: 1_700_000_000_000 + n, node: n, attempt: 1, sample: 1 })
    packed.push({ type: 'attempt-succeeded', at: 1_700_000_000_000 + n, node: n, attempt: 1, answer: n })
    packed.push({ type: 'subtask-succeeded', at: 1_700_000_000_000 + n, node: n })
  }
  expect(packed.byteLength / 300_000).toBeLessThan(3)
})
