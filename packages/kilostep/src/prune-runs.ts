import { KilostepError, parseOptions } from '@kilostep/core'
import { z } from 'zod'
import type { Journal, RunEntry } from './journal.ts'

export interface PruneOptions {
  /** Runs of which nothing has happened for so long are forgotten, in ms, 0 or more. Default: age does not matter. */
  readonly olderThanMs?: number
  /** The oldest runs are forgotten until those that stay hold at most so many bytes. Default: size does not matter. */
  readonly maxBytes?: number
  /** Also runs that have not ended, as far as no host has them. Default false. */
  readonly interrupted?: boolean
  /** Only says what would be forgotten. Default false. */
  readonly dryRun?: boolean
  /** The time that ages count up to, in ms since 1970. Default: now. */
  readonly now?: number
}

/** A run that is forgotten, or would be. */
export interface PrunedRun extends RunEntry {
  readonly bytes: number
  /** When something happened in it last, in ms since 1970. */
  readonly lastAt: number
  readonly reason: 'age' | 'size'
}

const pruneSchema = z
  .strictObject({
    olderThanMs: z.number().min(0).optional(),
    maxBytes: z.number().min(0).optional(),
    interrupted: z.boolean().default(false),
    dryRun: z.boolean().default(false),
    now: z.number().optional(),
  })
  .refine(
    ({ olderThanMs, maxBytes }) => olderThanMs !== undefined || maxBytes !== undefined,
    'must say "olderThanMs", "maxBytes", or both',
  )

/**
 * Forgets runs by age and size, with everything that was stored for them; never one that a host has. Returns them, the
 * oldest first.
 *
 * @throws KilostepError `invalid-options`; `no-sizes` where the journal does not know how much its runs hold.
 */
export async function pruneRuns(journal: Journal, options: PruneOptions): Promise<readonly PrunedRun[]> {
  const { olderThanMs, maxBytes, interrupted, dryRun, now } = parseOptions(pruneSchema, options, 'pruneRuns')
  if (journal.sizes === undefined)
    throw new KilostepError(
      'no-sizes',
      'This journal does not say how much its runs hold, so none can be chosen.',
    )
  const entries = new Map((await journal.runs()).map((entry) => [entry.run, entry]))
  const sizes = [...(await journal.sizes())].sort((a, b) => a.lastAt - b.lastAt)
  const before = (now ?? Date.now()) - (olderThanMs ?? Number.POSITIVE_INFINITY)
  let held = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  const pruned: PrunedRun[] = []
  for (const { run, bytes, lastAt } of sizes) {
    const entry = entries.get(run)
    if (entry === undefined || entry.taken || (entry.status === 'open' && !interrupted)) continue
    const reason =
      lastAt < before ? 'age' : held > (maxBytes ?? Number.POSITIVE_INFINITY) ? 'size' : undefined
    if (reason === undefined) continue
    if (!dryRun && !(await forgotten(journal, run))) continue
    held -= bytes
    pruned.push({ ...entry, bytes, lastAt, reason })
  }
  return pruned
}

/** False where somebody has taken it, or forgotten it, meanwhile. */
async function forgotten(journal: Journal, run: string): Promise<boolean> {
  try {
    await journal.delete(run)
    return true
  } catch (error) {
    if (error instanceof KilostepError && ['run-taken', 'unknown-run'].includes(error.code)) return false
    throw error
  }
}
