import { count, KilostepError, plainText, quote } from '@kilostep/core'
import type { RunEntry } from 'kilostep'
import { exitCode } from '../exit-code.ts'
import type { Io } from '../io.ts'
import { openJournal, openLog } from './open-journal.ts'
import { type PruneFlags, prune } from './prune.ts'

export interface ListOptions extends PruneFlags {
  readonly journal: string
  readonly prune?: boolean
  readonly delete?: string
}

/** Lists the runs of a journal, the latest first, or deletes some. Returns the exit code. */
export async function listRuns(options: ListOptions, io: Io): Promise<number> {
  const { journal: file, json } = options
  const only = (['olderThan', 'maxSize', 'interrupted', 'yes'] as const).filter(
    (flag) => options[flag] !== undefined,
  )
  if (!options.prune && only.length > 0)
    throw new KilostepError('usage', '--older-than, --max-size, --interrupted and --yes go with --prune.')
  if (options.prune && options.delete !== undefined)
    throw new KilostepError('usage', '--prune and --delete cannot both be: give one of them.')
  const journal = openJournal(file, io.folder)
  try {
    if (options.prune) {
      await prune(journal, options, io)
      return exitCode.succeeded
    }
    if (options.delete !== undefined) {
      await openLog(journal, options.delete)
      await journal.delete(options.delete)
      io.stdout.write(`Run ${quote(options.delete)} is deleted, with everything that was stored for it.\n`)
      return exitCode.succeeded
    }
    const runs = await journal.runs()
    if (json) io.stdout.write(`${JSON.stringify(runs, null, 2)}\n`)
    else io.stdout.write(runs.length === 0 ? 'No runs.\n' : table(runs))
    return exitCode.succeeded
  } finally {
    await journal.close?.()
  }
}

function table(runs: readonly RunEntry[]): string {
  const rows = runs.map(({ run, plan, startedAt, status, taken, events }) => [
    plainText(run),
    plainText(plan),
    new Date(startedAt).toISOString().slice(0, 19).replace('T', ' '),
    status !== 'open' ? status : taken ? 'running' : 'interrupted',
    count(events),
  ])
  const lines = [['run', 'plan', 'started (UTC)', 'status', 'events'], ...rows]
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...lines.map((line) => (line[column] as string).length)),
  )
  return lines
    .map((line) => `${line.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}\n`)
    .join('')
}
