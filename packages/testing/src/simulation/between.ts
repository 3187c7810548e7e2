import type { Clock, Dispatcher, Journal, Worker } from 'kilostep'
import type { SimulatedDisk } from './disk.ts'

/** Something of one's own between the engine and the simulated world, to see whether the simulation finds it out. */
export interface Between {
  /** What the engine takes for a journal, made of the true one. */
  journal?(journal: Journal): Journal
  /** What the engine takes for a worker. */
  worker?(worker: Worker): Worker
  /** What the engine takes for its clock. */
  clock?(clock: Clock): Clock
  /** What the engine takes for its slots. */
  dispatcher?(dispatcher: Dispatcher): Dispatcher
  /** The disk, before anything is on it: its methods may be replaced. */
  disk?(disk: SimulatedDisk): void
}
