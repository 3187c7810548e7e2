import { describe, expect, it } from 'vitest'
import { MIXES, simulatePlans } from './simulate-votes.ts'

/*
 * A small part of `test/bench/reliability-rule.ts`: 12 plans a row at most, so that a rule that has become bold or dear is
 * noticed at once. With a true success of .94 or more, fewer than 9 of 12 happen once in a few thousand rows.
 */
describe.each([
  ['all .97793', false, 4.5],
  ['all .97793', true, 3.4],
  ['Beta(44, 1)', false, 4.7],
  ['95 % .995, 5 % .6', false, 16],
  ['99 % .999, 1 % .58', false, 9.4],
] as const)('the rule on %s, warm: %s', (name, warm, attempts) => {
  it.each([
    [1, 'any', 1],
    [64, 'any', 1.07],
    [1000, 'oldest', 1.25],
  ] as const)('%i in flight, %s first', (inFlight, order, dearer) => {
    const draw = MIXES[name]?.draw
    if (draw === undefined) throw new Error(`No mix is called ${name}.`)
    const plan = { subtasks: 1000, target: 0.9, seed: 'test', plans: warm ? 6 : 12 }
    const result = simulatePlans({ ...plan, draw, warm, inFlight, order })
    expect(result.success).toBeGreaterThanOrEqual(0.74)
    expect(result.attempts).toBeLessThan(attempts * dearer)
    expect(result.predicted).toBeGreaterThan(0.9)
    expect(result.predicted).toBeLessThan(0.995)
  })
})
