import { describe, expect, it } from 'vitest'
import { attempt, type Outcome, pick, recordedTiers, type Way, ways } from './recorded-tasks.ts'

const tiers = recordedTiers()
const tasks = 120

async function outcomesOf(tier: (typeof tiers)[number], name: string): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (let task = 0; task < tasks; task++) {
    const seed = `test/${tier.tier}/${task}`
    outcomes.push(
      await attempt(ways.find((way) => way.name === name) as Way, pick(tier.problems, seed), seed, 1),
    )
  }
  return outcomes
}

const rightOf = (outcomes: readonly Outcome[]): number => outcomes.filter(({ right }) => right).length

/** A small part of table 6 of `npm run bench:reliability`, on errors that nobody made up. */
describe.skipIf(tiers.length === 0)('recorded answers (skipped without ../shared/data/outcomes)', () => {
  it.each(tiers)(
    'tier $tier: no fixed margin is better than auto, and hardly an error is silent',
    async (tier) => {
      const auto = await outcomesOf(tier, 'auto, red flags')
      for (const margin of [2, 3, 5]) {
        const fixed = await outcomesOf(tier, `margin ${margin}, red flags`)
        const ahead = fixed.map(({ right }, i) => Number(right) - Number(auto[i]?.right))
        const sum = ahead.reduce((total, one) => total + one, 0)
        // Paired: only the tasks that one of the two got right tell, and each is worth one.
        const spread = Math.sqrt(ahead.reduce((total, one) => total + one * one, 0))
        expect(sum).toBeLessThanOrEqual(1.96 * spread)
      }
      const silent = auto.filter(({ right, flagged }) => !right && !flagged).length
      expect(silent).toBeLessThan(0.05 * tasks)
      expect(rightOf(auto)).toBeGreaterThan((tier.tier === 'A' ? 0.9 : 0.6) * tasks)
    },
  )
})
