import { addLatencies } from '../run/latency.ts'
import type { RunOptions } from '../run/options.ts'

type Records = NonNullable<RunOptions['record']>
type RecordOf = Records[string]

/** What is known of workers from two places together, e.g. an earlier record and a pilot. Changes neither. */
export function addRecords(one: Records, other: Records): Records {
  const sum: Record<string, RecordOf> = { ...one }
  for (const [name, more] of Object.entries(other)) {
    const known = Object.hasOwn(sum, name) ? sum[name] : undefined
    Object.defineProperty(sum, name, {
      value: known === undefined ? more : addRecord(known, more),
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return sum
}

function addRecord(one: RecordOf, other: RecordOf): RecordOf {
  const sum: RecordOf = { ...one, ...other }
  if (one.of !== undefined && other.of !== undefined) {
    sum.right = (one.right ?? 0) + (other.right ?? 0)
    sum.of = one.of + other.of
  }
  if (one.audits !== undefined && other.audits !== undefined)
    sum.audits = { right: one.audits.right + other.audits.right, of: one.audits.of + other.audits.of }
  if (one.votes !== undefined && other.votes !== undefined) {
    const lines = new Map<string, { leader: number; runnerUp: number; subtasks: number }>()
    for (const line of [...one.votes, ...other.votes]) {
      const key = `${line.leader}/${line.runnerUp}`
      const before = lines.get(key)?.subtasks ?? 0
      lines.set(key, { ...line, subtasks: before + line.subtasks })
    }
    sum.votes = [...lines.values()]
  }
  if (one.latencies !== undefined && other.latencies !== undefined)
    sum.latencies = addLatencies(one.latencies, other.latencies)
  if (one.attempts !== undefined && other.attempts !== undefined) {
    const [a, b] = [one.attempts, other.attempts]
    const started = a.started + b.started
    const mean = (what: 'meanMs' | 'usd' | 'tokens'): number =>
      (a[what] * a.started + b[what] * b.started) / started
    sum.attempts = {
      started,
      transport: a.transport + b.transport,
      flagged: a.flagged + b.flagged,
      meanMs: mean('meanMs'),
      usd: mean('usd'),
      tokens: mean('tokens'),
    }
  }
  return sum
}
