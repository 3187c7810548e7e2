/** Durations by their size: bucket b of a histogram holds those up to 2^(b/4) ms, so it tells them to within 19 %. */
export const latencyBuckets = 112

export function bucketOf(ms: number): number {
  return ms < 1 ? 0 : Math.min(latencyBuckets - 1, Math.ceil(4 * Math.log2(ms)))
}

/** The longest duration of a bucket, in ms. */
function longestOf(bucket: number): number {
  return 2 ** (bucket / 4)
}

/** How long answers took: how many there were of each length. */
export interface LatencyCount {
  /** In ms; those of the line before took less. */
  readonly upToMs: number
  readonly attempts: number
}

/** The lines that a record keeps of a histogram, shortest first. */
export function latencyLines(histogram: Uint32Array): LatencyCount[] {
  const lines: LatencyCount[] = []
  for (const [bucket, attempts] of histogram.entries()) {
    if (attempts > 0) lines.push({ upToMs: Math.round(longestOf(bucket) * 100) / 100, attempts })
  }
  return lines
}

/** What two records know, added up. */
export function addLatencies(one: readonly LatencyCount[], other: readonly LatencyCount[]): LatencyCount[] {
  const histogram = new Uint32Array(latencyBuckets)
  for (const { upToMs, attempts } of [...one, ...other]) {
    const bucket = bucketOfLine(upToMs)
    histogram[bucket] = (histogram[bucket] as number) + attempts
  }
  return latencyLines(histogram)
}

/** A line's length is rounded: it belongs to the bucket whose length it is nearest to. */
function bucketOfLine(upToMs: number): number {
  return upToMs <= 1 ? 0 : Math.min(latencyBuckets - 1, Math.max(0, Math.round(4 * Math.log2(upToMs))))
}

/**
 * How long the share `quantile` of answers takes at most, in ms, over a run's own and those of a record; Infinity where
 * there are too few to tell.
 */
export function latencyQuantile(
  quantile: number,
  histogram: Uint32Array,
  lines: readonly LatencyCount[] = [],
): number {
  const counts = new Float64Array(latencyBuckets)
  let total = 0
  const add = (bucket: number, attempts: number): void => {
    counts[bucket] = (counts[bucket] as number) + attempts
    total += attempts
  }
  for (const [bucket, attempts] of histogram.entries()) if (attempts > 0) add(bucket, attempts)
  for (const { upToMs, attempts } of lines) add(bucketOfLine(upToMs), attempts)
  // A twentieth can be told from 20 answers on. The slack is what 1 − .95 is off by.
  if (total === 0 || total * (1 - quantile) < 1 - 1e-9) return Number.POSITIVE_INFINITY
  let left = total * quantile - 1e-9
  for (const [bucket, attempts] of counts.entries()) {
    left -= attempts
    if (left <= 0) return longestOf(bucket)
  }
  return longestOf(latencyBuckets - 1)
}
