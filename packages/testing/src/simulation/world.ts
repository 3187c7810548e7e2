import { createRandom, type Random } from '@kilostep/core'
import { VirtualClock } from '../clock/virtual-clock.ts'
import { drawFaults, type SimulationFaults } from './faults.ts'
import { SimulatedHost } from './host.ts'
import { Trace } from './trace.ts'

/** Time, chance and what happened, for all that takes part in one simulated run. */
export class World {
  readonly clock = new VirtualClock(1_000_000)
  readonly random: Random
  readonly trace: Trace
  readonly faults: Required<SimulationFaults>
  /** How many more points the host passes before it dies: see {@link point}. */
  pointsLeft = Number.POSITIVE_INFINITY
  /** How many workers are at work outside of the simulated time. */
  outside = 0
  #hosts = 0

  constructor(seed: number | string, most: Required<SimulationFaults>, keepTrace: boolean) {
    this.random = createRandom(`simulation ${seed}`)
    this.trace = new Trace(keepTrace)
    this.faults = drawFaults(most, this.random.uniform)
  }

  newHost(): SimulatedHost {
    const skewMs = Math.round((this.random.uniform() - 0.5) * this.faults.clockSkewMs)
    return new SimulatedHost(`host-${++this.#hosts}`, this.clock, this.#hosts === 1 ? 0 : skewMs)
  }

  log(line: string): void {
    this.trace.add(`${this.clock.now() - 1_000_000} ${line}`)
  }

  /** Whether something with that share happens now. */
  chance(share: number): boolean {
    return share > 0 && this.random.uniform() < share
  }

  /** A whole number of ms up to `most`, small ones more often. */
  shortMs(most: number): number {
    return Math.floor((most + 1) ** this.random.uniform()) - 1
  }

  /** A place in the code where a host can die, even in the middle of a step. Whether it goes on. */
  point(host: SimulatedHost): boolean {
    if (host.state === 'down') return false
    if (--this.pointsLeft > 0) return true
    this.pointsLeft = Number.POSITIVE_INFINITY
    host.die()
    this.log(`${host.name} dies`)
    return false
  }
}
