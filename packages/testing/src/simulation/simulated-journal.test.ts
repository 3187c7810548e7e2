import { systemClock } from 'kilostep'
import { journalSuite } from '../suites/journal-suite.ts'
import { SimulatedDisk } from './disk.ts'
import { simulatedJournal } from './simulated-journal.ts'

const host = (name: string) => ({
  name,
  clock: systemClock(),
  alive: () => true,
  point: () => true,
  writeMs: () => 0,
  fails: () => undefined,
})

// What the simulation takes for a good journal is one.
journalSuite('on a simulated disk', () => {
  const disk = new SimulatedDisk()
  return { journal: simulatedJournal(disk, host('a')), other: simulatedJournal(disk, host('b')) }
})
