import fc from 'fast-check'
import { expect, it } from 'vitest'
import { InFlight } from './in-flight.ts'

const key = fc.oneof(
  fc.nat(20),
  fc.integer({ min: 0, max: 2 ** 53 - 1 }),
  fc.nat(5).map((n) => n * 2 ** 31),
)

it('is what a map would be', () => {
  const step = fc.record({ key, remove: fc.boolean(), value: fc.nat() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const table = new InFlight()
      const map = new Map<number, number>()
      for (const { key, remove, value } of steps) {
        if (remove) {
          table.delete(key)
          map.delete(key)
        } else {
          table.set(key, value)
          map.set(key, value)
        }
        expect(table.get(key)).toBe(map.get(key))
        expect(table.size).toBe(map.size)
      }
      const keys = [...map.keys()].sort((a, b) => a - b)
      expect(table.keys()).toEqual(keys)
      for (const one of keys) {
        expect(table.has(one)).toBe(true)
        expect(table.get(one)).toBe(map.get(one))
      }
    }),
  )
})
