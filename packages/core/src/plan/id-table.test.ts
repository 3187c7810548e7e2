import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hashOf, IdTable } from './id-table.ts'

it('finds the first node of each id, whatever the ids', () => {
  const id = fc.oneof(fc.string({ maxLength: 3 }), fc.nat(9).map(String), fc.string({ unit: 'grapheme' }))
  fc.assert(
    fc.property(fc.array(id, { maxLength: 200 }), fc.nat(300), (ids, room) => {
      const table = new IdTable()
      table.reserve(ids, room)
      const added = ids.map((_, node) => table.add(ids, node))
      expect(added).toEqual(ids.map((one, node) => ids.indexOf(one) === node))
      for (const one of ids) expect(table.get(ids, one)).toBe(ids.indexOf(one))
      expect(table.get(ids, 'none of them')).toBe(undefined)
    }),
  )
})

it('holds ids that were chosen to collide as well', () => {
  const ids: string[] = []
  for (let n = 0; ids.length < 400; n++) if ((hashOf(String(n)) & 4_095) === 0) ids.push(String(n))
  const table = new IdTable()
  for (const node of ids.keys()) expect(table.add(ids, node)).toBe(true)
  for (const node of ids.keys()) expect(table.add(ids, node)).toBe(false)
  for (const [node, id] of ids.entries()) expect(table.get(ids, id)).toBe(node)
  expect(table.get(ids, 'none of them')).toBe(undefined)
  // Room for more makes it a table of other places, of which the same ones collide.
  const later = new IdTable()
  later.reserve(ids, 100)
  for (const node of ids.keys()) expect(later.add(ids, node)).toBe(true)
  for (const [node, id] of ids.entries()) expect(later.get(ids, id)).toBe(node)
})
