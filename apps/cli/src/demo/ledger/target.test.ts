import { accountingFaults } from '@kilostep/core'
import { describe, expect, it } from 'vitest'
import { passesCheck } from './check.ts'
import { misreadImages } from './failed-row.ts'
import { measureTarget, targetDocument, targetScreen } from './target.ts'
import { runTrial } from './trials.ts'

const options = {
  rows: 20,
  plain: false,
  target: 0.9,
  seed: 'target',
  pool: 'test',
  concurrency: 16,
} as const

describe('a ledger towards a target', () => {
  it('is read with votes, a stronger reader and combinations, and adds up', async () => {
    const { outcome } = await runTrial(options, 0)
    const { report } = outcome
    expect(accountingFaults(report)).toEqual([])
    for (const row of outcome.rows) expect(passesCheck(row.last) && row.accepted).toBe(row.accepted)
    const kinds = Object.fromEntries(report.kinds.map((kind) => [kind.worker, kind.attempts.started]))
    // Three looks that agree, two where the second does not, and the stronger reader for a few.
    expect(kinds['read-digit']).toBeGreaterThan(550)
    expect(kinds['read-digit']).toBeLessThanOrEqual(600)
    expect(kinds['read-digit-strong']).toBeGreaterThan(5)
    expect(kinds['read-digit-strong']).toBeLessThan(90)
    expect(report.checks.rejections).toBeGreaterThan(0)
    expect(report.success.target).toBe(0.9)
    // Each accepted row says what it may be wrong by.
    for (const row of outcome.rows) if (row.accepted) expect(row.error).toBeGreaterThan(0)
  })

  it('gives the same for the same seed, whatever the concurrency', async () => {
    const one = await runTrial({ ...options, rows: 3, concurrency: 1 }, 1)
    const many = await runTrial({ ...options, rows: 3, concurrency: 64 }, 1)
    expect(many.outcome.rows).toEqual(one.outcome.rows)
  })

  it('is measured on both pools, each a line with an interval that holds what was measured', async () => {
    const told: number[] = []
    const lines = await measureTarget(
      { target: 0.9, seed: '1', concurrency: 16, rows: 2, trials: 3 },
      (done) => told.push(done) > 0,
    )
    expect(told).toEqual([1, 2, 3, 4, 5, 6])
    expect(lines.map(({ pool, rows }) => [pool, rows])).toEqual([
      ['test', 2],
      ['validation', 2],
    ])
    const { lines: written } = targetDocument(0.9, lines)
    for (const { digits, report, rows, readsPerDigit } of written) {
      expect(digits).toBe(20)
      expect(report.trials).toBe(3)
      expect(rows.right + rows.reported + rows.silentlyWrong).toBe(6)
      expect(readsPerDigit.all).toBeGreaterThan(2.5)
    }
    const screen = targetScreen(0.9, lines, { width: 60, paint: (_, text) => text })
    for (const line of screen) expect([...line].length).toBeLessThanOrEqual(60)
    expect(screen.join('\n')).toContain('Looks at one image mostly agree')
  })

  it('stops where it is told to', async () => {
    const lines = await measureTarget(
      { target: 0.9, seed: '1', concurrency: 16, rows: 1, trials: 50 },
      () => false,
    )
    expect(lines).toHaveLength(1)
    expect(lines[0]?.trials.report.trials).toBe(1)
  })
})

describe('the images that a row failed by', () => {
  const images = [10, 11, 12]
  it('are those whose last read was wrong, though the check may have bent others', () => {
    const row = { accepted: true, last: [1, 9, 9], read: [1, 2, 9] }
    expect(misreadImages(row, [1, 2, 3], images)).toEqual([12])
    expect(misreadImages({ ...row, last: [1, 2, 3] }, [1, 2, 3], images)).toEqual([])
    expect(misreadImages({ accepted: false, last: [1, 2, 4], read: [1, 2, 4] }, [1, 2, 3], images)).toEqual([
      12,
    ])
    expect(misreadImages({ accepted: true, last: [9, 2, 3], read: [1, 2, 3] }, [1, 2, 3], images)).toEqual([
      10,
    ])
  })
})
