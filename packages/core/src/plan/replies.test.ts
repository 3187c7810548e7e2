import fc from 'fast-check'
import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import { readReply } from './read-reply.ts'
import { repairPlan } from './repair.ts'

/** How many replies are tried: the property holds for any number. */
const numRuns = 10_000

const workers = new Map(
  ['read', 'Image Search', 'merge'].map((name) => [name, { name, input: z.object({ url: z.string() }) }]),
)

const name = fc.constantFrom(
  'read',
  'READ',
  'Image Search',
  'imagesearch',
  'merge',
  'a',
  'b',
  'A ',
  'nope',
  '',
)
const hostile = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  '$from',
  '$item',
  '$literal',
  'toString',
)
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(name, fc.integer(), fc.constantFrom(null, true, 1e308, -0)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(hostile, fc.string({ maxLength: 4 })), tie('value'), { maxKeys: 4 }),
    fc.record({ $from: name, path: fc.array(fc.oneof(name, hostile), { maxLength: 2 }) }),
  ),
})).value
const oddly = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 40, arbitrary: usual }, { weight: 1, arbitrary: value })
const rarely = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Record<string, unknown>> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: fc.record(fields, { requiredKeys: [] }) },
  )
const subtask = fc
  .tuple(
    fc.record({
      id: oddly(fc.constantFrom('a', 'b', 'c', 'd e', 'F')),
      worker: oddly(name),
      input: oddly(fc.record({ url: oddly(name) })),
      needs: oddly(fc.array(fc.constantFrom('a', 'A', 'b', 'DE', 'f'), { maxLength: 2 })),
    }),
    rarely({
      map: fc.record({ over: value }),
      when: fc.record({ value }),
      fallback: value,
      policy: value,
    }),
  )
  .map((parts) => Object.assign({}, ...parts) as unknown)
const plan = fc
  .tuple(
    fc.record({
      kilostep: oddly(fc.constant(1)),
      name: oddly(name),
      subtasks: oddly(fc.array(oddly(subtask), { maxLength: 4 })),
    }),
    rarely({
      checks: fc.array(oddly(fc.record({ id: name, worker: name, covers: fc.array(name) })), {
        maxLength: 2,
      }),
      output: value,
      workers: value,
    }),
  )
  .map((parts) => Object.assign({}, ...parts) as unknown)
const json = oddly(plan).map((data) => JSON.stringify(data) ?? '')
const reply = fc
  .record({
    json,
    before: fc.oneof(fc.constantFrom('', 'Sure! ', '```json\n', 'Use {x}: ', '{"a": '), fc.string()),
    after: fc.oneof(fc.constantFrom('', '\n```', '\nDone.', '}'), fc.string()),
    cut: fc.option(fc.nat(400), { freq: 4 }),
    again: fc.boolean(),
  })
  .map(({ json, before, after, cut, again }) => {
    const text = `${before}${json}${again ? json : ''}${after}`
    return cut === null ? text : text.slice(0, cut)
  })

const untouched = JSON.stringify(Object.getOwnPropertyNames(Object.prototype))
afterEach(() => {
  expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(untouched)
})

it('any reply gives a plan or its faults, and touches no prototype', () => {
  let plans = 0
  fc.assert(
    fc.property(reply, (text) => {
      const { value: data, faults } = readReply(text)
      if (faults.length > 0) return
      const repaired = repairPlan(data, { workers })
      expect(repaired.plan === undefined).toBe(repaired.faults.length > 0)
      if (repaired.plan === undefined) return
      plans++
      // What was mended needs no mending, and says the same of itself.
      expect(repairPlan(repaired.plan, { workers })).toMatchObject({ mended: [], faults: [] })
      expect(({} as Record<string, unknown>)['url']).toBeUndefined()
    }),
    { numRuns },
  )
  // It would hold as well if nothing were ever taken.
  expect(plans).toBeGreaterThan(numRuns / 200)
})
