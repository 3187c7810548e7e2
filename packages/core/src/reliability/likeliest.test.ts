import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Combination, likeliestCombinations } from './likeliest.ts'

/** Every combination, made the plain way. */
function all(places: readonly (readonly number[])[]): Combination[] {
  let list: Combination[] = [{ choice: [], probability: 1 }]
  for (const place of places)
    list = list.flatMap(({ choice, probability }) =>
      place.map((p, at) => ({ choice: [...choice, at], probability: probability * p })),
    )
  return list
}

describe('the likeliest combinations', () => {
  test('come likeliest first, each once, as all of them sorted do', () => {
    const probability = fc.integer({ min: 1, max: 1_000 }).map((n) => n / 1_000)
    const places = fc.array(fc.array(probability, { minLength: 1, maxLength: 4 }), { maxLength: 5 })
    fc.assert(
      fc.property(places, (given) => {
        const found = [...likeliestCombinations(given)]
        const expected = all(given).sort((a, b) => b.probability - a.probability)
        expect(new Set(found.map(({ choice }) => choice.join())).size).toBe(expected.length)
        found.forEach(({ choice, probability }, at) => {
          expect(probability).toBeCloseTo(expected[at]?.probability as number, 10)
          const product = choice.reduce((p, candidate, place) => p * (given[place]?.[candidate] as number), 1)
          expect(probability).toBeCloseTo(product, 10)
        })
      }),
      { numRuns: 200, seed: 1 },
    )
  })

  test('of 1,000 places with ten candidates each are there one by one', () => {
    const places = Array.from({ length: 1_000 }, (_, place) =>
      Array.from({ length: 10 }, (_, candidate) => (candidate === 0 ? 0.9 : 0.1 / (10 + place + candidate))),
    )
    const source = likeliestCombinations(places)
    const found = Array.from({ length: 1_000 }, () => source.next().value as Combination)
    expect(found.map(({ probability }) => probability)).toEqual(
      found.map(({ probability }) => probability).toSorted((a, b) => b - a),
    )
    expect(new Set(found.map(({ choice }) => choice.join())).size).toBe(1_000)
  })

  test('leave out what cannot be, and name a place that cannot be chosen at', () => {
    expect([...likeliestCombinations([[0, 1, 0]])].map(({ choice }) => choice)).toEqual([[1]])
    expect([...likeliestCombinations([])]).toEqual([{ choice: [], probability: 1 }])
    expect(() => [...likeliestCombinations([[1], []])]).toThrow('places[1] has no candidate')
    expect(() => [...likeliestCombinations([[1.5]])]).toThrow('places[0] has the probability 1.5')
  })
})
