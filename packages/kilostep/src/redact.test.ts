import { expect, it } from 'vitest'
import { definePlan } from './define-plan.ts'
import { createEngine } from './engine.ts'
import { memoryJournal } from './memory-journal.ts'
import { withoutFields } from './redact.ts'
import { defineWorker } from './worker.ts'

it.each([
  [{ a: 1, b: { c: 2 } }, ['b.c'], { a: 1, b: { c: '[redacted]' } }],
  [
    { people: [{ email: 'x', name: 'n' }, { name: 'm' }] },
    ['people.*.email'],
    { people: [{ email: '[redacted]', name: 'n' }, { name: 'm' }] },
  ],
  [['a', 'b'], ['1'], ['a', '[redacted]']],
  [{ a: { x: 1 }, b: { x: 2 } }, ['*.x', 'b'], { a: { x: '[redacted]' }, b: '[redacted]' }],
  ['text', ['a.b'], 'text'],
  [null, ['*'], null],
  [
    JSON.parse('{"__proto__": {"x": 1}}'),
    ['__proto__.x', 'constructor.name'],
    JSON.parse('{"__proto__": {"x": "[redacted]"}}'),
  ],
])('%j without %j', (value, paths, expected) => {
  const before = JSON.stringify(value)
  expect(JSON.stringify(withoutFields(value, paths))).toBe(JSON.stringify(expected))
  expect(JSON.stringify(value)).toBe(before)
})

it('a redacted field is judged and voted on, but neither written down nor handed on', async () => {
  const judged: unknown[] = []
  const look = defineWorker({
    name: 'look',
    redact: ['card.number'],
    policy: { vote: { margin: 2 } },
    run: () => ({ card: { number: '4111 1111', holder: 'Ann' } }),
    verify: (answer) => judged.push(answer.card.number) > 0,
    key: ({ card }) => card.holder,
  })
  const use = defineWorker({ name: 'use', run: (answer: unknown) => answer })
  const journal = memoryJournal()
  const plan = definePlan('cards', (p) => p.subtask(use, p.subtask(look, undefined)))
  const run = createEngine({ journal }).start(plan, { run: 'r' })
  expect((await run.result).output).toEqual({ card: { number: '[redacted]', holder: 'Ann' } })
  expect(judged).toEqual(['4111 1111', '4111 1111'])
  const events: unknown[] = []
  for await (const event of (await journal.open('r')).read(0)) events.push(event)
  expect(JSON.stringify(events)).not.toContain('4111')
})

it('an answer from outside is redacted as well', async () => {
  const ask = defineWorker({ name: 'ask', redact: ['phone'], policy: { wait: 'answer' }, run: () => ({}) })
  const run = createEngine().start(definePlan('one', (p) => p.subtask(ask, undefined)))
  run.on('decision-awaited', ({ subtask }) => run.decide(subtask, { answer: { phone: '555', name: 'Ann' } }))
  expect((await run.result).output).toEqual({ phone: '[redacted]', name: 'Ann' })
})

it('a path that cannot be is told', () => {
  for (const path of ['', '.a', 'a..b', 'a.'])
    expect(() => defineWorker({ name: 'w', redact: [path], run: () => 1 })).toThrow('redact')
})
