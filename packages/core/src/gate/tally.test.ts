import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../random.ts'
import { type GateSettings, gateVerdict } from './design.ts'
import { countTrial, startTally, type TrialMark } from './tally.ts'

const design: GateSettings = {
  bad: 0.7,
  good: 0.9,
  alpha: 0.05,
  beta: 0.05,
  maxTrials: 100,
  test: 'sequential',
}

/** The verdict over a list one by one, as the test is defined. */
function inOrder(settings: GateSettings, marks: readonly TrialMark[]) {
  let [passed, failed] = [0, 0]
  for (const mark of marks) {
    if (mark === 'repeated') continue
    if (mark === 'passed') passed++
    else failed++
    const verdict = gateVerdict(settings, passed, failed)
    if (verdict !== 'undecided') return verdict
  }
  return 'undecided'
}

describe('countTrial', () => {
  const mark = fc.oneof(
    { arbitrary: fc.constant<TrialMark>('passed'), weight: 6 },
    { arbitrary: fc.constant<TrialMark>('failed'), weight: 2 },
    { arbitrary: fc.constant<TrialMark>('repeated'), weight: 1 },
  )

  it.each(['sequential', 'always-valid'] as const)(
    'gives the verdict of the start order whatever the order of arrival (%s)',
    async (test) => {
      const settings = { ...design, test }
      await fc.assert(
        fc.property(fc.array(mark, { maxLength: 90 }), fc.string(), (marks, seed) => {
          const random = createRandom(seed)
          const arrival = marks.map((_, index) => index)
          for (let i = arrival.length - 1; i > 0; i--) {
            const j = random.integer(i + 1)
            ;[arrival[i], arrival[j]] = [arrival[j] as number, arrival[i] as number]
          }
          const tally = startTally(settings)
          for (const index of arrival) countTrial(tally, index, marks[index] as TrialMark)
          expect(tally.verdict).toBe(inOrder(settings, marks))
        }),
        { numRuns: test === 'sequential' ? 500 : 60, seed: 6 },
      )
    },
  )

  it('does not wait for a trial that cannot change the verdict', () => {
    const tally = startTally(design)
    // The first one hangs. 12 clean trials pass; with one failure before them 17 do.
    for (let index = 1; index <= 16; index++) countTrial(tally, index, 'passed')
    expect(tally.verdict).toBe('undecided')
    countTrial(tally, 17, 'passed')
    expect(tally).toMatchObject({ verdict: 'pass', cutOff: 1, passed: 17, failed: 0 })
  })

  it('waits for one that can', () => {
    const tally = startTally(design)
    for (let index = 1; index <= 12; index++) countTrial(tally, index, 'passed')
    expect(tally.verdict).toBe('undecided')
    countTrial(tally, 0, 'passed')
    expect(tally).toMatchObject({ verdict: 'pass', passed: 12, cutOff: 0 })
  })

  it('counts no repeated answer', () => {
    const tally = startTally(design)
    for (let index = 0; index < 50; index++) countTrial(tally, index, index === 0 ? 'passed' : 'repeated')
    expect(tally).toMatchObject({ verdict: 'undecided', passed: 1, repeated: 49 })
  })

  it('keeps its first verdict', () => {
    const tally = startTally(design)
    for (let index = 0; index < 12; index++) countTrial(tally, index, 'passed')
    for (let index = 12; index < 60; index++) countTrial(tally, index, 'failed')
    expect(tally).toMatchObject({ verdict: 'pass', passed: 12, failed: 0 })
    expect(() => countTrial(tally, 3, 'failed')).toThrow(/Trial 3 has ended already/)
  })
})
