/**
 * What can go wrong in a simulated run. Counts are the most of a run, shares are of the calls or commits; a seed
 * draws for each fault whether it is there at all and how much of it, so that some runs have one fault alone.
 */
export interface SimulationFaults {
  /** Hosts that die between any two steps; another goes on with what is durable. Default 4. */
  readonly crashes?: number
  /** Hosts that stand still for a while; another takes over, and then the first wakes up. Default 2. */
  readonly zombies?: number
  /** Hosts that try to resume a run which another has. Default 1. */
  readonly intruders?: number
  /** Most by which the clocks of two hosts differ, in ms. Default 500. */
  readonly clockSkewMs?: number
  /** Pauses and cancellations by the user. Default 1. */
  readonly interventions?: number
  /** Commits that fail: no room, or half written. Default 0.05. */
  readonly failedWrites?: number
  /** Commits that take up to two seconds. Default 0.2. */
  readonly slowWrites?: number
  /** Calls that do not reach the worker. Default 0.2. */
  readonly unreachable?: number
  /** Calls whose answer is lost after the work was done. Default 0.2. */
  readonly answerLost?: number
  /** How much of the time workers turn everything away with 429 and a `Retry-After`. Default 0.3. */
  readonly rateLimited?: number
  /** Calls that take up to ten seconds. Default 0.2. */
  readonly slow?: number
  /** Calls that never end by themselves. Default 0.1. */
  readonly hung?: number
  /** Of those that are told to stop: the share that does not heed it, and ends late. Default 0.3. */
  readonly deaf?: number
  /** Answers that are wrong in a way that has the right form. Default 0.1. */
  readonly wrong?: number
  /** Answers that are cut off. Default 0.1. */
  readonly garbled?: number
  /** Outcomes that reach the run a second time. Default 0.2. */
  readonly repeated?: number
}

export const allFaults: Required<SimulationFaults> = {
  crashes: 4,
  zombies: 2,
  intruders: 1,
  clockSkewMs: 500,
  interventions: 1,
  failedWrites: 0.05,
  slowWrites: 0.2,
  unreachable: 0.2,
  answerLost: 0.2,
  rateLimited: 0.3,
  slow: 0.2,
  hung: 0.1,
  deaf: 0.3,
  wrong: 0.1,
  garbled: 0.1,
  repeated: 0.2,
}

export const noFaults = Object.fromEntries(
  Object.keys(allFaults).map((name) => [name, 0]),
) as unknown as Required<SimulationFaults>

/** What one seed has of them: each is left out of half the runs, and in the others drawn up to its most. */
export function drawFaults(
  most: Required<SimulationFaults>,
  uniform: () => number,
): Required<SimulationFaults> {
  const drawn = Object.entries(most).map(([name, limit]): [string, number] => {
    const there = uniform() < 0.5
    const share = uniform()
    if (!there) return [name, 0]
    return [name, limit >= 1 ? Math.ceil(share * limit) : share * limit]
  })
  return Object.fromEntries(drawn) as unknown as Required<SimulationFaults>
}
