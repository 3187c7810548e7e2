import type { Verdict } from '../reliability/sequential.ts'
import { type GateSettings, gateVerdict } from './design.ts'

/** How a trial ended. A `repeated` one gave a cached answer: it is no trial and counts for nothing. */
export type TrialMark = 'passed' | 'failed' | 'repeated'

/**
 * What a gate has seen. Trials count **in the order in which they were started**, never in the order in which they
 * end: where trials run side by side, what is quick comes first, and if failures are quick (or slow, as time limits
 * are) the first outcomes to arrive are not a fair sample. A trial that is still open therefore holds back those
 * behind it – unless the verdict is the same however it ends.
 */
export interface GateTally {
  readonly design: GateSettings
  /** How each trial that has ended did, by the number it was started with. */
  readonly marks: (TrialMark | undefined)[]
  /** All trials before this one have ended and are counted. */
  next: number
  passed: number
  failed: number
  repeated: number
  verdict: Verdict
  /** Open trials that the verdict did not wait for, because it was the same however they ended. */
  cutOff: number
}

export function startTally(design: GateSettings): GateTally {
  return { design, marks: [], next: 0, passed: 0, failed: 0, repeated: 0, verdict: 'undecided', cutOff: 0 }
}

/** Takes down how a trial ended. Once there is a verdict nothing changes it. */
export function countTrial(tally: GateTally, index: number, mark: TrialMark): void {
  if (tally.marks[index] !== undefined) throw new RangeError(`Trial ${index} has ended already.`)
  tally.marks[index] = mark
  while (tally.verdict === 'undecided') {
    const next = tally.marks[tally.next]
    if (next === undefined) break
    tally[next]++
    tally.next++
    if (next !== 'repeated') tally.verdict = gateVerdict(tally.design, tally.passed, tally.failed)
  }
  if (tally.verdict === 'undecided' && tally.marks.length > tally.next) lookAhead(tally)
}

/**
 * Both tests are monotone: turning a failure into a success, or leaving it out, never makes a verdict worse. So if
 * it is `pass` with every open trial failed, or `fail` with every open trial passed, it is known.
 */
function lookAhead(tally: GateTally): void {
  for (const [open, wanted] of [['failed', 'pass'] as const, ['passed', 'fail'] as const]) {
    const seen = { passed: tally.passed, failed: tally.failed, repeated: tally.repeated }
    const assumed = { passed: seen.passed, failed: seen.failed, repeated: seen.repeated }
    let cutOff = 0
    for (let at = tally.next; at < tally.marks.length; at++) {
      const mark = tally.marks[at]
      if (mark === undefined) cutOff++
      else seen[mark]++
      assumed[mark ?? open]++
      if (mark === 'repeated') continue
      const verdict = gateVerdict(tally.design, assumed.passed, assumed.failed)
      if (verdict === 'undecided') continue
      if (verdict === wanted) Object.assign(tally, seen, { verdict, cutOff, next: at + 1 })
      break
    }
    if (tally.verdict !== 'undecided') return
  }
}
