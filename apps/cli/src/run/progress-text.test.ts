import { describe, expect, it } from 'vitest'
import { type ProgressView, progressLine, progressLines } from './progress-text.ts'

const view: ProgressView = {
  planned: 100_000,
  ended: 25_000,
  failed: 3,
  retries: 1_204,
  inFlight: 64,
  waiting: 2,
  stuck: 1,
  elapsedMs: 25_000,
  perSecond: 1_000,
  slow: [
    { subtask: 'page-17', sinceMs: 12_300 },
    { subtask: 'page-18', sinceMs: 900 },
  ],
  lastFailure: { subtask: 'page-3', message: 'busy\u001b[2J\ntry later' },
  stopping: false,
}

describe('progress', () => {
  it('says how far it is, how fast, what is slow and what failed last', () => {
    expect(progressLines(view, 80)).toEqual([
      '[=====               ] 25,000 of 100,000  25.0 %  1,000/s  1 min 15 s left',
      '64 in flight  3 failed  1,204 retries  2 waiting to retry  1 not stopping',
      'slow: page-17 12.3 s',
      'failed last: page-3: busy try later',
    ])
    expect(progressLine(view)).toBe(
      '25.0 s: 25,000 of 100,000 subtasks (25.0 %), 1,000/s, 1 min 15 s left, 3 failed, 1,204 retries, slow: page-17 12.3 s, failed last: page-3: busy try later',
    )
  })

  it('suits ten subtasks as well', () => {
    const small = {
      ...view,
      planned: 10,
      ended: 0,
      failed: 0,
      retries: 1,
      inFlight: 10,
      waiting: 0,
      stuck: 0,
    }
    const lines = progressLines(
      { ...small, perSecond: undefined, slow: [], lastFailure: undefined, stopping: true },
      80,
    )
    expect(lines).toEqual([
      '[                    ] 0 of 10  0 %',
      '10 in flight  0 failed  1 retry  stopping',
    ])
  })

  it.each([20, 30, 59, 200])('never wraps in a window of %d characters', (columns) => {
    for (const line of progressLines(view, columns)) expect(line.length).toBeLessThan(Math.max(21, columns))
  })
})
