import { expect, it } from 'vitest'
import { kindsPosterior } from './kinds.ts'

it('gives Beta(2, 1) after one clean run of everything, however the plan is divided', () => {
  for (const kinds of [[1000], [10, 90, 900], [1, 1, 1, 1]]) {
    const clean = kinds.map((subtasks) => ({ subtasks, successes: subtasks, failures: 0 }))
    const { mean, low, high } = kindsPosterior(clean)
    expect(mean).toBeCloseTo(2 / 3, 2)
    // Within 0.01 for kinds of one subtask each, the worst case of the approximation.
    expect(Math.abs(low - Math.sqrt(0.025))).toBeLessThan(0.01)
    expect(Math.abs(high - Math.sqrt(0.975))).toBeLessThan(0.01)
  }
})

it('is uniform where nothing was seen', () => {
  const { mean, low, high } = kindsPosterior([{ subtasks: 50, successes: 0, failures: 0 }])
  expect(mean).toBeCloseTo(0.5, 2)
  expect(low).toBeCloseTo(0.025, 3)
  expect(high).toBeCloseTo(0.975, 3)
})

it('comes to the product of the rates where much was seen', () => {
  const { mean, low, high } = kindsPosterior([{ subtasks: 10, successes: 977_930, failures: 22_070 }])
  expect(mean).toBeCloseTo(0.8, 3)
  expect(high - low).toBeLessThan(0.01)
})

it('refuses counts that cannot be', () => {
  expect(() => kindsPosterior([])).toThrow('kinds is empty')
  expect(() => kindsPosterior([{ subtasks: 0, successes: 0, failures: 0 }])).toThrow('subtasks is 0')
})
