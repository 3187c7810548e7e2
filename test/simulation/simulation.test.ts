import { allFaults, anyScenario, simulateEach } from '@kilostep/testing'
import { expect, it } from 'vitest'

// `npm run simulate` plays more of them.
const seeds = Array.from({ length: 250 }, (_, seed) => seed)

it('whatever goes wrong, every invariant holds, and the same seed goes the same way', async () => {
  const { broken, attempts, hosts, statuses } = await simulateEach(
    seeds,
    (seed) => anyScenario(seed, allFaults),
    {
      twice: true,
    },
  )
  expect(broken).toEqual([])
  // The world was rough, and not so rough that nothing came of it.
  expect(hosts).toBeGreaterThan(seeds.length * 1.5)
  expect(attempts).toBeGreaterThan(seeds.length * 5)
  expect(statuses.succeeded).toBeGreaterThan(seeds.length / 5)
  expect(statuses.failed).toBeGreaterThan(seeds.length / 10)
})
