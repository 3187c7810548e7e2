import { KilostepError, quote } from '@kilostep/core'
import { type Journal, type PrunedRun, pruneRuns } from 'kilostep'
import type { Io } from '../io.ts'
import { bytesText } from './bytes-text.ts'

export interface PruneFlags {
  readonly olderThan?: string
  readonly maxSize?: string
  readonly interrupted?: boolean
  readonly yes?: boolean
  readonly json?: boolean
}

const times: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const sizes: Readonly<Record<string, number>> = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

/** Forgets runs by age and size, or says which it would forget. */
export async function prune(journal: Journal, flags: PruneFlags, io: Io): Promise<void> {
  const { olderThan, maxSize, interrupted = false, yes = false } = flags
  if (olderThan === undefined && maxSize === undefined) {
    throw new KilostepError(
      'usage',
      'Say which runs are to go: --prune --older-than 30d, or --prune --max-size 1GB.',
    )
  }
  const runs = await pruneRuns(journal, {
    ...(olderThan === undefined ? undefined : { olderThanMs: timeOf(olderThan) }),
    ...(maxSize === undefined ? undefined : { maxBytes: sizeOf(maxSize) }),
    interrupted,
    dryRun: !yes,
  })
  io.stdout.write(flags.json ? `${JSON.stringify(runs, null, 2)}\n` : textOf(runs, yes))
}

function textOf(runs: readonly PrunedRun[], done: boolean): string {
  if (runs.length === 0) return 'No run is to go.\n'
  const lines = runs.map(({ run, plan, lastAt, bytes, reason }) => {
    const last = new Date(lastAt).toISOString().slice(0, 10)
    return `${quote(run)} of ${quote(plan)}, last ${last}, ${bytesText(bytes)}, for its ${reason}\n`
  })
  const total = bytesText(runs.reduce((sum, { bytes }) => sum + bytes, 0))
  const what = `${runs.length === 1 ? '1 run' : `${runs.length} runs`}, ${total}`
  const end = done ? `Deleted: ${what}.\n` : `Nothing was deleted. Say --yes, and these are: ${what}.\n`
  return lines.join('') + end
}

function timeOf(text: string): number {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(m|h|d|w)$/.exec(text) ?? []
  if (amount === '')
    throw new KilostepError('usage', `--older-than takes a time like 12h, 30d or 8w, not ${quote(text)}.`)
  return Number(amount) * (times[unit] as number)
}

function sizeOf(text: string): number {
  const [, amount = '', unit = 'B'] = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|TB)?$/.exec(text.toUpperCase()) ?? []
  if (amount === '')
    throw new KilostepError('usage', `--max-size takes a size like 500MB or 2GB, not ${quote(text)}.`)
  return Number(amount) * (sizes[unit] as number)
}
