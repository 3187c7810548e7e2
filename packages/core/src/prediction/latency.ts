import type { Hedge } from '../policy/hedge.ts'
import type { LatencyCount } from '../run/latency.ts'

/** How long one answer takes, in ms: half of them up to `p50Ms`, and so on. */
export interface PredictedLatency {
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
}

/** What late duplicates of a worker's attempts come to. */
export interface PredictedHedge extends PredictedLatency {
  /** How many duplicates there are for an attempt. */
  readonly duplicates: number
}

/** How long answers take, as a record says; null where it says nothing. To within the width of its lines. */
export function latencyOf(lines: readonly LatencyCount[]): PredictedLatency | null {
  const total = lines.reduce((sum, { attempts }) => sum + attempts, 0)
  if (total === 0) return null
  const over = (ms: number): number => shareOver(lines, total, ms)
  const times = lines.map(({ upToMs }) => upToMs)
  return {
    p50Ms: quantile(0.5, times, over),
    p95Ms: quantile(0.95, times, over),
    p99Ms: quantile(0.99, times, over),
  }
}

/**
 * The same where an attempt that is late has a duplicate, whose time is independent of its own: P(X > t) before it is
 * late, and P(X > t) · P(X > t − d) after d (Dean and Barroso, The Tail at Scale, CACM 56(2), 2013). Where fewer
 * duplicates are allowed than attempts are late, the others take what they take.
 */
export function hedgedLatencyOf(lines: readonly LatencyCount[], hedge: Hedge): PredictedHedge | null {
  const total = lines.reduce((sum, { attempts }) => sum + attempts, 0)
  if (total === 0) return null
  const over = (ms: number): number => shareOver(lines, total, ms)
  const times = lines.map(({ upToMs }) => upToMs)
  const delayMs = hedge.afterMs ?? quantile(hedge.quantile ?? 1, times, over)
  const late = over(delayMs)
  const duplicates = Math.min(late, hedge.share)
  const covered = late === 0 ? 0 : duplicates / late
  const hedged = (ms: number): number =>
    ms < delayMs ? over(ms) : over(ms) * (1 - covered + covered * over(ms - delayMs))
  const all = [...times, ...times.map((ms) => delayMs + ms), delayMs]
  return {
    p50Ms: quantile(0.5, all, hedged),
    p95Ms: quantile(0.95, all, hedged),
    p99Ms: quantile(0.99, all, hedged),
    duplicates,
  }
}

function shareOver(lines: readonly LatencyCount[], total: number, ms: number): number {
  return lines.reduce((sum, { upToMs, attempts }) => sum + (upToMs > ms ? attempts : 0), 0) / total
}

/** The least of the times that no more than 1 − q of the answers take longer than. */
function quantile(q: number, times: readonly number[], over: (ms: number) => number): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted.find((ms) => over(ms) <= 1 - q + 1e-9) ?? (sorted.at(-1) as number)
}
