import type { KnownMix } from '../reliability/stopping.ts'
import { type Judge, voted } from './outcome.ts'

/** Subtasks of one worker, to be given margins. */
export interface MarginGroup {
  readonly worker: string
  /** Whole, 1 or more. */
  readonly subtasks: number
  readonly mix: KnownMix
  readonly judge: Judge | undefined
  /** Attempts for one answer. */
  readonly attemptsPerAnswer: number
  /** Share of subtasks that no vote gets right. */
  readonly usualWrong: number
}

export interface CheapestMargins {
  readonly kinds: readonly {
    readonly worker: string
    readonly margins: readonly { readonly margin: number; readonly subtasks: number }[]
    readonly attempts: number
  }[]
  readonly success: number
  readonly attempts: number
  readonly reached: boolean
}

const MOST_MARGIN = 64

interface Point {
  readonly margin: number
  /** −ln success of one subtask. */
  readonly loss: number
  readonly price: number
}

interface Step {
  readonly group: number
  readonly to: number
  readonly spared: number
  readonly price: number
}

/**
 * The mix of fixed margins with the fewest expected attempts that reaches `target`, where the rates are as known. As
 * `allocateMargins`, for subtasks that are not all equally hard and may have a verifier: there a unit of margin can be
 * worth less than the next, so whole steps along the lower convex hull are bought, the cheapest per nat first.
 */
export function cheapestMargins(groups: readonly MarginGroup[], target: number): CheapestMargins {
  const hulls = groups.map(hullOf)
  const bought = hulls.map(() => ({ at: 0, more: 0 }))
  let loss = groups.reduce(
    (sum, { subtasks, usualWrong }, i) =>
      sum + subtasks * ((hulls[i]?.[0]?.loss ?? 0) - Math.log1p(-usualWrong)),
    0,
  )
  const allowed = -Math.log(target) * (1 + 1e-12)
  for (const { group, to, spared } of stepsOf(hulls)) {
    if (loss <= allowed) break
    const subtasks = groups[group]?.subtasks ?? 0
    const many = Math.min(subtasks, Math.ceil((loss - allowed) / spared))
    bought[group] = { at: to - 1, more: many }
    loss -= many * spared
  }
  const kinds = groups.map(({ worker, subtasks, attemptsPerAnswer }, i) => {
    const { at, more } = bought[i] ?? { at: 0, more: 0 }
    const margins = [
      { point: hulls[i]?.[at], subtasks: subtasks - more },
      { point: hulls[i]?.[at + 1], subtasks: more },
    ].filter((part) => part.subtasks > 0)
    return {
      worker,
      margins: margins.map((part) => ({ margin: part.point?.margin ?? 1, subtasks: part.subtasks })),
      attempts:
        attemptsPerAnswer * margins.reduce((sum, part) => sum + part.subtasks * (part.point?.price ?? 1), 0),
    }
  })
  return {
    kinds,
    success: Math.exp(-loss),
    attempts: kinds.reduce((sum, { attempts }) => sum + attempts, 0),
    reached: loss <= allowed * (1 + 1e-9),
  }
}

/** The margins worth having: each spares loss, and none is dearer per nat than one after it. */
function hullOf({ mix, judge, attemptsPerAnswer }: MarginGroup): readonly Point[] {
  const hull: Point[] = []
  for (let margin = 1; margin <= MOST_MARGIN; margin++) {
    const { logSuccess, attempts } = voted(mix, margin, judge)
    const point = { margin, loss: 0 - logSuccess, price: attempts * attemptsPerAnswer }
    const [last] = hull.slice(-1)
    // Where voting makes it worse, or no longer better by anything that a plan of any size would feel.
    if (last !== undefined && last.loss - point.loss < 1e-25) continue
    for (let [before, top] = hull.slice(-2); before !== undefined && top !== undefined; ) {
      if (slope(before, top) <= slope(top, point)) break
      hull.pop()
      ;[before, top] = hull.slice(-2)
    }
    hull.push(point)
  }
  return hull
}

/** Price per nat from one margin to the next. */
function slope(from: Point, to: Point): number {
  return (to.price - from.price) / (from.loss - to.loss)
}

function stepsOf(hulls: readonly (readonly Point[])[]): readonly Step[] {
  const steps: Step[] = []
  hulls.forEach((hull, group) => {
    for (let to = 1; to < hull.length; to++) {
      const [from, next] = [hull[to - 1] as Point, hull[to] as Point]
      steps.push({ group, to, spared: from.loss - next.loss, price: slope(from, next) })
    }
  })
  return steps.sort((x, y) => x.price - y.price)
}
