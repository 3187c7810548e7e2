import { idOf } from '../plan/graph.ts'
import { calibrate } from '../reliability/calibration.ts'
import { cleanAuditsNeeded, upperBound } from '../reliability/interval.ts'
import type { AuditTally } from '../run/audit.ts'
import type { RunState } from '../run/state.ts'
import type { AuditsReport } from './report.ts'

const shownFindings = 20

/** What audits say of the whole run, and how what it predicted stands to that. */
export interface Measured {
  readonly measured: number
  readonly basis: string
  readonly n: number
}

/**
 * What the audits found, by worker. `share` bounds the share of accepted answers that are wrong, audits of earlier runs
 * of the same worker counted: what no vote can see. `accepted`: how many accepted answers each worker has.
 *
 * @param each the probability that one accepted answer is right, as the run predicts it.
 */
export function auditsReport(
  state: RunState,
  accepted: ReadonlyMap<string, number>,
  each: number,
): AuditsReport | null {
  if (state.audits.size === 0) return null
  const all = { right: 0, wrong: 0, failed: 0 }
  const kinds: AuditsReport['kinds'] = []
  for (const [place, tally] of state.audits) {
    all.right += tally.right
    all.wrong += tally.wrong
    all.failed += tally.failed
    const worker = state.graph.workers[place] as string
    const before = state.options.record?.[worker]?.audits
    const of = tally.right + tally.wrong + (before?.of ?? 0)
    const wrong = tally.wrong + (before === undefined ? 0 : before.of - before.right)
    const subtasks = accepted.get(worker) ?? 0
    kinds.push({
      worker,
      audited: tally.right + tally.wrong,
      wrong: tally.wrong,
      accepted: subtasks,
      share: { known: of, high: of === 0 ? 1 : upperBound({ successes: wrong, trials: of }) },
      cleanNeeded: subtasks === 0 ? 0 : cleanAuditsNeeded({ subtasks, target: state.options.target ?? 0.9 }),
    })
  }
  const audited = all.right + all.wrong
  const calibration = calibrate(each, { successes: all.right, trials: audited })
  const z = calibration?.z
  return {
    audited,
    ...all,
    kinds,
    z: z === undefined || !Number.isFinite(z) ? null : z,
    found: [...state.foundWrong].slice(0, shownFindings).map(([node, reason]) => ({
      subtask: idOf(state.graph, node),
      reason: reason.slice(0, 500),
    })),
  }
}

/** The compound success that the audits alone speak for, over what they audited; undefined where there are none. */
export function measuredByAudits(
  audits: ReadonlyMap<string, AuditTally>,
  accepted: ReadonlyMap<string, number>,
): Measured | undefined {
  let logRate = 0
  let n = 0
  const names: string[] = []
  for (const [worker, { right, wrong }] of audits) {
    const trials = right + wrong
    const subtasks = accepted.get(worker) ?? 0
    if (trials === 0 || subtasks === 0) continue
    logRate += subtasks * Math.log(right / trials)
    n += trials
    names.push(worker)
  }
  if (n === 0) return undefined
  return { measured: Math.exp(logRate), basis: `audits of ${names.join(', ')}`, n }
}
