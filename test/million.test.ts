import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

interface Come {
  readonly sum: number
  readonly planned: number
  readonly succeeded: number
  readonly attempts: number
  readonly events: number
  readonly peakBytes: number
}

/** A process of its own, because memory is counted by process. */
async function runOf(shape: string, subtasks: number): Promise<Come> {
  const script = resolve(import.meta.dirname, 'fixtures/million.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@kilostep/source',
    '--disable-warning=ExperimentalWarning',
    script,
    shape,
    String(subtasks),
  ])
  return JSON.parse(stdout) as Come
}

const counted = (n: number) => ({ planned: n, succeeded: n })

test('1,000,000 subtasks in one run: it ends, every answer is counted, in less than 1 GiB', async () => {
  const n = 1_000_000
  const { peakBytes, ...come } = await runOf('fan-out', n)
  // Each doubled: 0 + 2 + 4 + … and three events a subtask, and two of the run.
  expect(come).toEqual({ ...counted(n), sum: (n - 1) * (n - 2), attempts: n, events: 3 * n + 2 })
  expect(peakBytes).toBeLessThan(2 ** 30)
}, 120_000)

test.each([
  ['fan-out', 1],
  ['chain', 1],
  // A map is no attempt: it has the event of its expansion and that of its end.
  ['map', 0],
])(
  'a %s costs the same number of events a subtask at 1,000 and at 20,000',
  async (shape, whole) => {
    for (const n of [1_000, 20_000]) {
      const { attempts, events, ...come } = await runOf(shape, n)
      expect(come).toMatchObject(counted(n))
      expect(attempts).toBe(n - 1 + whole)
      expect(events).toBe(3 * n + 1 + whole)
    }
  },
  60_000,
)
