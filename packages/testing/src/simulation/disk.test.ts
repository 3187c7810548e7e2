import { createRandom } from '@kilostep/core'
import type { JournalEvent } from 'kilostep'
import { expect, it } from 'vitest'
import { SimulatedDisk, type StoredLog } from './disk.ts'

const event = (at: number): JournalEvent => ({ type: 'run-paused', at })

function written(): { disk: SimulatedDisk; log: StoredLog } {
  const disk = new SimulatedDisk()
  const log: StoredLog = { run: 'r', frames: [], length: 0, holder: undefined }
  disk.write(log, [event(1)])
  disk.sync(log)
  disk.write(log, [event(2), event(3)])
  disk.write(log, [event(4)])
  return { disk, log }
}

it('a loss of power takes nothing that was synced, and leaves appends whole or not at all', () => {
  const { uniform } = createRandom(1)
  const lengths = new Set<number>()
  let torn = 0
  for (let i = 0; i < 300; i++) {
    const { disk, log } = written()
    disk.lose(log, uniform)
    torn += log.frames.some(({ text }) => !text.endsWith(']')) ? 1 : 0
    disk.recover(log)
    expect(log.length).toBe(disk.read(log).length)
    expect(disk.read(log)).toEqual([1, 2, 3, 4].slice(0, log.length).map(event))
    lengths.add(log.length)
  }
  expect([...lengths].sort()).toEqual([1, 3, 4])
  expect(torn).toBeGreaterThan(50)
})

it('a write that fails leaves no event behind', () => {
  const { disk, log } = written()
  disk.undo(log)
  disk.recover(log)
  expect(disk.read(log)).toEqual([event(1)])
})
