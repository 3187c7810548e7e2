import { describe, expect, it } from 'vitest'
import { passesCheck } from './check.ts'
import { loadLabels } from './labels.ts'
import { composeLedger, rowNumber } from './ledger.ts'

const labels = loadLabels('test')

describe('composeLedger', () => {
  const { sheet, truth } = composeLedger({ labels, rows: 100, seed: 42 })

  it('puts an image of the right digit in every place', () => {
    expect(sheet.rows).toHaveLength(100)
    sheet.rows.forEach((row, r) => {
      expect(row.map((image) => labels[image])).toEqual(truth.rows[r])
    })
  })

  it('writes rows that pass their check, and adds up their numbers', () => {
    for (const digits of truth.rows) expect(passesCheck(digits)).toBe(true)
    expect(truth.total).toBe(truth.rows.reduce((sum, digits) => sum + rowNumber(digits), 0))
    expect(rowNumber([0, 0, 0, 1, 2, 3, 4, 5, 9, 9])).toBe(12_345)
  })

  it('is the same for the same seed, and begins the same with more rows', () => {
    expect(composeLedger({ labels, rows: 100, seed: 42 })).toEqual({ sheet, truth })
    expect(composeLedger({ labels, rows: 120, seed: 42 }).sheet.rows.slice(0, 100)).toEqual(sheet.rows)
    expect(composeLedger({ labels, rows: 100, seed: 43 }).sheet).not.toEqual(sheet)
  })

  it('says nothing of the digits in what a worker sees', () => {
    expect(Object.keys(sheet)).toEqual(['rows'])
  })

  it('uses the whole pool in the long run, and every digit about equally', () => {
    const long = composeLedger({ labels, rows: 5_000, seed: 1 })
    expect(new Set(long.sheet.rows.flat()).size).toBeGreaterThan(9_700)
    const counts = new Array<number>(10).fill(0)
    for (const digit of long.truth.rows.flatMap((row) => row.slice(0, 8)))
      counts[digit] = (counts[digit] ?? 0) + 1
    for (const count of counts) expect(Math.abs(count - 4_000)).toBeLessThan(250)
  })

  it('draws from the candidates alone', () => {
    const candidates = Array.from({ length: 300 }, (_, i) => i * 7)
    const { sheet } = composeLedger({ labels, rows: 50, seed: 3, candidates })
    for (const image of sheet.rows.flat()) expect(candidates).toContain(image)
  })

  it('refuses what cannot be composed', () => {
    expect(() => composeLedger({ labels, rows: 0, seed: 1 })).toThrow('A ledger needs 1 row or more, not 0.')
    expect(() => composeLedger({ labels, rows: 1.5, seed: 1 })).toThrow('not 1.5')
    expect(() => composeLedger({ labels, rows: 1, seed: 1, candidates: [10_000] })).toThrow(
      'Image 10000 has no label',
    )
    expect(() => composeLedger({ labels: Uint8Array.of(0, 1), rows: 1, seed: 1 })).toThrow(
      'No image shows the digit 2',
    )
  })
})
